"""``ragkit optimize`` and ``ragkit study``: what is refused before anything runs, and what is left behind then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ragkit.cli.main import app

PIPELINE = """version: 1
lm: openai/any
steps: {answer: {use: generate.direct, temperature: {choice: [0.0, 1.0], default: 0.0}}}
output: answer
objective: {maximize: correct}
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    (tmp_path / "ragkit.toml").write_text("", "utf-8")
    lines = [json.dumps({"id": f"q{i}", "question": f"Why {i}?", "answers": ["so"]}) for i in range(4)]
    (tmp_path / "q.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    file = tmp_path / "p.yaml"
    file.write_text(PIPELINE, "utf-8")
    return file


@pytest.mark.parametrize("option", [("--optimizer", "gepa"), ("--strategy", "mipro -> gepa"), ("--prompt-lm", "a/b")])
@pytest.mark.parametrize("only", ["numbers", "structure"])
def test_options_about_prompts_do_not_go_with_a_search_over_values(
    option: tuple[str, str], only: str, pipeline: Path
) -> None:
    done = call("optimize", pipeline, "--data", pipeline.with_name("q.jsonl"), "--only", only, *option)
    assert done.exit_code == 2
    assert f"{option[0]} is about prompts, and --only {only} leaves them as they are" in done.stderr


def test_what_was_refused_leaves_no_study_and_its_name_free(pipeline: Path) -> None:
    for _ in range(2):
        done = call("optimize", pipeline, "--data", pipeline.with_name("q.jsonl"), "--study", "mine")
        assert done.exit_code == 2
        assert "are too few" in done.stderr
    assert not list(pipeline.parent.rglob("mine"))


def test_a_study_that_is_damaged_does_not_hide_the_others(pipeline: Path) -> None:
    studies = pipeline.parent / ".ragkit" / "studies"
    for name in ("bad", "worse"):
        (studies / name).mkdir(parents=True)
        (studies / name / "study.json").write_text("{", "utf-8")
    done = call("study", "list", "--project", pipeline.parent)
    assert done.exit_code == 0
    assert done.stderr.count("is damaged") == 2


def test_what_an_lm_judge_says_cannot_be_searched_for_without_a_judge(pipeline: Path) -> None:
    data = pipeline.with_name("q.jsonl")
    data.write_text("\n".join(json.dumps({"id": f"q{i}", "question": "Why?"}) for i in range(30)) + "\n", "utf-8")
    done = call("optimize", pipeline, "--data", data, "--maximize", "answer_judged")
    assert done.exit_code == 2
    assert "'answer_judged' is what an LM judge says of answers: the objective reads it, and no judge" in done.stderr
    assert "--judge openai/gpt-4o-mini" in done.stderr
    done = call("optimize", pipeline, "--data", data, "--maximize", "answer_judged", "--judge", "nobody")
    assert done.exit_code == 2
    assert "the judge 'nobody' is neither a model string nor an LM of the pipeline" in done.stderr
    done = call("optimize", pipeline, "--data", data, "--judge", "openai/any")
    assert done.exit_code == 2
    assert "the objective does not read what it says" in done.stderr


@pytest.mark.parametrize(
    ("metric", "said"), [("recall@5", "which documents are relevant (`gold_ids`)"), ("answer_f1", "its answer is")]
)
def test_questions_that_do_not_say_what_the_metric_needs(metric: str, said: str, pipeline: Path) -> None:
    data = pipeline.with_name("q.jsonl")
    data.write_text("\n".join(json.dumps({"id": f"q{i}", "question": "Why?"}) for i in range(30)) + "\n", "utf-8")
    done = call("optimize", pipeline, "--data", data, "--maximize", metric)
    assert done.exit_code == 2
    assert said in done.stderr
