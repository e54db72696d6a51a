from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

PIPELINE = "pipelines/empty.yaml"


@pytest.fixture
def runs(ragkit: Callable, project: Path) -> list[str]:
    """The ids of three runs, the first first."""
    return [
        json.loads(ragkit("run", PIPELINE, question, "--json").stdout)["trace_id"]
        for question in ("what is a gap", "what is a GAP?", "and this")
    ]


def test_list_shows_the_last_first(ragkit: Callable, runs: list[str]) -> None:
    shown = ragkit("trace", "list")
    lines = shown.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [run[:8] for run in reversed(runs)]
    assert f"ragkit trace show {runs[-1][:8]}" in shown.stderr
    rows = json.loads(ragkit("trace", "list", "-n", "2", "--json").stdout)
    assert [row["trace_id"] for row in rows] == [runs[2], runs[1]]
    assert rows[0]["question"] == "and this"
    assert rows[0]["outcome"] == "ok"
    assert rows[0]["pipeline"]["name"] == "nothing"


def test_list_can_be_narrowed(ragkit: Callable, runs: list[str]) -> None:
    def count(*arguments: str) -> int:
        return len(json.loads(ragkit("trace", "list", "--json", *arguments).stdout))

    assert count("--query", "gap") == 2
    assert count("--pipeline", "nothing") == 3
    assert count("--pipeline", "other") == 0
    assert count("--failed") == 0
    assert count("--since", "1h") == 3
    assert count("--since", "0900-01-01") == 3
    assert count("--since", "999999h") == 3
    assert "lies in the future" in ragkit("trace", "list", "--since", "2999-01-01").stderr
    assert "no runs match" in ragkit("trace", "list", "-q", "zzz").stderr


@pytest.mark.parametrize("since", ["yesterday", "", "5", "m", "99999999999d", "-1d"])
def test_a_wrong_time_names_the_right_ones(ragkit: Callable, project: Path, since: str) -> None:
    shown = ragkit("trace", "list", "--since", since)
    assert shown.exit_code == 2
    assert "--since takes 30m, 12h, 7d, 2w or a date" in shown.stderr


def test_before_the_first_run(ragkit: Callable, project: Path) -> None:
    shown = ragkit("trace", "list")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "no runs yet" in shown.stderr
    assert ragkit("trace", "list", "--json").stdout == "[]\n"
    shown = ragkit("trace", "show")
    assert shown.exit_code == 3
    assert "there are no traces yet" in shown.stderr


def test_show_tells_one_run(ragkit: Callable, runs: list[str]) -> None:
    assert "and this" in ragkit("trace", "show").stdout
    first = ragkit("trace", "show", runs[0][:10]).stdout
    assert "what is a gap" in first
    assert "select.top_k" in first
    assert "skipped" in first
    plain = json.loads(ragkit("trace", "show", runs[1], "--json").stdout)
    assert plain["trace_id"] == runs[1]
    assert [span["step"] for span in plain["spans"]] == ["kept", "deep", "out"]


def test_an_unknown_trace_is_an_error(ragkit: Callable, runs: list[str]) -> None:
    shown = ragkit("trace", "show", "zzzz")
    assert shown.exit_code == 3
    assert "there is no trace 'zzzz'" in shown.stderr
    assert "ragkit trace list" in shown.stderr


def test_diff_says_where_two_runs_part(ragkit: Callable, runs: list[str]) -> None:
    assert "Every step did the same" in ragkit("trace", "diff", runs[0], runs[0]).stdout
    ragkit("run", PIPELINE, "and this", "--set", "kept.k=5")
    told = ragkit("trace", "diff", runs[2], "last")
    assert told.exit_code == 0
    assert "part at kept" in told.stdout
    compared = json.loads(ragkit("trace", "diff", runs[2], "--json").stdout)
    assert compared["first_change"]["step"] == "kept"


def test_export_writes_one_document(ragkit: Callable, runs: list[str], folder: Path) -> None:
    assert json.loads(ragkit("trace", "export").stdout)["trace_id"] == runs[2]
    assert [run["trace_id"] for run in json.loads(ragkit("trace", "export", runs[0], runs[1]).stdout)] == runs[:2]
    shown = ragkit("trace", "export", "--latest", "2", "--format", "otlp", "-o", "runs.jsonl")
    assert shown.stdout == ""
    assert "wrote 2 runs to runs.jsonl" in shown.stderr
    lines = (folder / "runs.jsonl").read_text().splitlines()
    assert [len(json.loads(line)["resourceSpans"]) for line in lines] == [1, 1]
    assert "and this" in ragkit("trace", "export", "--format", "markdown").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["last", "--latest", "3"], 2, "exclude each other"),
        (["--header", "a=b"], 2, "--header goes with --endpoint"),
        (["--endpoint", "http://localhost:9", "--header", "secret"], 2, "--header takes NAME=VALUE"),
        (["--endpoint", "http://localhost:9", "-o", "x"], 2, "exclude each other"),
        (["--endpoint", "nowhere"], 2, "nowhere"),
        pytest.param(["--endpoint", "http://127.0.0.1:9"], 3, "did not take the trace", marks=pytest.mark.slow),
        (["-o", "missing/file.json"], 2, "cannot write 'missing/file.json'"),
        (["--format", "xml"], 2, "markdown"),
    ],
)
def test_wrong_exports(ragkit: Callable, runs: list[str], arguments: list[str], code: int, text: str) -> None:
    shown = ragkit("trace", "export", *arguments)
    assert shown.exit_code == code
    assert text in shown.stderr
    assert "secret" not in shown.stderr


def test_prune_removes_old_runs(ragkit: Callable, runs: list[str]) -> None:
    shown = ragkit("trace", "prune", "--keep", "1", "--dry-run")
    assert shown.exit_code == 0
    assert "would remove 2 of 3 runs; 1 stay" in shown.stdout
    assert len(json.loads(ragkit("trace", "list", "--json").stdout)) == 3
    assert "nothing to remove: all of 3 runs are kept" in ragkit("trace", "prune", "--older-than", "30d").stdout
    shown = ragkit("trace", "prune", "--keep", "1")
    assert "removed 2 of 3 runs" in shown.stdout
    assert "on disk" in shown.stdout
    assert [row["trace_id"] for row in json.loads(ragkit("trace", "list", "--json").stdout)] == [runs[2]]
    done = json.loads(ragkit("trace", "prune", "--keep", "0", "--json").stdout)
    assert (done["dry_run"], done["removed"], done["kept"]) == (False, 1, 0)
    assert "there are no runs" in ragkit("trace", "prune", "--keep", "0").stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "say which runs may go: --keep N, --older-than TIME, or both"),
        (["--keep", "-1"], "--keep"),
        (["--keep", "all"], "--keep"),
        (["--older-than", "soon"], "--older-than takes 30m, 12h, 7d, 2w or a date"),
        (["--older-than", "2999-01-01"], "--older-than 2999-01-01 lies in the future"),
    ],
)
def test_wrong_limits_of_prune(ragkit: Callable, runs: list[str], arguments: list[str], text: str) -> None:
    shown = ragkit("trace", "prune", *arguments)
    assert shown.exit_code == 2
    assert text in shown.stderr
    assert len(json.loads(ragkit("trace", "list", "--json").stdout)) == 3
