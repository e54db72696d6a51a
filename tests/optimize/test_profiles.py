"""Picking a point for each profile: within its levels, on questions of both parts, seconds measured one by one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.optimize.objective import Objective
from ragkit.optimize.profiles import MOST_TIMED, TIMED, Picker, check_overlays, most_runs
from ragkit.optimize.variant import Variant
from ragkit.spec.plan import Plan
from ragkit.spec.profiles import Profile
from ragkit.spec.written.constraint import Constraint

OBJECTIVE = Objective("recall", beside=("context_tokens",), levels=("context_tokens", "mrr"))
TUNE = [Question(f"t{n}", f"{n}?", kind="single") for n in range(60)]
REPORT = [Question(f"r{n}", f"{n}?", kind="single") for n in range(50)]


class Bench:
    """Recall and tokens grow with x, and so do seconds; on held-out questions tokens are ``more`` higher."""

    def __init__(self, more: float = 0.0) -> None:
        self.more = more
        self.singly: list[tuple[int, int]] = []

    def rows(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
        x, more = choices["x"], self.more if questions[0].id.startswith("r") else 0.0
        metrics = {"recall": 0.1 * x, "context_tokens": 100.0 * x + more, "mrr": 1.0 - 0.1 * x}
        return [{"metrics": dict(metrics), "error": None} for _ in questions]

    def alone(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
        self.singly.append((choices["x"], len(questions)))
        return [{"usage": {"seconds": 0.5 * choices["x"]}, "error": None} for _ in questions]


def picker(bench: Bench) -> Picker:
    return Picker(bench, OBJECTIVE, TUNE, REPORT, lambda text: None)  # type: ignore[arg-type]


def pick(bench: Bench, *levels: str) -> Any:
    made = picker(bench)
    points = [point for x in range(1, 10) if (point := made.point(Variant({"x": x}))) is not None]
    read = tuple(found for level in levels if (found := Constraint.parse(level)) is not None)
    return made.pick(Profile("it", read, Path("it.yaml")), points)


@pytest.mark.parametrize(
    ("levels", "x"),
    [((), 9), (("context_tokens < 500",), 4), (("context_tokens <= 500",), 5), (("mrr > 0.65",), 3),
     (("context_tokens < 500", "mrr > 0.75"), 2)],
)  # fmt: skip
def test_the_best_value_within_the_levels_is_picked(levels: tuple[str, ...], x: int) -> None:
    found = pick(Bench(), *levels)
    assert found.variant == Variant({"x": x})
    assert all(level["kept"] for level in found.levels)
    assert found.sentence == f"recall {0.1 * x:.4f} on the held-out questions"


def test_no_point_within_the_levels_is_none() -> None:
    found = pick(Bench(), "context_tokens < 50")
    assert found.variant is None
    assert found.sentence == "no point that was found keeps context_tokens < 50"
    assert pick(Bench(), "answer_judged > 0.5").variant is None, "what is not known keeps no level"


def test_a_point_that_breaks_a_level_on_new_questions_is_not_taken() -> None:
    found = pick(Bench(more=150.0), "context_tokens < 500")
    assert found.variant is None
    assert found.sentence == (
        "the best point breaks a level on the held-out questions: context_tokens < 500 (550)"
    )  # fmt: skip
    (level,) = found.levels
    assert (level["tuning"], level["held_out"], level["kept"]) == (400.0, 550.0, False)


def test_seconds_are_measured_singly_from_the_best_point_down() -> None:
    bench = Bench()
    found = pick(bench, "p95_seconds < 3.6")
    assert found.variant == Variant({"x": 7})
    assert bench.singly == [(9, TIMED), (8, TIMED), (7, TIMED), (7, TIMED)]
    (level,) = found.levels
    assert level["held_out"] == 3.5


def test_no_more_points_are_measured_than_a_few() -> None:
    bench = Bench()
    found = pick(bench, "p95_seconds < 0.6")
    assert found.variant is None
    assert found.sentence == "none of the 5 best points that was found keeps p95_seconds < 0.6"
    assert len(bench.singly) == MOST_TIMED


def test_a_point_is_measured_once_for_all_profiles() -> None:
    bench = Bench()
    made = picker(bench)
    points = [point for x in (1, 2, 3) if (point := made.point(Variant({"x": x}))) is not None]
    for limit in (1.1, 1.2):
        made.pick(Profile("it", (Constraint("p95_seconds", "<", limit),), Path("it.yaml")), points)
    assert bench.singly == [(3, TIMED), (2, TIMED), (2, TIMED), (2, TIMED)]


def test_limits_of_the_objective_hold_for_points_too() -> None:
    limited = Objective("recall", (("context_tokens", "<", 300.0),), beside=("context_tokens",))
    made = Picker(Bench(), limited, TUNE, REPORT, lambda text: None)  # type: ignore[arg-type]
    assert made.point(Variant({"x": 2})) is not None
    assert made.point(Variant({"x": 3})) is None


def plan(folder: Path) -> Plan:
    slo = {"fast": (Constraint("p95_seconds", "<", 2.0),), "best": ()}
    return SimpleNamespace(file=folder / "my.yaml", slo=slo)  # type: ignore[return-value]


def test_runs_are_bounded_beforehand(tmp_path: Path) -> None:
    assert most_runs(plan(tmp_path), 60, 50) == 2 * 50 + MOST_TIMED * TIMED + TIMED
    assert most_runs(plan(tmp_path), 10, 20) == 2 * 20 + MOST_TIMED * 10 + 20


def test_overlays_that_are_there_are_kept_unless_forced_and_other_files_always(tmp_path: Path) -> None:
    check_overlays(plan(tmp_path), False)
    fast = tmp_path / "my.fast.yaml"
    fast.write_text("version: 1\npipeline: my\nhash: abc\nvalues: {}\n")
    with pytest.raises(UsageError, match=r"the overlay .*my\.fast.yaml' of the profile 'fast' is there already"):
        check_overlays(plan(tmp_path), False)
    check_overlays(plan(tmp_path), True)
    fast.write_text("version: 1\nsteps: {}\noutput: a\n")
    with pytest.raises(UsageError, match="is no overlay"):
        check_overlays(plan(tmp_path), True)
