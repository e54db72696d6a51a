"""Right or wrong by kind, the items of a list, abstention."""

from __future__ import annotations

from typing import Any

import pytest

from ragkit.evaluate.metrics.correct import abstention_metrics, is_correct
from ragkit.evaluate.metrics.lists import list_metrics, missing_items
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.evaluate.questions import KINDS, Question
from ragkit.types import Answer, Citation, Passage, Passages

GOLD = {"a": 1.0, "b": 1.0}


def ask(kind: Any, answers: tuple[str, ...] = (), gold: Any = None) -> Question:
    return Question("q", "?", answers, {} if gold is None else gold, kind)


def passages(*documents: str) -> Passages:
    return Passages(Passage(f"{each}#0", each, f"Title of {each}", "") for each in documents)


def answered(
    text: str | None, *documents: str, abstained: bool = False, cites: tuple[str, ...] = (), **more: Any
) -> Outcome:
    given = passages(*documents)
    cited = tuple(Citation(number, f"{each}#0", each) for number, each in enumerate(cites, start=1))
    answer = None if text is None else Answer(text, cited, given, abstained)
    return Outcome(answer, given, True, **more)


@pytest.mark.parametrize("kind", ["single", "multi", None])
def test_an_answer_is_right_when_it_contains_an_accepted_one(kind: Any) -> None:
    question = ask(kind, ("MCTS", "tree search"), GOLD)
    assert is_correct(question, answered("It is a tree search [1].")) is True
    assert is_correct(question, answered("It is a beam search [1].", "a", "b")) is False
    assert is_correct(question, answered("No MCTS was found.", abstained=True)) is False
    assert is_correct(question, answered(None)) is False


def test_unanswerable_is_right_when_the_answer_says_so() -> None:
    assert is_correct(ask("unanswerable"), answered("There is none.", abstained=True)) is True
    assert is_correct(ask("unanswerable"), answered("It is 7.")) is False
    assert is_correct(ask("unanswerable"), Outcome(None, passages("a"), False)) is None, "passages cannot say so"


def test_none_is_right_when_nothing_was_retrieved_and_the_answer_is() -> None:
    question = ask("none")
    says = "This question needs no documents."
    assert is_correct(question, answered(says, abstained=True)) is True
    assert is_correct(question, answered(says, abstained=True, retrievals=1)) is False
    assert is_correct(question, answered("No answer was found.", abstained=True)) is False
    assert is_correct(question, answered(says)) is False, "without an LM it has to abstain"
    assert is_correct(question, answered("Hello!", lm=True)) is True
    assert is_correct(question, answered("Hello!", lm=True, retrievals=2)) is False
    assert is_correct(question, answered(says, abstained=True, lm=True)) is False, "an LM has to answer"
    assert is_correct(ask("none", ("4",)), answered("It is 5.", lm=True)) is False
    assert is_correct(ask("none", ("4",)), answered("It is 4.", lm=True)) is True
    assert is_correct(question, Outcome(None, Passages(), False)) is True
    assert is_correct(question, Outcome(None, passages("a"), False, retrievals=1)) is False


def test_a_list_is_right_when_nothing_is_missing() -> None:
    question = ask("aggregate", ("CORAG", "SELA"), GOLD)
    assert is_correct(question, answered("CORAG and SELA", "a")) is True
    assert is_correct(question, answered("CORAG", "a", "b")) is False


@pytest.mark.parametrize("kind", ["single", "multi", "aggregate", None])
def test_without_accepted_answers_or_without_an_answer_the_passages_are_judged(kind: Any) -> None:
    question = ask(kind, (), GOLD)
    assert is_correct(question, answered("anything", "b", "x", "a")) is True
    assert is_correct(question, answered("anything", "a")) is False
    assert is_correct(question, answered("there is none", "a", "b", abstained=True)) is False
    with_answers = ask(kind, ("never said",), GOLD)
    assert is_correct(with_answers, Outcome(None, passages("a", "b"), False)) is True
    assert is_correct(with_answers, Outcome(None, passages("a"), False)) is False
    assert is_correct(ask(kind), answered("anything")) is None, "nothing is known"


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_failed_is_wrong(kind: Any) -> None:
    assert is_correct(ask(kind, ("x",), GOLD), answered(None, failed=True)) is False
    only_passages = is_correct(ask(kind, ("x",), GOLD), Outcome(None, Passages(), False, failed=True))
    assert only_passages is (None if kind == "unanswerable" else False)


def test_an_item_is_found_in_the_answer_or_in_a_cited_title() -> None:
    question = ask("aggregate", ("CORAG", "title of b", "SELA"), GOLD)
    found = answered("CORAG [1]", "a", "b", "c", cites=("b", "c"))
    assert missing_items(question, found) == ["SELA"]
    assert list_metrics(question, found) == {
        "set_precision": 0.5,  # of the two that are cited, b is gold
        "set_recall": pytest.approx(2 / 3),
        "set_f1": pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3)),
    }
    assert missing_items(question, answered("none", "a", "b")) == ["CORAG", "title of b", "SELA"], "b is not cited"


def test_a_document_that_is_cited_twice_counts_once() -> None:
    question = ask("aggregate", ("x",), GOLD)
    given = passages("a", "c")
    cited = tuple(Citation(number, f"{each}#0", each) for number, each in enumerate("aac", start=1))
    found = Outcome(Answer("x", cited, given), given, True)
    assert list_metrics(question, found)["set_precision"] == 0.5


def test_lists_without_citations_or_without_an_answer() -> None:
    question = ask("aggregate", ("x",), GOLD)
    assert list_metrics(question, answered("x"))["set_precision"] == 0.0
    zeros = {"set_precision": 0.0, "set_recall": 0.0, "set_f1": 0.0}
    assert list_metrics(question, answered("x, sadly not", "a", cites=("a",), abstained=True)) == zeros
    assert list_metrics(question, answered(None)) == zeros
    none = dict.fromkeys(zeros)
    assert list_metrics(question, Outcome(None, passages("a"), False)) == none
    assert list_metrics(ask("multi", ("x",), GOLD), answered("x")) == none
    assert list_metrics(ask("aggregate", ("x",)), answered("x")) == {**none, "set_recall": 1.0}
    assert list_metrics(ask("aggregate", (), GOLD), answered("x", "a", cites=("a",))) == {**none, "set_precision": 1.0}


def test_abstention_is_two_means() -> None:
    yes, no = answered("none", abstained=True), answered("this")
    cases = [("unanswerable", yes), ("unanswerable", no), ("single", yes), ("single", no), ("none", yes), (None, yes)]
    found = [abstention_metrics(ask(kind), outcome) for kind, outcome in cases]
    assert [each["abstention_recall"] for each in found] == [1.0, 0.0, None, None, None, None]
    assert [each["abstention_precision"] for each in found] == [1.0, None, 0.0, None, None, None]
    passages_only = abstention_metrics(ask("unanswerable"), Outcome(None, passages("a"), False))
    assert set(passages_only.values()) == {None}
    assert abstention_metrics(ask("unanswerable"), answered(None, failed=True))["abstention_recall"] == 0.0
