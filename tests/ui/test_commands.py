"""The commands that empty pages show: they name what is there, and can be run."""

from __future__ import annotations

from pathlib import Path

from .conftest import EMPTY


def test_they_name_a_pipeline_that_is_there(project: Path) -> None:
    from ui import commands

    assert commands.run() == 'ragkit run pipelines/nothing.yaml "your question"'
    (project / "pipelines" / "adaptive-k.yaml").write_text(EMPTY)
    assert commands.run() == 'ragkit run pipelines/adaptive-k.yaml "your question"'
    (project / "pipelines" / "adaptive-k.yaml").write_text("steps: [")
    assert commands.run() == 'ragkit run pipelines/nothing.yaml "your question"'


def test_without_pipelines_they_make_some_first(project: Path) -> None:
    from ui import commands

    (project / "pipelines" / "nothing.yaml").unlink()
    assert commands.run().splitlines() == ["ragkit init .", 'ragkit run pipelines/adaptive-k.yaml "your question"']
    assert commands.evaluate().splitlines() == [
        "ragkit init .", "ragkit data synth notes -o questions.jsonl",
        "ragkit eval pipelines/adaptive-k.yaml --data questions.jsonl --save first",
    ]  # fmt: skip


def test_they_make_questions_where_there_are_none(notes: Path) -> None:
    from ui import commands

    line = "ragkit eval pipelines/cut.yaml --data {} --save first"
    made = ["ragkit data synth notes -o questions.jsonl", line.format("questions.jsonl")]
    assert commands.evaluate().splitlines() == made
    (notes / "questions.jsonl").write_text("{}\n")
    assert commands.evaluate() == line.format("questions.jsonl")
    (notes / "corpora" / "notes").mkdir()
    (notes / "corpora" / "notes" / "questions.jsonl").write_text("{}\n")
    assert commands.evaluate() == line.format("corpora/notes/questions.jsonl")


def test_a_search_is_shown_for_a_pipeline_that_leaves_something_open(notes: Path) -> None:
    from ui import commands

    assert "pipelines/cut.yaml" in commands.optimize()
    text = (notes / "pipelines" / "five.yaml").read_text()
    (notes / "pipelines" / "a b.yaml").write_text(text.replace("k: 5", "k: {choice: [3, 5], default: 5}"))
    assert commands.optimize().splitlines()[-1] == (
        "ragkit optimize 'pipelines/a b.yaml' --data questions.jsonl --trials 40"
    )
