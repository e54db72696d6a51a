"""Gates and routers against the kinds of questions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from ragkit.evaluate.decisions import decided, decisions_of, macro_f1, roc_auc
from tests.evaluate.components import make

LABELS = st.sampled_from(["none", "single", "multi", "papers"])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5).map(float)), min_size=2, max_size=30))
def test_roc_auc_equals_scikit_learns(pairs: list[tuple[bool, float]]) -> None:
    truths, scores = [truth for truth, _ in pairs], [score for _, score in pairs]
    found = roc_auc(truths, scores)
    if len(set(truths)) < 2:
        assert found is None
    else:
        assert found == pytest.approx(roc_auc_score(truths, scores))


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=30))
def test_macro_f1_equals_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    wanted, given_ = zip(*pairs, strict=True)
    assert macro_f1(pairs) == pytest.approx(f1_score(wanted, given_, average="macro", zero_division=0))


def row(
    kind: str | None, gate: tuple[bool, float | None] | None = None, label: str | None = None, **more: Any
) -> dict[str, Any]:
    gates = {} if gate is None else {"gate": {"needed": gate[0], "score": gate[1], "threshold": 0.5}}
    routes = {} if label is None else {"route": label}
    return {"kind": kind, "extra": {}, "error": None, "decided": {"gates": gates, "routes": routes}, **more}


def test_the_figures_of_a_gate() -> None:
    rows = [
        row("single", (True, 0.9)),
        row("multi", (True, 0.8)),
        row("unanswerable", (False, 0.1)),  # needed, for one has to look: overconfident
        row("none", (True, 0.7)),  # not needed: underconfident
        row("none", (False, 0.2)),
        row(None, (True, 0.9)),  # nothing is known
        row("single", (False, 0.0), error={"code": "step"}),  # a failed run decides nothing
        row("single"),  # the gate did not run
    ]
    found = decisions_of(rows)["gates"]["gate"]
    assert found["n"] == 5
    assert found["rate"]["mean"] == 0.6
    shares = [found[name]["mean"] for name in ("accuracy", "overconfidence", "underconfidence")]
    assert shares == [0.6, 0.2, 0.2]
    assert found["roc_auc"] == pytest.approx(4 / 6)
    assert found["accuracy"]["low"] < 0.6 < found["accuracy"]["high"]


@given(st.lists(st.tuples(st.sampled_from(["none", "single"]), st.booleans()), min_size=1, max_size=20))
def test_accuracy_and_both_errors_add_up_to_1(pairs: list[tuple[str, bool]]) -> None:
    found = decisions_of([row(kind, (said, None)) for kind, said in pairs])["gates"]["gate"]
    assert sum(found[name]["mean"] for name in ("accuracy", "overconfidence", "underconfidence")) == pytest.approx(1)
    assert found["roc_auc"] is None, "there are no scores"


def test_a_gate_whose_score_is_confidence_is_read_the_right_way_round() -> None:
    # A low score says that retrieval is needed.
    rows = [row("single", (True, 0.1)), row("single", (True, 0.3)), row("none", (False, 0.8))]
    assert decisions_of(rows)["gates"]["gate"]["roc_auc"] == 1.0


def test_the_data_can_say_whether_retrieval_was_needed() -> None:
    rows = [
        row("single", (False, 0.1), extra={"retrieval_needed": False}),
        row(None, (True, 0.9), extra={"retrieval_needed": True}),
    ]
    found = decisions_of(rows)["gates"]["gate"]
    assert (found["n"], found["accuracy"]["mean"]) == (2, 1.0)


def test_the_figures_of_a_router() -> None:
    rows = [
        row("single", label="single"),
        row("single", label="single"),
        row("multi", label="single"),
        row("aggregate", label="multi"),  # a list counts as multi
        row("none", label="none"),
        row("unanswerable", label="single"),  # left out
        row(None, label="single"),
    ]
    found = decisions_of(rows)["routers"]["route"]
    assert found["n"] == 5
    assert found["accuracy"]["mean"] == 0.8
    assert found["confusion"] == {"multi": {"multi": 1, "single": 1}, "none": {"none": 1}, "single": {"single": 2}}
    assert found["majority"] == 0.4
    assert found["macro_f1"] == pytest.approx((4 / 5 + 2 / 3 + 1) / 3)


def test_labels_of_ones_own() -> None:
    rows = [row("single", label="easy"), row("multi", label="hard"), row("none", label="easy")]
    found = decisions_of(rows, {"single": "easy", "multi": "hard"})["routers"]["route"]
    assert (found["n"], found["accuracy"]["mean"]) == (2, 1.0)


def test_a_router_that_sorts_by_something_else_than_kind_is_not_judged_by_kind() -> None:
    rows = [row("single", label="narrow"), row("none", label="none"), row("multi", label="wide")]
    assert decisions_of(rows)["routers"]["route"]["n"] == 0
    verdicts = [row("single", label="correct"), row("multi", label="ambiguous")]
    assert decisions_of(verdicts)["routers"]["route"]["accuracy"]["mean"] is None


def test_a_step_of_which_no_truth_is_known() -> None:
    found = decisions_of([row(None, (True, 0.1), "single")])
    assert found["gates"]["gate"]["n"] == found["routers"]["route"]["n"] == 0
    assert found["gates"]["gate"]["accuracy"]["mean"] is None
    assert found["routers"]["route"]["macro_f1"] is None
    assert decisions_of([]) == {"gates": {}, "routers": {}}


def test_what_a_real_run_decided() -> None:
    steps = """
  gate: {use: gate.words, words: 3}
  kind: {use: route.word}
  go:
    use: flow.route
    label: kind
    default: other
    branches:
      one: {steps: {hits: {use: retrieve.find, found: [a]}}, output: hits}
      other:
        steps:
          hits: {use: retrieve.find, found: [b], when: gate.needed}
          more: {use: retrieve.find, found: [c]}
          all: {use: flow.first, of: [hits, more]}
        output: all
output: go
"""
    trace = make(steps).run("what now").trace
    assert decided(trace) == {
        "gates": {"gate": {"needed": False, "score": 2.0, "threshold": 3.0}},
        "routes": {"kind": "what", "go": "other"},
    }
    assert decided(make(steps).run("one now then").trace)["routes"] == {"kind": "one", "go": "one"}
