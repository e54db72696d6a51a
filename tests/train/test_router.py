"""Fitting a router: labels from kinds and from branches, figures that are measured, and what is refused."""

from __future__ import annotations

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.train.router import LABEL_OF_KIND, Labelled, by_kind, fit_router
from tests.components.fake_corpus import notes
from tests.components.route.test_complexity import LABELS, QUESTIONS


def test_aggregate_counts_as_multi_and_unanswerable_is_left_out() -> None:
    questions = [Question(kind, f"about {kind}?", kind=kind) for kind in (*LABEL_OF_KIND, "unanswerable")]  # type: ignore[arg-type]
    found = by_kind([*questions, Question("x", "no kind?")], LABELS, LABEL_OF_KIND)
    assert [(item.question, item.label) for item in found] == [
        ("about none?", "none"), ("about single?", "single"), ("about multi?", "multi"), ("about aggregate?", "multi"),
    ]  # fmt: skip


def test_a_label_of_its_own_stands_before_that_of_its_kind() -> None:
    questions = [
        Question("a", "a?", kind="single", extra={"label": "list"}), Question("b", "b?", extra={"label": "talk"}),
        Question("c", "c?", kind="single"), Question("d", "d?"),
    ]  # fmt: skip
    found = by_kind(questions, ["talk", "list"], {"single": "talk"})
    assert [(item.question, item.label) for item in found] == [("a?", "list"), ("b?", "talk"), ("c?", "talk")]
    with pytest.raises(
        UsageError, match="the question 'a' has the label 'list', which is none of talk, lists; did you"
    ):
        by_kind(questions, ["talk", "lists"], {})
    with pytest.raises(UsageError, match="the question 'x' has the label 3, which is none of talk"):
        by_kind([Question("x", "x?", extra={"label": 3})], ["talk"], {})


def test_a_label_that_the_step_has_not_is_refused() -> None:
    with pytest.raises(
        UsageError, match="the kind 'aggregate' is mapped to 'list', which is none of none, single, multi"
    ):
        by_kind([], LABELS, {**LABEL_OF_KIND, "aggregate": "list"})


def test_figures_are_of_questions_that_were_not_learned_from() -> None:
    report = fit_router(notes(), QUESTIONS, LABELS, count=9, repeats=5).report
    assert 0.5 < report["macro_f1"]["mean"] < 1.0
    assert sum(sum(row.values()) for row in report["confusion"].values()) == 5 * len(QUESTIONS)
    assert report["majority"]["accuracy"] == pytest.approx(1 / 3)
    assert report["majority"]["macro_f1"] == pytest.approx(0.5 / 3)


def test_labels_without_meaning_are_not_learned() -> None:
    turned = [Labelled(item.question, LABELS[place % 3]) for place, item in enumerate(QUESTIONS * 3)]
    report = fit_router(notes(), turned[:18], LABELS, repeats=5).report
    assert report["macro_f1"]["mean"] < 0.6


def test_added_questions_teach_and_are_not_counted() -> None:
    added = [Labelled(item.question, item.label, counts=False) for item in QUESTIONS]
    with_them = fit_router(notes(), [*QUESTIONS, *added], LABELS, repeats=3).report
    assert (with_them["questions"], with_them["added"]) == (18, 18)
    assert with_them["macro_f1"]["mean"] > 0.9  # the very questions stand among those learned from


def test_figures_are_of_what_the_step_would_take() -> None:
    told = fit_router(notes(), QUESTIONS, LABELS, sure={"none": 1.0}, count=9, repeats=2).report
    assert all(row["none"] == 0 for row in told["confusion"].values())
    assert (
        told["macro_f1"]["mean"] < fit_router(notes(), QUESTIONS, LABELS, count=9, repeats=2).report["macro_f1"]["mean"]
    )


def test_the_same_seed_gives_the_same_router() -> None:
    assert (
        fit_router(notes(), QUESTIONS, LABELS, repeats=1).state
        == fit_router(notes(), QUESTIONS, LABELS, repeats=1).state
    )


def test_a_rare_label_and_another_are_told_apart_whatever_is_drawn() -> None:
    often = [Labelled(f"What is the size of cache {number}?", "single") for number in range(60)]
    rare = [Labelled(f"hello, number {number}", "none") for number in range(5)]
    report = fit_router(notes(), [*often, *rare], ["none", "single"]).report
    assert report["labels"] == {"none": 5, "single": 60}
    assert report["macro_f1"]["mean"] > 0.5


def test_of_labels_that_are_as_frequent_the_simplest_is_the_majority() -> None:
    assert fit_router(notes(), QUESTIONS, LABELS, repeats=1).report["majority"]["label"] == "none"


def test_a_question_asked_twice_is_not_foretold_from_itself() -> None:
    turned = [Labelled(item.question, LABELS[place % 3]) for place, item in enumerate(QUESTIONS)]
    thrice = [Labelled(f"{item.question.rstrip('.?!')}{end}", item.label) for item in turned for end in ("", "?", " ?")]
    report = fit_router(notes(), thrice, LABELS, count=9, repeats=5).report
    assert report["macro_f1"]["mean"] < 0.6, "labels without meaning are not learned, however often they are said"


def test_too_few_of_a_label_is_said() -> None:
    with pytest.raises(UsageError, match="there are 6 'none', 6 'single', 4 'multi'") as error:
        fit_router(notes(), QUESTIONS[:-2], LABELS)
    assert "--labels branches" in str(error.value.hint)
