"""generate.local: where it stops, what it asks, what it keeps; and one run with a model of random weights."""

from __future__ import annotations

import pytest

from ragkit.components.generate import _local_lm
from ragkit.components.generate.local import Local
from ragkit.types import Passage, Passages
from tests.components.generate.scripted_local_lm import ScriptedLocalLM
from tests.components.generate.tiny_lm import write_tiny_lm

QUESTION = "Where does adaptive-k cut the ranked passages?"


def run(monkeypatch, text, entropies=(), looks=(), finished=True, so_far="", passages=None, **parameters):
    lm = ScriptedLocalLM(lambda prompt: (text, dict(entropies), dict(looks), finished)).put(monkeypatch)
    step = Local(Local.Params(model="scripted", **parameters))
    return step.run(QUESTION, so_far, passages), lm


DOUBT = "Lists are cut. It cuts after ten passages there."
ENTROPIES = {"ten": 2.0, "after": 9.0, "passages": 1.0}
LOOKS = {"there": {"ten": 0.4, "after": 0.9, "passages": 0.1}, "ten": {"adaptive-k": 0.3, "cut": 0.2, "the": 0.9}}


def test_it_searches_at_the_first_word_whose_score_is_above_the_threshold(monkeypatch):
    """S of "ten" is 2.0 · 0.4; "after" is a function word; S of "passages" is 1.0 · 0.1."""
    result, _ = run(monkeypatch, f" {DOUBT}", ENTROPIES, LOOKS, threshold=0.5, words=2)
    found = result.value
    assert found.triggered and not found.finished
    assert found.text == "Lists are cut."
    assert found.sentence == "Lists are cut."
    assert found.score == pytest.approx(0.8)
    assert found.query == "adaptive-k cut"
    d = result.decision
    assert (d.kind, d.score, d.threshold) == ("gate", pytest.approx(0.8), 0.5)
    assert d.details["entropy"] == 2.0 and d.details["attention"] == 0.4 and d.details["token"] == "ten"
    assert d.details["sentence"] == 2
    assert "“ten” has 0.800 = entropy 2.000 × attention 0.400, above 0.5" in d.reason
    assert result.usage.lm_calls == 1 and result.usage.completion_tokens == 9


def test_relative_attention_is_a_multiple_of_the_sentences_mean(monkeypatch):
    """The six words of the second sentence receive 1.4 in all: 0.4 is 0.4 · 6 / 1.4 of the mean."""
    result, _ = run(monkeypatch, DOUBT, ENTROPIES, LOOKS, threshold=3.4, attention="relative")
    assert result.value.triggered
    assert result.value.score == pytest.approx(2.0 * 0.4 * 6 / 1.4)


def test_a_text_without_a_doubt_stands(monkeypatch):
    result, _ = run(monkeypatch, DOUBT, ENTROPIES, LOOKS, threshold=0.8)
    assert not result.value.triggered and result.value.query is None
    assert result.value.text == DOUBT and result.value.finished
    assert "not above 0.8" in result.decision.reason and result.decision.score == pytest.approx(0.8)


def test_without_a_threshold_nothing_is_looked_at(monkeypatch):
    found = Passages([Passage("a", "a", "", "It cuts at a gap.")])
    result, lm = run(monkeypatch, DOUBT, ENTROPIES, LOOKS, so_far="Well.", passages=found)
    assert result.value == (DOUBT, "Lists are cut.", False, True, None, None)
    assert "[1] It cuts at a gap." in lm.prompts[0].text and lm.prompts[0].text.endswith("Answer: Well.")


@pytest.mark.parametrize(
    ("text", "finished", "stands", "ended"),
    [
        ("One. Two. Thr", False, "One. Two.", False),
        ("One with no end", False, "One with no end", False),
        ("One. Two.", True, "One. Two.", True),
        ("One. So the answer is: two. Question: three?", False, "One. So the answer is: two.", True),
        ("One. So the answer is: tw", False, "One.", False),
        ("", True, "", True),
        ("  ", False, "", False),
    ],
)
def test_what_was_broken_off_is_dropped_and_the_answer_ends_it(monkeypatch, text, finished, stands, ended):
    for threshold in (None, 1.0):
        result, _ = run(monkeypatch, text, finished=finished, threshold=threshold)
        assert (result.value.text, result.value.finished) == (stands, ended)


def test_what_comes_after_the_answer_is_not_looked_at(monkeypatch):
    text = "So the answer is: ten. Another question there."
    looks = {"there": {"question": 0.9}}
    result, _ = run(monkeypatch, text, {"question": 5.0}, looks, threshold=0.1, finished=False)
    assert not result.value.triggered and result.value.text == "So the answer is: ten."


def test_a_doubt_in_what_is_broken_off_is_still_a_doubt(monkeypatch):
    result, _ = run(monkeypatch, "One. Two ten there", {"ten": 2.0}, {"there": {"ten": 1.0}}, False, threshold=1.0)
    assert result.value.triggered and result.value.text == "One."


def test_where_it_looks_at_no_content_word_the_words_of_the_question_come_first(monkeypatch):
    result, _ = run(monkeypatch, "Ten there.", {"Ten": 2.0}, {"there": {"Ten": 1.0}}, threshold=1.0, words=2)
    assert result.value.query == "adaptive-k cut"
    lm = ScriptedLocalLM(lambda prompt: ("Ten there.", {"Ten": 2.0}, {"there": {"Ten": 1.0}}, True)).put(monkeypatch)
    step = Local(Local.Params(model="scripted", threshold=1.0))
    assert step.run("Where is it?", "").value.query == "Where is it?", "a question of function words stands as it is"
    assert len(lm.prompts) == 1


@pytest.mark.slow
def test_a_model_of_random_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(_local_lm, "_LOADED", {})
    folder = write_tiny_lm(tmp_path / "tiny")
    step = Local(Local.Params(model=str(folder), threshold=0.0, max_tokens=10, words=3, instructions="Answer"))
    step.warm_up()
    result = step.run("where is the largest gap", "")
    assert result.value.triggered, "any score is above 0"
    assert 1 <= len(result.value.query.split()) <= 3
    assert result.usage.completion_tokens == 10 and result.usage.prompt_tokens > 8
    assert result == step.run("where is the largest gap", ""), "the most probable token is written"
