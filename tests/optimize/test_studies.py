"""A study on disk: whether it is done, runs or was stopped, and why, whatever ended its process."""

from __future__ import annotations

from pathlib import Path

from ragkit.optimize.studies import Asked, Study

ASKED = Asked(
    "it", "p.yaml", "q.jsonl", "h", "s", None, ("recall",), (), (), 10, None, None, 0.5, 0, True, None
)  # fmt: skip
KILLED = "its process ended before it was done"


def test_what_was_killed_is_stopped_also_where_it_was_done_before(tmp_path: Path) -> None:
    study = Study(tmp_path / "it")
    study.begin(ASKED)
    assert (study.state, study.stopped) == ("stopped", KILLED)
    study.finish({"verdict": {}})
    assert (study.state, study.stopped) == ("done", None)
    study.begin(ASKED)  # gone on with, and killed
    assert (study.state, study.stopped) == ("stopped", KILLED)
    study.stop("interrupted")
    assert (study.state, study.stopped) == ("stopped", "interrupted")


def test_what_runs_was_not_stopped(tmp_path: Path) -> None:
    study = Study(tmp_path / "it")
    with study.lock():
        study.begin(ASKED)
        assert (study.state, study.stopped) == ("running", None)
