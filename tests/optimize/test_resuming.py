"""Going on with a study under other limits: what is said, and where further trials go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ragkit.optimize.resuming import changes, raised
from ragkit.optimize.stages import first_trials
from ragkit.optimize.studies import Asked, Study

BEFORE = Asked(
    "it", "p.yaml", "q.jsonl", "h", "s", None, (), (), (), trials=30, minutes=None, calls=100, held_out=0.5, seed=0,
    random=True, out=None,
)  # fmt: skip
SAME: dict[str, Any] = dict.fromkeys(("trials", "minutes", "calls", "tokens", "cost"))


def test_what_is_not_given_stays_and_is_not_told(tmp_path: Path) -> None:
    asked = raised(BEFORE, Study(tmp_path), **SAME)
    assert asked == BEFORE
    assert list(changes(BEFORE, asked)) == []


def test_every_change_is_told_with_what_was(tmp_path: Path) -> None:
    asked = raised(BEFORE, Study(tmp_path), trials=60, minutes=5.0, calls=1500, tokens=10_000, cost=0.5)
    assert list(changes(BEFORE, asked)) == [
        "at most 60 trials; before: 30",
        "at most 1,500 LM requests; before: 100 LM requests",
        "at most 10,000 tokens; before: no limit",
        "at most 0.5 US dollars; before: no limit",
        "at most 5 minutes; before: no limit",
    ]


def test_further_trials_come_after_prompts_that_have_been_begun(tmp_path: Path) -> None:
    study = Study(tmp_path)
    more = raised(BEFORE, study, **{**SAME, "trials": 60})
    assert first_trials(more) == 40, "nothing was begun: the share of all"
    (tmp_path / "prompts.json").write_text("{}", "utf-8")
    more = raised(BEFORE, study, **{**SAME, "trials": 60})
    assert first_trials(more) == first_trials(BEFORE) == 20, "else prompts would have to be tuned for other values"
    assert first_trials(raised(more, study, **{**SAME, "trials": 90})) == 20
    assert first_trials(raised(more, study, **{**SAME, "trials": 10})) == 10
    assert replace(more, first=None) == replace(BEFORE, trials=60)
