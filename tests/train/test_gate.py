"""Fitting a gate: labels, figures held out, what is written and what is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.train import gate
from ragkit.train.examples import Example
from ragkit.train.gate import Measured, by_data, fit_gate

CONDITIONS = {"method": "perplexity"}


def measured(n: int = 60, noise: float = 0.2, seed: int = 0, *, answers: bool = True) -> list[Measured]:
    """Half need retrieval and are more uncertain; every tenth is wrong either way."""
    draw = random.Random(seed)
    found = []
    for number in range(n):
        hopeless = answers and number % 10 == 9
        needed = None if hopeless else number % 2 == 0
        uncertainty = (1.5 if needed or hopeless else 0.5) + draw.gauss(0, noise)
        right = (float(needed is False), float(not hopeless)) if answers else None
        found.append(Measured(uncertainty, needed, right, (1.0, 2.0)))
    return found


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where DSPy has no ReAnchor, which takes seconds; that both decide alike is tested beside the sweep."""
    monkeypatch.setattr(gate, "reanchored", lambda cases: None)


@pytest.mark.slow
def test_what_the_report_says_of_questions_that_are_told_apart() -> None:
    fitted = fit_gate(measured(30, noise=0.05, answers=False), CONDITIONS, repeats=3)
    report = fitted.report
    assert (report["needed"], report["not_needed"], report["no_difference"]) == (15, 15, 0)
    assert report["roc_auc"] == 1.0
    assert report["held_out"]["accuracy"]["mean"] == 1.0
    assert report["held_out"]["overconfidence"]["mean"] == report["held_out"]["underconfidence"]["mean"] == 0.0
    assert 0.7 < report["threshold"]["value"] < 1.3
    assert report["threshold"]["by"].startswith("ReAnchor")
    assert report["threshold"]["agree"]
    assert fitted.state["threshold"] == report["threshold"]["value"]
    assert fitted.state["method"] == "perplexity"


@pytest.mark.usefixtures("swept")
def test_policies_are_counted_question_by_question() -> None:
    report = fit_gate(measured(200, noise=0.05), CONDITIONS, repeats=2).report
    assert (report["needed"], report["not_needed"], report["no_difference"]) == (100, 80, 20)
    assert report["threshold"]["by"] == "sweep"
    rows = {row["policy"]: row for row in report["policies"]}
    assert rows["never"]["right"]["mean"] == pytest.approx(0.4)
    assert rows["always"]["right"]["mean"] == pytest.approx(0.9) == rows["oracle"]["right"]["mean"]
    assert rows["gate"]["right"]["mean"] == pytest.approx(0.9, abs=0.02)
    assert (rows["never"]["lm_calls"], rows["always"]["lm_calls"]) == (1.0, 2.0)
    assert rows["oracle"]["rate"] == pytest.approx(0.5)
    assert rows["gate"]["rate"] == pytest.approx(0.6, abs=0.03)  # those that nothing helps are uncertain too
    assert rows["gate"]["lm_calls"] == pytest.approx(1 + rows["gate"]["rate"])


@pytest.mark.usefixtures("swept")
def test_accuracy_and_the_two_ways_to_be_wrong_add_up() -> None:
    held = fit_gate(measured(noise=0.8), CONDITIONS, repeats=5).report["held_out"]
    total = sum(held[name]["mean"] for name in ("accuracy", "overconfidence", "underconfidence"))
    assert total == pytest.approx(1.0)
    assert 0.5 < held["accuracy"]["mean"] < 1.0


@pytest.mark.usefixtures("swept")
def test_the_curve_begins_and_ends_where_the_policies_do() -> None:
    report = fit_gate(measured(noise=0.4), CONDITIONS, repeats=2).report
    first, last = report["curve"][0], report["curve"][-1]
    assert (first["rate"], first["right"], first["random"]) == (0.0, pytest.approx(0.4), pytest.approx(0.4))
    assert (last["rate"], last["right"], last["random"]) == (1.0, pytest.approx(0.9), pytest.approx(0.9))
    middle = report["curve"][5]
    assert middle["right"] > middle["random"]


@pytest.mark.usefixtures("swept")
def test_a_measure_that_says_nothing_is_told_by_its_figures() -> None:
    draw = random.Random(5)
    blind = [Measured(draw.random(), one.needed, one.right, one.calls) for one in measured(120)]
    report = fit_gate(blind, CONDITIONS, repeats=3, price=0.0).report
    assert 0.35 < report["roc_auc"] < 0.65
    assert report["threshold"]["value"] is None  # nothing pays beside retrieving always
    assert {row["policy"]: row["rate"] for row in report["policies"]}["gate"] > 0.9


@pytest.mark.usefixtures("swept")
def test_a_dearer_retrieval_is_asked_for_less() -> None:
    questions = measured(noise=1.0)
    cheap, dear = (
        {row["policy"]: row for row in fit_gate(questions, CONDITIONS, repeats=2, price=price).report["policies"]}
        for price in (0.01, 0.7)
    )
    assert dear["gate"]["rate"] < cheap["gate"]["rate"]


@pytest.mark.usefixtures("swept")
def test_labels_of_the_data_need_no_answers() -> None:
    report = fit_gate(measured(noise=0.05, answers=False), CONDITIONS, repeats=2).report
    assert report["labels"] == "data"
    assert (report["price"], report["curve"]) == (None, [])
    assert [row["right"] for row in report["policies"]] == [None] * 4
    assert report["held_out"]["accuracy"]["mean"] == 1.0


def example(**known: Any) -> Example:
    return Example(Question("q", "what?", **known), {}, {"uncertainty": 0.5, "retrieve": True}, 3)


def test_the_data_say_whether_retrieval_is_needed() -> None:
    told = example(kind="single", extra={"retrieval_needed": False})
    found, left_out = by_data([example(kind="none"), example(kind="multi"), told, example()])
    assert [(one.needed, one.right, one.calls) for one in found] == [
        (False, None, (3.0, 3.0)), (True, None, (3.0, 3.0)), (False, None, (3.0, 3.0)),
    ]  # fmt: skip
    assert left_out == 1


def test_too_few_questions_are_said() -> None:
    with pytest.raises(UsageError, match="there are 30 and 0"):
        fit_gate([one for one in measured() if one.needed is not False], CONDITIONS)
    with pytest.raises(UsageError, match="there are 0 and 0, and 7 of which it is not known"):
        fit_gate([], CONDITIONS, left_out=7)


@pytest.mark.usefixtures("swept")
def test_the_same_seed_gives_the_same_gate() -> None:
    assert fit_gate(measured(), CONDITIONS, repeats=1) == fit_gate(measured(), CONDITIONS, repeats=1)
