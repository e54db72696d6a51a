"""pipelines/methods/dragin.yaml, its local model scripted."""

from __future__ import annotations

from ragkit.errors import LMError
from tests.components.generate.scripted_local_lm import ScriptedLocalLM
from tests.pipelines.methods.running import OTHER, QUESTION, alike, gave, is_documented, method, spans, stopped

SURE = "A list is cut."
DOUBTED = f"{SURE} The cut comes after ten passages there."
MENDED = "The cut comes at the largest gap."
LAST = "So the answer is: at the gap."
ENTROPIES = {"ten": 2.0}
LOOKS = {"there": {"ten": 0.5, "passages": 0.1}, "ten": {"cut": 0.3}}


def rule(prompt):
    so_far = prompt.text[slice(*prompt.so_far)]
    if not so_far:
        return DOUBTED, ENTROPIES, LOOKS, False
    if so_far == SURE and "[1]" in prompt.text:
        return f"{MENDED} And so on", {}, {}, False
    return f"{LAST} Question: what else?", {}, {}, False


def unasked(asked):
    raise AssertionError("there is no LM but the local one")


def test_it_searches_for_what_the_doubted_word_looks_at_and_writes_the_sentence_anew(monkeypatch):
    lm = ScriptedLocalLM(rule).put(monkeypatch)
    with method("dragin", unasked) as (pipeline, _):
        result = pipeline.run(QUESTION)
        is_documented("dragin", pipeline.plan)
    assert gave(result, "ask.text", "output") == [f"{SURE} {MENDED}", f"{SURE} {MENDED} {LAST}"]
    assert result.answer.text == "at the gap."
    (found,) = spans(result, "ask.found")
    assert "cut" in found.inputs["query"].split()
    assert (result.usage["lm_calls"], result.usage["retrieval_calls"]) == (3, 1) == (len(lm.prompts), 1)
    assert result.usage["completion_tokens"] > 20 and result.usage["prompt_tokens"] > 20
    assert stopped(result) == "until"
    first, second = (span.decision for span in spans(result, "ask.look"))
    assert "“ten” has" in first.reason and first.score > first.threshold == 1.0
    assert second.score <= 1.0
    assert result.answer.passages.items == gave(result, "ask.found", "passages")[0].items


def test_a_model_that_ends_or_has_nothing_to_say_ends_it(monkeypatch):
    ScriptedLocalLM(lambda prompt: ("It is cut.", {}, {}, True)).put(monkeypatch)
    with method("dragin", unasked) as (pipeline, _):
        result = pipeline.run(QUESTION)
        assert (stopped(result), result.answer.text, result.usage["lm_calls"]) == ("until", "It is cut.", 1)
        ScriptedLocalLM(lambda prompt: ("", {}, {}, False)).put(monkeypatch)
        result = pipeline.run(QUESTION)
        assert stopped(result) == "max_failures" and result.answer.abstained


def test_a_batch_comes_to_the_same_as_single_runs(monkeypatch):
    ScriptedLocalLM(rule).put(monkeypatch)
    with method("dragin", unasked) as (pipeline, _):
        alike(pipeline)


def test_what_was_written_is_the_answer_when_the_budget_is_spent(monkeypatch):
    ScriptedLocalLM(rule).put(monkeypatch)
    for budget, text in (("{lm_calls: 1}", SURE), ("{lm_calls: 2}", f"{SURE} {MENDED}"), ("{tokens: 5}", SURE)):
        with method("dragin", unasked, budget=budget) as (pipeline, _):
            result = pipeline.run(QUESTION)
        assert result.answer.text == text
        assert result.stopped.startswith("budget: ")


def test_a_model_that_fails_in_the_second_round_fails_that_question_alone(monkeypatch):
    def failing(prompt):
        second = MENDED in prompt.text and OTHER in prompt.text
        return LMError("out of memory") if second else rule(prompt)

    ScriptedLocalLM(failing).put(monkeypatch)
    with method("dragin", unasked) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text == "at the gap."
    assert lost.error.place == "ask.look" and "out of memory" in str(lost.error)
    assert lost.usage["lm_calls"] == 3
