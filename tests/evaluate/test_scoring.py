"""One question's scores, from a real run to plain data."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ragkit.engine import RunResult
from ragkit.evaluate.metrics.answers import ANSWER_METRICS
from ragkit.evaluate.metrics.citations import CITATION_METRICS
from ragkit.evaluate.metrics.lists import LIST_METRICS
from ragkit.evaluate.metrics.retrieval import RETRIEVAL_METRICS
from ragkit.evaluate.metrics.spending import SPENDING_METRICS
from ragkit.evaluate.questions import Question
from ragkit.evaluate.scoring import score
from ragkit.spec.written.objectives import METRICS
from tests.evaluate.components import make

STEPS = """
  found: {use: retrieve.find, found: [x, "gold: they use MCTS", y, other]}
  kept: {use: select.head, passages: found, k: 3}
  answer: {use: generate.say, passages: kept, text: "It is MCTS [1].", cites: [gold]}
output: answer
"""
QUESTION = Question("q", "what is it", ("MCTS",), {"gold": 2.0, "other": 1.0}, "multi")


def run(steps: str = STEPS, question: str = "what is it", top: str = "") -> RunResult:
    return make(steps, top).run(question)


def test_every_metric_of_a_question_is_there() -> None:
    found = score(QUESTION, run()).metrics
    expected = {
        *RETRIEVAL_METRICS, *ANSWER_METRICS, *LIST_METRICS, *CITATION_METRICS, *SPENDING_METRICS,
        "correct", "abstention_precision", "abstention_recall",
    }  # fmt: skip
    assert set(found) == expected
    of_many = {"p50_seconds", "p95_seconds"}
    assert expected | of_many | {"answer_judged"} == set(METRICS), "and a judge is asked by the runner"


def test_the_scores_of_one_run() -> None:
    found = score(QUESTION, run())
    assert found.metrics["correct"] == 1.0 and found.cause is None
    assert found.metrics["recall@2"] == found.metrics["recall"] == 0.5
    assert found.metrics["all_gold"] == 0.0
    assert found.metrics["answer_contains"] == 1.0 and found.metrics["answer_em"] == 0.0
    assert found.metrics["set_recall"] is None and found.metrics["abstention_recall"] is None
    assert found.metrics["context_tokens"] == 30 and found.metrics["retrieval_calls"] == 1
    assert found.metrics["trigger_rate"] == 1.0 and found.metrics["lm_calls"] == 0
    assert list(found.steps) == ["found", "kept"]
    assert found.steps["found"]["recall"] == 1.0 and found.steps["found"]["context_tokens"] == 40
    assert found.steps["kept"]["recall"] == 0.5 and found.steps["kept"]["context_tokens"] == 30
    assert found.baselines["kept"]["kept"]["gold"] == 1
    assert found.decided == {"gates": {}, "routes": {}}


def test_scores_are_plain_data() -> None:
    found = score(QUESTION, run())
    for each in (found.metrics, found.steps, found.cause, found.baselines, found.decided):
        assert json.loads(json.dumps(each)) == each


def test_grades_count_in_ndcg() -> None:
    low = score(QUESTION, run()).metrics["ndcg@10"]
    high = score(Question("q", "?", (), {"gold": 9.0, "other": 1.0}), run()).metrics["ndcg@10"]
    assert low is not None and high is not None and high < 1
    assert high > low, "what it missed weighs less"


def test_an_abstention_is_worth_nothing_as_an_answer_even_where_its_text_names_the_answer() -> None:
    steps = STEPS.replace("cites: [gold]", "abstains: true")
    found = score(QUESTION, run(steps))
    assert [found.metrics[name] for name in ANSWER_METRICS] == [0.0] * 4
    assert found.metrics["citation_recall"] is None
    assert found.metrics["correct"] == 0.0 and found.metrics["abstention_precision"] == 0.0


def test_the_items_of_a_list_are_no_alternatives() -> None:
    question = Question("q", "?", ("MCTS", "beam"), {"gold": 1.0}, "aggregate")
    found = score(question, run()).metrics
    assert [found[name] for name in ANSWER_METRICS] == [None] * 4
    assert (found["set_recall"], found["set_precision"], found["correct"]) == (0.5, 1.0, 0.0)


def test_a_question_that_needs_no_documents_has_an_answer_only_with_an_lm() -> None:
    question = Question("q", "What is 2 + 2?", ("4",), {}, "none")
    assert score(question, run()).metrics["answer_em"] is None
    assert score(question, run(), lm=True).metrics["answer_em"] == 0.0


def test_passages_only() -> None:
    found = score(QUESTION, run(STEPS.partition("  answer:")[0] + "output: kept"))
    assert all(found.metrics[name] is None for name in (*ANSWER_METRICS, *CITATION_METRICS, *LIST_METRICS))
    assert found.metrics["correct"] == 0.0
    assert found.cause is not None and found.cause["cause"] == "cut_by_selector"
    assert found.cause["detail"].endswith("1 of 2 gold documents are in the output")


def test_an_answer_and_other_passages() -> None:
    """Retrieval metrics are of the output's passages; the cause is of what the answer has read."""
    found = score(QUESTION, run(STEPS.replace("output: answer", "output: {answer: answer, passages: found}")))
    assert found.metrics["recall"] == 1.0
    wrong = Question("q", "?", ("never",), {"other": 1.0}, "single")
    cause = score(wrong, run(STEPS.replace("output: answer", "output: {answer: answer, passages: found}"))).cause
    assert cause is not None and cause["cause"] == "cut_by_selector"


def test_what_a_run_spent_on_an_lm() -> None:
    steps = (
        "  found: {use: retrieve.find, found: [a]}\n  answer: {use: generate.write, passages: found}\noutput: answer"
    )
    found = score(QUESTION, run(steps), lm=True).metrics
    assert (found["lm_calls"], found["prompt_tokens"], found["completion_tokens"]) == (1, 7, 3)


@pytest.mark.parametrize("kind", ["single", "none", "unanswerable", "aggregate", None])
def test_a_question_of_which_nothing_is_known_is_scored_without_an_error(kind: Any) -> None:
    found = score(Question("q", "?", kind=kind), run())
    assert found.baselines == {}
    assert found.metrics["recall@5"] is None and found.metrics["answer_em"] is None


def test_an_entailment_model_decides_on_citations() -> None:
    assert score(QUESTION, run()).metrics["citation_recall"] == 0.0, "it is no quotation"
    asked: list[tuple[str, str]] = []

    def entails(premise: str, hypothesis: str) -> bool:
        asked.append((premise, hypothesis))
        return True

    assert score(QUESTION, run(), entails=entails).metrics["citation_recall"] == 1.0
    assert asked[0] == ("GOLD\nthey use MCTS", "It is MCTS.")


@pytest.mark.clock
@pytest.mark.slow
def test_five_hundred_questions_with_six_steps_of_a_hundred_passages_take_seconds() -> None:
    hundred = [f"d{number}" for number in range(100)]
    steps = "".join(f"  s{n}: {{use: retrieve.find, found: {hundred}}}\n" for n in range(4))
    steps += """
  pool: {use: fuse.mix, passages: [s0, s1, s2, s3]}
  kept: {use: select.head, passages: pool, k: 5}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    questions = [Question(f"q{n}", f"q{n}", ("x",), {"d3": 1.0, "d77": 1.0}, "multi") for n in range(500)]
    results = make(steps).run_batch([question.question for question in questions])
    started = time.process_time()
    found = [score(question, result) for question, result in zip(questions, results, strict=True)]
    assert time.process_time() - started < 4, "about one second alone on a machine"
    assert {each.cause["cause"] for each in found if each.cause is not None} == {"cut_by_selector"}
