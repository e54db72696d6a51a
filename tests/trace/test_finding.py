"""Words inside one run: found in names, parameters, texts, passages and prompts, with what stands around them."""

from __future__ import annotations

import pytest

from ragkit.trace.finding import find
from ragkit.types import Passage, Passages

from .samples import Recorder, adaptive_run


def test_steps_that_hold_the_words_in_any_case() -> None:
    run = adaptive_run()
    assert [found.span.step for found in find(run, "ADAPTIVE_K")] == ["evidence"]
    assert [found.span.step for found in find(run, "nearly   flat")] == ["evidence"]
    assert find(run, "no such words") == []


@pytest.mark.parametrize("words", ["", "   "])
def test_nothing_is_looked_for(words: str) -> None:
    assert find(adaptive_run(), words) == []


def test_passages_prompts_and_parameters_are_looked_into() -> None:
    record = Recorder()
    held = Passages([Passage("p", "d", "", "x" * 200 + " the needle " + "y" * 200, {"cosine": 1.0})], "cosine")
    record.step("found", "retrieve.dense", outputs={"passages": held}, params={"k": 4321})
    record.step("asked", "generate.answer", kind="LLM", requests=(
        {"model": "m", "messages": [{"role": "user", "content": "find the needle"}], "reply": "no"},
    ))  # fmt: skip
    run = record.finish()
    assert [found.span.step for found in find(run, "needle")] == ["found", "asked"]
    (place,) = find(run, "the needle")[0].places
    assert place.startswith("…")
    assert place.endswith("…")
    assert "the needle" in place
    assert len(place) < 200
    assert [found.span.step for found in find(run, "4321")] == ["found"]


def test_of_many_places_the_first_are_shown() -> None:
    record = Recorder()
    many = Passages([Passage(f"p{n}", "d", "", f"word {n}", {"cosine": 1.0}) for n in range(9)], "cosine")
    record.step("found", "retrieve.dense", outputs={"passages": many})
    (found,) = find(record.finish(), "word")
    assert len(found.places) == 5
    assert "word 0" in found.places[0]
