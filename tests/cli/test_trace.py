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
