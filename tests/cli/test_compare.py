"""``ragkit compare`` as it is typed: saved results, rows, pipelines, every output, and what is refused."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.evaluate.compare.making import row, save, side, write_rows, wrong


@pytest.fixture
def saved(project: Path) -> Path:
    """A project with two results: ``after`` loses two questions of twelve and wins one, with half the tokens."""
    kinds = ["single", "multi"] * 6

    def rows(lost: tuple[int, ...], tokens: float) -> list[dict]:
        made = []
        for i in range(12):
            given = {"kind": kinds[i], "metrics": {"context_tokens": tokens + i}}
            made.append(wrong(f"q{i}", "cut_by_selector", **given) if i in lost else row(f"q{i}", **given))
        return made

    save(project / ".ragkit", "before", rows((11,), 200.0))
    save(project / ".ragkit", "after", rows((0, 1), 100.0), corpus_version={"papers": "20260202-bbbb"})
    return project


def test_two_results_side_by_side(ragkit, saved: Path) -> None:
    done = ragkit("compare", "before", "after")
    assert done.exit_code == 0, done.output
    assert "12 questions on every side" in done.stdout
    assert "! version of corpus papers differs: 20260101-aaa (before); 20260202-bbb (after)" in done.stdout
    assert re.search(r"^correct +0\.917 +0\.833 +-0\.083 +\[-0\.\d+, \+0\.\d+\] +1\.00 +1/2/9 ·$", done.stdout, re.M)
    assert re.search(r"^context_tokens +206 +106 +-100 +\[-100, -100\] +<0\.001 +12/0/0 ▲$", done.stdout, re.M)
    assert "B is better than A in context_tokens." in done.stdout
    assert "Not distinguishable from no difference: correct, recall@10" in done.stdout
    assert re.search(r"^cut_by_selector +1 +2$", done.stdout, re.M)
    assert "flipped from A to B: 1 won, 2 lost" in done.stdout
    assert "lost  q0  trace-q0 trace-q0  cut_by_selector  What is q0?" in done.stdout
    assert done.stderr == (
        "\nwhy one turned: ragkit trace diff trace-q0 trace-q0 · every question with both answers: --html FILE\n"
    )


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(ragkit, saved: Path, monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = ragkit("compare", f"{'the first ' * 3}=before", "after", "third=after")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= columns
    for line in done.stdout.splitlines():  # no cell of a table was cut
        assert "…" not in line or line.startswith(("A ", "  lost", "  won")), line


def test_a_narrow_terminal_cuts_no_number(ragkit, saved: Path, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    done = ragkit("compare", "before", "after", "-m", "correct", "-m", "context_tokens")
    assert re.search(r"^correct +0\.917 +0\.833 +-0\.083 +\[-0\.\d+, \+0\.\d+\] +1\.00 +1/2/9 ·$", done.stdout, re.M)
    assert re.search(r"^context_tokens +206 +106 +-100 +\[-100, -100\] +<0\.001 +12/0/0 ▲$", done.stdout, re.M)
    assert "0.…" not in done.stdout


def test_json_is_one_document_with_its_gates(ragkit, saved: Path) -> None:
    done = ragkit("compare", "before", "after", "--json", "--fail-if", "correct < -0.5")
    document = json.loads(done.stdout)
    assert done.exit_code == 0
    assert document["n"] == 12
    assert document["metrics"]["correct"]["differences"]["after"]["mean"] == pytest.approx(-1 / 12)
    assert document["gates"] == [
        {"fail_if": "correct < -0.5", "side": "after", "value": pytest.approx(-1 / 12), "n": 12, "failed": False}
    ]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("correct < -0.08", 1),
        ("correct < -0.09", 0),
        ("high(correct) < 0", 0),
        ("low(correct) < -0.2", 1),
        ("context_tokens > 0", 0),
        ("failed > 0", 0),
    ],
)
def test_a_gate_is_an_exit_code(ragkit, saved: Path, condition: str, code: int) -> None:
    done = ragkit("compare", "before", "after", "--fail-if", condition)
    assert done.exit_code == code
    assert f"{'fails' if code else 'passes'}  {condition}  after: " in done.stdout
    assert (f"failed: {condition} (after)" in done.stderr) == bool(code)


def test_one_failing_gate_among_several_fails(ragkit, saved: Path) -> None:
    done = ragkit("compare", "before", "after", "--fail-if", "correct < -0.5", "--fail-if", "correct < 0")
    assert done.exit_code == 1
    assert "failed: correct < 0 (after)" in done.stderr


def test_a_gate_that_cannot_be_judged_never_passes(ragkit, saved: Path) -> None:
    for others in ((), ("--fail-if", "correct < 0")):
        done = ragkit("compare", "before", "after", "--fail-if", "answer_rouge_l < 0", *others)
        assert done.exit_code == 2
        assert "not known  answer_rouge_l < 0  after: –" in done.stdout
        assert "cannot be judged, for the difference is not known: answer_rouge_l < 0 (after)" in done.stderr


def test_markdown_and_page_are_written_beside_the_table(ragkit, saved: Path) -> None:
    done = ragkit("compare", "before", "after", "--markdown", "out.md", "--html", "out.html")
    assert done.exit_code == 0, done.output
    assert (saved / "out.md").read_text().startswith("## Comparison on 12 questions\n")
    assert "<h1>after against before</h1>" in (saved / "out.html").read_text()
    assert "12 questions on every side" in done.stdout
    assert "Markdown: out.md" in done.stderr
    assert "page: out.html" in done.stderr


def test_markdown_on_stdout_is_alone_there(ragkit, saved: Path) -> None:
    done = ragkit("compare", "before", "after", "--markdown", "-")
    assert done.stdout.startswith("## Comparison on 12 questions\n")
    assert "on every side" not in done.stdout


def test_metrics_and_flips_that_were_asked_for(ragkit, saved: Path) -> None:
    done = ragkit("compare", "before", "after", "-m", "recall@10", "-m", "answer_em", "--flips", "1")
    assert re.search(r"^recall@10 ", done.stdout, re.M)
    assert not re.search(r"^correct +0", done.stdout, re.M)
    assert "recall@10, by kind" in done.stdout
    assert "… and 2 more: --flips 3, --json" in done.stdout
    assert "answer_em is not known for any question of any side" in done.stderr


def test_a_seed_of_the_environment_is_no_mistake(ragkit, saved: Path, monkeypatch) -> None:
    monkeypatch.setenv("RAGKIT_SEED", "3")
    assert ragkit("compare", "before", "after").exit_code == 0


def test_rows_need_no_project(ragkit, folder: Path) -> None:
    write_rows(folder / "a.jsonl", [row("q"), row("r")])
    write_rows(folder / "b.jsonl", [row("q"), wrong("r")])
    done = ragkit("compare", "a.jsonl", "new=b.jsonl", "--json")
    document = json.loads(done.stdout)
    assert [one["label"] for one in document["sides"]] == ["a", "new"]
    assert any(warning.startswith("not known of a, so not compared: data, machine") for warning in document["warnings"])


def test_pipelines_are_run_on_the_questions(ragkit, project: Path) -> None:
    lines = [{"id": f"q{i}", "question": f"What is {i}?", "gold_ids": ["d"], "kind": "single"} for i in range(4)]
    write_rows(project / "questions.jsonl", lines)
    run = ("pipelines/empty.yaml", "wide=pipelines/empty.yaml@kept.k=5", "--data", "questions.jsonl", "--json")
    done = ragkit("compare", *run)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["n"] == 4
    first, second = document["sides"]
    assert (first["label"], first["conditions"]["choices"]) == ("nothing", {"kept.k": 3})
    assert (second["label"], second["conditions"]["choices"]) == ("wide", {"kept.k": 5})
    assert document["metrics"]["recall@10"]["differences"]["wide"]["verdict"] == "not distinguishable"
    assert "nothing: 4 questions" in done.stderr
    some = json.loads(ragkit("compare", *run, "--limit", "2", "--seed", "1").stdout)
    assert some["n"] == 2
    assert some["sides"][0]["conditions"]["data"]["limit"] == 2


def test_a_pipeline_against_a_saved_result(ragkit, project: Path) -> None:
    lines = [{"id": f"q{i}", "question": f"What is {i}?", "gold_ids": ["d"], "kind": "single"} for i in range(4)]
    write_rows(project / "questions.jsonl", lines)
    ran = ragkit("eval", "pipelines/empty.yaml", "--data", "questions.jsonl", "--save", "before", "--single")
    assert ran.exit_code == 0, ran.output
    done = ragkit("compare", "before", "pipelines/empty.yaml", "--data", "questions.jsonl", "--single", "--limit", "3")
    assert done.exit_code == 0, done.output
    assert "3 questions on every side" in done.stdout
    assert re.search(r"^p95_seconds ", done.stdout, re.M)
    assert "!" not in done.stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("before", "a comparison needs two sides or more"),
        ("before nothing", "there is no pipeline file, saved result or file of rows 'nothing'"),
        ("before afte", "did you mean 'after'?"),
        ("before after --json --markdown -", "--json and --markdown - exclude each other"),
        ("before after --html -", "--html takes a file"),
        ("before after --html nowhere/out.html", "--html 'nowhere/out.html' lies in 'nowhere', which is not a folder"),
        ("before after --markdown pipelines", "--markdown 'pipelines' is a folder"),
        ("before after --markdown out --html ./out", "--markdown and --html both write 'out'"),
        ("before after --data q.jsonl --kinds ,", "--kinds names no kind"),
        ("before after --html .ragkit/results/after/rows.jsonl", "is read here, and writing it would lose it"),
        ("before after --limit 3", "--kinds, --split and --seed choose questions of a file: they go with --data"),
        ("before after --split report", "they go with --data"),
        ("before after --seed 3", "they go with --data"),
        ("before after --single", "--single, --no-cache and --input say how a pipeline is run: no side is one"),
        ("before after -m recal@10", "unknown metric 'recal@10'; did you mean 'recall@10'?"),
        ("before after --fail-if recall@10", "--fail-if 'recall@10' is not METRIC OPERATOR NUMBER"),
        ("before pipelines/empty.yaml", "'pipelines/empty.yaml' is a pipeline: its questions are missing"),
        ("before pipelines/empty.yaml@kept.j=1 --data q.jsonl", "kept.j"),
        ("a=before a=after", "the label 'a' stands twice"),
        ("before after --data none.jsonl", "none.jsonl"),
        (" ".join(["before"] * 27), "27 sides are too many: 26 at most"),
    ],
)  # fmt: skip
def test_wrong_lines_are_answered_with_what_is_wrong(ragkit, saved: Path, line: str, message: str) -> None:
    write_rows(saved / "q.jsonl", [{"id": "q0", "question": "What is q0?"}])
    done = ragkit("compare", *line.split())
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert done.stdout == ""
    assert "defect" not in done.stderr


def test_data_that_no_saved_result_covers_is_told(ragkit, saved: Path) -> None:
    write_rows(saved / "q.jsonl", [{"id": f"q{n}", "question": f"What is q{n}?", "kind": "single", "answers": ["yes"],
                                    "gold_ids": [f"doc-q{n}"]} for n in (0, 2, 77)])  # fmt: skip
    done = ragkit("compare", "before", "after", "--data", "q.jsonl")
    assert done.exit_code == 0, done.output
    assert "2 questions on every side" in done.stdout
    assert "! 1 of the 3 questions asked for are on no side" in done.stdout


def test_the_packages_of_the_page_are_asked_for_before_anything_runs(ragkit, saved: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = ragkit("compare", "before", "after", "--html", "out.html")
    assert done.exit_code == 2
    assert "pip install 'ragkit[report]'" in done.stderr
    assert not (saved / "out.html").exists()


def test_control_characters_of_a_question_do_not_reach_the_terminal(ragkit, folder: Path) -> None:
    id, given = "q\x1b[31m", {"question": "What\x1b[2J?", "kind": "k\x1b[1m", "trace_id": "t\x1b[5m"}
    left = [row(id, **given), row("r")]
    right = [wrong(id, "c\x1b[7m", **given), row("r")]
    write_rows(folder / "a.jsonl", left)
    write_rows(folder / "b.jsonl", right)
    done = ragkit("compare", "a.jsonl", "b.jsonl")
    assert "\x1b" not in done.stdout
    for shown in ("q\\x1b[31m", "What\\x1b[2J?", "k\\x1b[1m", "t\\x1b[5m", "c\\x1b[7m"):
        assert shown in done.stdout, shown


def test_the_text_stands_on_the_comparison_alone() -> None:
    """What is shown is a function of the comparison: the same twice."""
    from ragkit.cli.comparison import comparison_text
    from ragkit.evaluate.compare import compare

    compared = compare([side("A", [row("q")]), side("B", [wrong("q")])])
    assert comparison_text(compared) == comparison_text(compared)
