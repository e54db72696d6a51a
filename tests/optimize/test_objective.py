"""What is searched for: means with penalties and limits, and objectives that cannot be."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ragkit.errors import UsageError
from ragkit.optimize.objective import Objective, objective_of
from ragkit.spec.written.constraint import Constraint


def _row(**metrics: float | None) -> dict[str, Any]:
    return {"metrics": metrics}


ROWS = [_row(recall=1.0, context_tokens=100), _row(recall=0.5, context_tokens=300), _row(recall=None, context_tokens=0)]


def test_the_value_is_the_mean_of_those_that_have_it_less_penalties() -> None:
    assert Objective("recall").value(ROWS) == 0.75
    assert Objective("recall", penalties={"context_tokens": 0.001}).value(ROWS) == pytest.approx(0.75 - 0.4 / 3)
    assert Objective("answer_f1").value(ROWS) is None


def test_a_penalty_that_is_not_known_is_not_nothing() -> None:
    assert Objective("recall", penalties={"cost": 0.1}).value(ROWS) is None
    assert Objective("recall", penalties={"cost": 0.1}).values(ROWS) == [None, None, None]


def test_a_run_that_fails_saves_nothing() -> None:
    objective = Objective("recall", penalties={"context_tokens": 0.001})
    rows = [ROWS[0], ROWS[1], _row(recall=0.0, context_tokens=None)]
    assert objective.values(rows) == [pytest.approx(0.9), pytest.approx(0.2), pytest.approx(-0.2)]
    assert objective.value(rows) == pytest.approx(0.3), "the mean of the questions is the value of all"


def test_of_one_question() -> None:
    objective = Objective("recall", penalties={"context_tokens": 0.001})
    assert [objective.of_question(row) for row in ROWS] == [pytest.approx(0.9), pytest.approx(0.2), None]


MEAN = 400 / 3


@pytest.mark.parametrize(
    ("sign", "limit", "kept"),
    [("<", 200, True), ("<", MEAN, False), ("<=", MEAN, True), (">", 100, True), (">=", 200, False)],
)
def test_limits_are_kept_or_broken_by_how_much(sign: str, limit: float, kept: bool) -> None:
    excess = Objective("recall", (("context_tokens", sign, limit),)).excesses(ROWS)[0]  # type: ignore[arg-type]
    assert (excess <= 0) == kept
    assert abs(excess) == pytest.approx(abs(MEAN - limit), abs=1e-9)


def test_what_is_not_known_keeps_no_limit() -> None:
    assert Objective("recall", (("cost", "<", 1.0),)).excesses(ROWS) == [float("inf")]


def _plan(objective: object, **slo: tuple[Constraint, ...]) -> SimpleNamespace:
    return SimpleNamespace(objective=objective, file=Path("p.yaml"), slo=slo)


def test_the_command_line_wins_over_the_file() -> None:
    plan = _plan({"maximize": ("recall",), "subject_to": (("cost", "<", 1.0),), "penalties": {"lm_calls": 0.1}})
    written = objective_of(plan, (), ())  # type: ignore[arg-type]
    assert str(written) == "maximize recall - 0.1 x lm_calls subject to cost < 1"
    assert objective_of(plan, ("correct",), ()).penalties == {}  # type: ignore[arg-type]
    given = objective_of(plan, (), (("lm_calls", "<", 2.0),))  # type: ignore[arg-type]
    assert given.subject_to == (("lm_calls", "<", 2.0),)


@pytest.mark.parametrize(
    ("maximize", "minimize", "limits", "said"),
    [
        ((), (), (), "has no objective"),
        (("recal",), (), (), "did you mean 'recall'"),
        (("context_tokens",), (), (), "better when it is lower: it cannot be maximized"),
        (("recall",), ("recall",), (), "better when it is higher: it cannot be minimized"),
        (("recall",), ("mrr",), (), "better when it is higher: it cannot be minimized"),
        (("recall",), ("p95_seconds",), (), "measured on questions that run one by one"),
        (("recall",), (), (("p95_seconds", "<", 2.0),), "measured on questions that run one by one"),
    ],
)
def test_what_cannot_be_searched_for(
    maximize: tuple[str, ...], minimize: tuple[str, ...], limits: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        objective_of(_plan(None), maximize, limits, minimize)  # type: ignore[arg-type]


def test_several_goals_are_turned_so_that_higher_is_better() -> None:
    plan = _plan({"maximize": ("recall",), "minimize": ("context_tokens",)})
    objective = objective_of(plan, (), ())  # type: ignore[arg-type]
    assert str(objective) == "maximize recall, minimize context_tokens"
    assert objective.goals(ROWS) == [0.75, -MEAN]
    assert objective_of(plan, ("recall", "mrr"), ()).beside == ("mrr",)  # type: ignore[arg-type]
    assert objective_of(plan, (), (), ("cost",)).beside == ("cost",)  # type: ignore[arg-type]
    assert Objective("recall", beside=("cost",)).goals(ROWS) is None


def test_what_the_levels_of_profiles_hold_is_wanted_low_beside_the_objective() -> None:
    fast = (Constraint("p95_seconds", "<", 2.0), Constraint("mrr", ">", 0.5))
    plan = _plan({"maximize": ("recall",)}, fast=fast, cheap=(Constraint("cost", "<", 0.1),), best=())
    objective = objective_of(plan, (), ())  # type: ignore[arg-type]
    assert objective.beside == ("context_tokens", "cost")
    assert objective.levels == ("p95_seconds", "mrr", "cost")


def test_what_a_judge_says_needs_a_judge_and_a_judge_needs_somebody_who_reads_it() -> None:
    promised = _plan({"maximize": ("recall",)}, good=(Constraint("answer_judged", ">", 0.5),))
    with pytest.raises(UsageError, match="a profile promises it, and no judge is named"):
        objective_of(promised, (), ())  # type: ignore[arg-type]
    assert objective_of(promised, (), (), (), "a/judge").judged  # type: ignore[arg-type]
    plan = _plan({"maximize": ("recall",)})
    with pytest.raises(UsageError, match="the objective reads it, and no judge is named") as caught:
        objective_of(plan, (), (("answer_judged", ">", 0.5),))  # type: ignore[arg-type]
    assert "--judge" in (caught.value.hint or "")
    assert objective_of(plan, (), (("answer_judged", ">", 0.5),), (), "a/judge").judged  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="the objective does not read what it says"):
        objective_of(plan, (), (), (), "a/judge")  # type: ignore[arg-type]
