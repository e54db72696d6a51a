from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.synth.statements import statements
from ragkit.evaluate.synth.verbs import form_of
from ragkit.evaluate.synth.wording import exchanged, reworded, shortened


def always(_: str) -> bool:
    return True


def test_a_verb_gives_way_to_one_of_the_same_sense_in_the_same_form() -> None:
    statement = next(iter(statements("X", None, ["X significantly reduces the cost of checks."])))
    found = {reworded(statement, random.Random(seed)).predicate for seed in range(20)}
    assert found == {"lowers the cost of checks", "decreases the cost of checks"}
    past = next(iter(statements("X", None, ["X reduced the cost of checks."])))
    assert reworded(past, random.Random(0)).verb in ("lowered", "decreased")
    assert reworded(past, random.Random(0)).sentence == "X reduced the cost of checks."


def test_a_verb_that_does_not_fit_is_not_taken() -> None:
    statement = next(iter(statements(None, None, ["We propose that cranes rust in winter and fail."])))
    assert {reworded(statement, random.Random(seed)).verb for seed in range(20)} == {"proposes"}


@given(st.sampled_from(["investigates", "proposes", "accelerates", "uses", "reaches", "obtains"]), st.integers(0, 99))
def test_every_other_verb_is_inflected(verb: str, seed: int) -> None:
    statement = next(iter(statements("X", None, [f"X {verb} the cost of checks."])))
    changed = reworded(statement, random.Random(seed)).verb.split()[0]
    found = form_of(changed)
    assert found is not None
    assert found.tense == "present"
    assert found.base != changed


def test_the_last_phrases_go_first() -> None:
    asked = "Which tool sorts ships by keel depth in narrow ports?"
    assert shortened(asked, lambda text: "keel" in text) == "Which tool sorts ships by keel depth?"
    assert shortened(asked, lambda text: "narrow" in text) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Which tool sorts ships?",  # it would be too short
        "Which tool combines cranes with ledgers?",
        "Which old tool is compatible with cranes?",
        "Which tool knows ships, cranes, and docks?",
        "Which tool lies between ports and docks?",
    ],
)
def test_what_needs_its_end_keeps_it(question: str) -> None:
    assert shortened(question, always) == question


@given(st.text(min_size=1, max_size=120))
def test_what_is_shortened_is_a_beginning(text: str) -> None:
    found = shortened(f"{text}?", always)
    assert found.endswith("?")
    assert text.startswith(found[:-1])


def test_abbreviations_are_exchanged_both_ways_and_only_as_a_whole() -> None:
    forms = {"LM": "language model", "LLM": "large language model"}
    texts = {exchanged("Which LLMs run?", forms, random.Random(seed)) for seed in range(20)}
    assert texts == {"Which LLMs run?", "Which large language models run?"}
    texts = {exchanged("Which large language model runs?", forms, random.Random(seed)) for seed in range(20)}
    assert texts == {"Which large language model runs?", "Which LLM runs?"}
    assert exchanged("Which VLM runs?", {"LM": "language model"}, random.Random(0)) == "Which VLM runs?"
