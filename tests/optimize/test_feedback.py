"""Feedback to a step: each cause of a real failed run, told to the steps before it, at it and behind it."""

from __future__ import annotations

from typing import Any

import pytest

from ragkit.evaluate.causes.cause import CAUSES
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import row_of
from ragkit.evaluate.scoring import score
from ragkit.optimize.prompts.feedback import Feedback
from tests.evaluate.causes.asking import ROUTED
from tests.evaluate.components import make

LATER, HERE, BEFORE = "It failed later, in ", "This is the step that failed.", "It failed before, in "


def ask(
    steps: str, question: str = "what is it", *, gold: tuple[str, ...] = ("gold",),
    answers: tuple[str, ...] = ("MCTS",), kind: Any = "single", known: Any = None, lm: bool = True,
    evidence: tuple[str, ...] = (), metric: str = "correct",
) -> Feedback:  # fmt: skip
    """The feedback on a real run."""
    result = make(steps, "").run(question)
    asked = Question("q", question, answers, dict.fromkeys(gold, 1.0), kind, evidence)
    return Feedback(asked, result, row_of(asked, result, score(asked, result, known_documents=known, lm=lm)), metric)


CUT = """
  text: {use: query.join, parts: [question]}
  found: {use: retrieve.find, found: [a, b, gold], query: text}
  kept: {use: select.head, passages: found}
  answer: {use: generate.say, passages: kept}
output: answer
"""


def test_the_selector_dropped_the_gold_passage() -> None:
    told = ask(CUT, evidence=("MCTS searches a tree.",))
    text = told.whole()
    assert "That is wrong: right is 'MCTS'." in text
    assert "cut_by_selector" in text
    assert "gold document 'gold' stood at rank 3 of 3 (cosine 0.25); kept (select.head) kept 2" in text
    assert "Gold document 'gold' by step: found: rank 3 of 3 documents; kept: not there of 2 documents." in text
    assert "The corpus says: 'MCTS searches a tree.'" in text
    assert HERE in told.to_step("kept")
    assert "This step decided: kept 2." in told.to_step("kept")
    assert f"{LATER}'kept' (select.head), which works on what this step made." in told.to_step("text")
    assert f"{BEFORE}'kept' (select.head): this step was not given what it needed." in told.to_step("answer")


def test_the_router_sent_it_the_wrong_way() -> None:
    told = ask(ROUTED, "single question", kind="multi")
    assert "'go' took the branch 'single' for a question of kind 'multi'" in told.whole()
    text = told.to_step("kind")
    assert f"{LATER}'go' (flow.route)" in text
    assert "This step's label 'single' chose the branch, and the question is of kind 'multi'." in text
    assert LATER in told.to_step("go.single.say"), "the route hands on what its branch made"


ONE = "  found: {use: retrieve.find, found: [%s]}\n  answer: {use: generate.say, passages: found%s}\noutput: answer"
UNANSWERABLE = {"gold": (), "answers": (), "kind": "unanswerable"}
FUSED = """
  one: {use: retrieve.find, found: [a, b]}
  two: {use: retrieve.find, found: [c, gold], score: bm25}
  pool: {use: fuse.mix, passages: [one, two], k: 3}
  answer: {use: generate.say, passages: pool}
output: answer
"""
RERANKED = """
  found: {use: retrieve.find, found: [gold, a, b]}
  best: {use: rerank.turned, passages: found, k: 2}
  answer: {use: generate.say, passages: best}
output: answer
"""


@pytest.mark.parametrize(
    ("steps", "more", "cause", "step"),
    [
        (ONE % ("a, b", ""), {"known": {"a", "b"}}, "not_in_corpus", None),
        (ROUTED, {"question": "single question", "kind": "multi"}, "routed_wrongly", "go"),
        (ONE % ("a, b", ""), {}, "retrieval_miss", "found"),
        (FUSED, {}, "lost_in_fusion", "pool"),
        (RERANKED, {}, "lost_in_rerank", "best"),
        (CUT, {}, "cut_by_selector", "kept"),
        (ONE % ("a, b, gold", ", reads: 2"), {}, "truncated", "answer"),
        (ONE % ("'gold: MCTS it is'", ", text: a tree"), {}, "not_found_in_passage", "answer"),
        (ONE % ("'gold: MCTS it is'", ", text: they use M C T S there"), {}, "format", "answer"),
        (ONE % ("'gold: MCTS it is'", ", text: none, abstains: true"), {}, "wrongly_abstained", "answer"),
        (ONE % ("a", ", text: a tree"), UNANSWERABLE, "wrongly_answered", "answer"),
    ],
)  # fmt: skip
def test_each_cause_is_told_in_words_and_at_its_step(steps: str, more: dict, cause: Any, step: str | None) -> None:
    told = ask(steps, **more)
    assert f"Why: {CAUSES[cause]} ({cause}): " in told.whole()
    assert not told.right
    text = told.to_step(step or "found")
    assert (HERE if step else "It is not one step that failed.") in text
    TOLD.add(cause)


TOLD: set[str] = set()


def test_no_cause_is_left_out() -> None:
    assert set(CAUSES) == TOLD


def test_where_the_answer_was_lost_is_told_step_by_step() -> None:
    steps = """
  found: {use: retrieve.find, found: ['gold: They use MCTS']}
  last: {use: generate.say, passages: found, text: a tree}
output: last
"""
    told = ask(steps)
    lost = "What this step was given holds a right answer, and what it made does not."
    assert lost in told.to_step("last")
    assert "What this step made holds a right answer, which was lost later." in told.to_step("found")
    no = ask(steps.replace("They use", "no, they use"), answers=("no",))
    assert "holds a right answer" not in no.to_step("last"), "a no stands everywhere"


def test_where_nothing_is_looked_for_missing_documents_explain_nothing() -> None:
    told = ask("  answer: {use: generate.say, text: a tree}\noutput: answer", gold=())
    assert "Why:" not in told.whole()
    assert told.to_step("answer").splitlines() == ["The answer was 'a tree'. That is wrong: right is 'MCTS'."]


def test_a_step_that_broke_is_told_its_error() -> None:
    steps = "  found: {use: retrieve.find, found: [gold]}\n  kept: {use: judge.break, passages: found}\n"
    told = ask(steps + "  answer: {use: generate.say, passages: kept}\noutput: answer", "break it")
    assert not told.right
    assert "The run failed at step 'kept':" in told.whole()
    assert "broken" in told.whole()
    assert HERE in told.to_step("kept")
    assert f"{LATER}'kept' (judge.break)" in told.to_step("found")


def test_a_right_answer_is_to_be_kept() -> None:
    told = ask(ONE % ("'gold: MCTS it is'", ", text: MCTS"))
    assert told.right
    kept = ["The answer was 'MCTS'. That is right.", "Keep what this step does here."]
    assert told.to_step("answer").splitlines() == kept


def test_a_right_answer_that_loses_elsewhere_is_told_what_it_lacks() -> None:
    steps = ONE % ("'gold: MCTS it is'", ", text: It is MCTS.%s")
    told = ask(steps % "", metric="citation_recall")
    assert told.to_step("answer").splitlines() == [
        "The answer was 'It is MCTS.'. That is right.",
        "But its citation_recall is 0.00 of 1, the share of its sentences that are supported by what they cite.",
        "It cites nothing.",
    ]
    wordy = ask(steps % "", metric="answer_f1").whole()
    assert "But its answer_f1 is 0." in wordy
    assert "it says too much or too little" in wordy
    assert "It cites" not in wordy


def test_of_a_pipeline_that_gives_passages_no_answer_is_missed() -> None:
    steps = "  found: {use: retrieve.find, found: [%s]}\noutput: found"
    assert (
        ask(steps % "a, b")
        .whole()
        .startswith("The pipeline handed on 2 passages, without what was to be found.\nWhy: ")
    )
    assert ask(steps % "gold").whole() == "The pipeline handed on 1 passage, with what was to be found."


def test_what_an_unanswerable_question_wants_is_said() -> None:
    told = ask(ONE % ("a", ", text: a tree"), gold=(), answers=(), kind="unanswerable")
    assert "the corpus holds no answer, and the right reply says so" in told.whole()


def test_a_step_beside_the_failure_is_told_so() -> None:
    beside = """
  one: {use: retrieve.find, found: [a, b, gold]}
  kept: {use: select.head, passages: one}
  two: {use: retrieve.find, found: [c]}
  pool: {use: fuse.mix, passages: [kept, two]}
output: pool
"""
    text = ask(beside).to_step("two")
    assert text.endswith("It failed in 'kept' (select.head), which neither reads this step nor is read by it.")


LOOPED = """
  ask:
    use: flow.loop
    max_rounds: 2
    carry: {seen: {value: []}}
    steps:
      hits: {use: retrieve.find, found: [a, gold]}
      kept: {use: select.head, passages: hits, k: 1}
      all: {use: fuse.mix, passages: [carry.seen, kept]}
    next: {seen: all}
    output: all
  answer: {use: generate.say, passages: ask}
output: answer
"""


def test_inside_a_loop_and_behind_it() -> None:
    told = ask(LOOPED)
    assert HERE in told.to_step("ask.kept")
    assert LATER in told.to_step("ask.hits")
    assert BEFORE in told.to_step("answer")
    assert LATER in told.to_step("ask.all"), "in the next round it comes before"
