"""Reports of rows made by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ragkit.evaluate.report import NO_KIND, report_of
from ragkit.evaluate.seen import digests_of
from ragkit.spec.written.constraint import Constraint
from ragkit.spec.written.objectives import METRICS

CARD: dict[str, Any] = {"mode": "batch", "corpus_version": {"papers": "1"}, "data": {"sha256": "d", "n": 2, "of": 4}}
USAGE = {
    "lm_calls": 1, "prompt_tokens": 10, "completion_tokens": 2, "retrieval_calls": 1, "cached_tokens": 0,
    "context_tokens": 100, "cost": 0.5, "seconds": 0.1,
}  # fmt: skip


def row(id: str, metrics: dict[str, float | None] | None = None, **given: Any) -> dict[str, Any]:
    return {
        "id": id, "question": f"What is {id}?",
        "kind": "single", "gold_ids": ["d"], "answers": [], "trace_id": f"trace-{id}", "error": None,
        "stopped": None, "cause": None, "cached": 0, "steps": {}, "baselines": {}, "extra": {},
        "decided": {"gates": {}, "routes": {}}, "metrics": metrics or {},
        "usage": USAGE | given.pop("usage", {}), "conditions": {"corpus_version": {"papers": "1"}},
        **given,
    }  # fmt: skip


def test_a_mean_is_over_the_questions_that_have_the_metric() -> None:
    rows = [row("a", {"mrr": 1.0}), row("b", {"mrr": None}), row("c", {"mrr": 0.5}, kind=None)]
    report = report_of(rows, CARD)
    assert report["metrics"]["mrr"]["mean"] == 0.75
    assert report["metrics"]["mrr"]["n"] == 2
    assert 0.5 <= report["metrics"]["mrr"]["low"] <= 0.75 <= report["metrics"]["mrr"]["high"] <= 1.0
    assert report["by_kind"]["single"]["mrr"]["mean"] == 1.0
    assert report["by_kind"][NO_KIND]["mrr"]["mean"] == 0.5
    assert report["kinds"] == {"single": 2, NO_KIND: 1}


def test_every_metric_is_there_and_null_where_no_question_has_it() -> None:
    report = report_of([row("a", {"mrr": 1.0})], CARD)
    assert set(report["metrics"]) == set(METRICS)
    assert report["metrics"]["map"] == {"mean": None, "low": None, "high": None, "n": 0}
    assert set(report["by_kind"]["single"]) == {"mrr"}


def test_a_step_is_measured_over_the_questions_in_which_it_handed_on() -> None:
    rows = [
        row("a", steps={"first": {"mrr": 1.0}}),
        row("b", steps={"first": {"mrr": 0.0}, "second": {"mrr": 0.5, "map": None}}),
    ]
    steps = report_of(rows, CARD)["steps"]
    assert list(steps) == ["first", "second"]
    assert (steps["first"]["mrr"]["mean"], steps["first"]["mrr"]["n"]) == (0.5, 2)
    assert (steps["second"]["mrr"]["mean"], steps["second"]["mrr"]["n"]) == (0.5, 1)
    assert "map" not in steps["second"]


def test_causes_are_counted_the_most_frequent_first_and_errors_apart() -> None:
    rows = [
        row("a", cause={"cause": "retrieval_miss"}),
        row("b", cause={"cause": "truncated"}),
        row("c", cause={"cause": "truncated"}),
        row("d", error={"message": "x"}),
        row("e"),
    ]
    report = report_of(rows, CARD)
    assert list(report["causes"].items()) == [("truncated", 2), ("retrieval_miss", 1)]
    assert report["failed"]["truncated"] == [{"id": "b", "trace_id": "trace-b"}, {"id": "c", "trace_id": "trace-c"}]
    assert report["failed"]["error"] == [{"id": "d", "trace_id": "trace-d"}]
    assert report["errors"] == 1


def test_a_total_of_which_a_part_is_not_known_is_not_known() -> None:
    usage = report_of([row("a"), row("b", usage={"cost": None})], CARD)["usage"]
    assert usage["cost"] is None
    assert usage["lm_calls"] == 2
    assert usage["prompt_tokens"] == 20
    assert usage["seconds"] == pytest.approx(0.2)


def test_seconds_of_runs_that_read_a_cache_are_not_told() -> None:
    single = CARD | {"mode": "single"}
    usage = report_of([row("a"), row("b", cached=2)], CARD)["usage"]
    assert (usage["seconds"], usage["cached_questions"]) == (None, 1)
    rows = [row("a", usage={"seconds": 1.0}), row("b", usage={"seconds": 9.0}, cached=1)]
    assert report_of(rows, single)["metrics"]["p95_seconds"]["mean"] == 1.0


def test_percentiles_are_those_of_runs_that_ended_well() -> None:
    rows = [row(f"{n}", usage={"seconds": float(n)}) for n in range(1, 102)]
    rows.append(row("failed", usage={"seconds": 1000.0}, error={"message": "x"}))
    metrics = report_of(rows, CARD | {"mode": "single"})["metrics"]
    assert metrics["p50_seconds"]["mean"] == 51.0
    assert metrics["p95_seconds"]["mean"] == 96.0
    assert metrics["p95_seconds"]["low"] < 96.0 < metrics["p95_seconds"]["high"] + 1e-9
    assert metrics["p50_seconds"]["n"] == 101
    assert report_of(rows, CARD)["metrics"]["p50_seconds"]["mean"] is None


@pytest.mark.parametrize(
    ("level", "value", "kept"),
    [
        (Constraint("mrr", ">=", 0.5), 0.5, True),
        (Constraint("mrr", ">", 0.5), 0.5, False),
        (Constraint("cost", "<=", 0.5), 0.5, True),
        (Constraint("cost", "<", 0.4), 0.5, False),
        (Constraint("p95_seconds", "<", 1.0), None, None),
    ],
)
def test_a_service_level_is_kept_broken_or_not_measured(
    level: Constraint, value: float | None, kept: bool | None
) -> None:
    report = report_of([row("a", {"mrr": 0.5, "cost": 0.5})], CARD, slo={"fast": [level], "best": []})
    measured = {"level": str(level), "metric": level.metric, "value": value, "kept": kept}
    assert report["slo"] == {"fast": [measured], "best": []}


def test_an_index_that_changed_on_the_way_is_told() -> None:
    rows = [row("a"), row("b", conditions={"corpus_version": {"papers": "2"}})]
    (warning,) = report_of(rows, CARD)["warnings"]
    assert "published anew" in warning
    assert report_of(rows[:1], CARD)["warnings"] == []


def test_a_budget_that_ended_runs_is_told() -> None:
    (warning,) = report_of([row("a", stopped="budget: lm_calls"), row("b")], CARD)["warnings"]
    assert warning == "the budget ended 1 of 2 runs early"


@pytest.mark.parametrize(
    ("sha256", "asked", "told"), [("d", 3, True), ("d", 2, False), ("other", 4, False), (None, 4, False)]
)
def test_questions_that_must_have_been_trained_on_are_told(sha256: str | None, asked: int, told: bool) -> None:
    """2 of 4 are asked: whoever was trained on 3 of them has seen one of these at least."""
    data = None if sha256 is None else {"sha256": sha256, "asked": asked, "of": 4}
    card = CARD | {"trained": {"kept": {"file": "t.json", "sha256": "e", "data": data}}}
    warnings = report_of([row("a"), row("b")], card)["warnings"]
    assert len(warnings) == told
    assert all("at least 1 were asked now" in warning for warning in warnings)


def test_questions_that_a_step_says_it_learned_from_are_counted_whatever_file_they_stood_in() -> None:
    """The files have nothing to say where the step does: 4 of 4 were trained on, and of this file none."""
    card = CARD | {"trained": {"kept": {"data": {"sha256": "d", "asked": 4, "of": 4}}}}
    rows = [row("a"), row("b")]
    (warning,) = report_of(rows, card, seen={"kept": digests_of(["  what is  A", "What is c?"])})["warnings"]
    assert warning == "the step 'kept' was trained on 1 of the 2 questions: its numbers are too good"
    assert report_of(rows, card, seen={"kept": digests_of(["What is c?"])})["warnings"] == []


def test_no_rows_are_no_numbers() -> None:
    report = report_of([], CARD)
    assert report["n"] == 0
    assert report["metrics"]["mrr"]["mean"] is None
    json.dumps(report, allow_nan=False)
