from __future__ import annotations

import pytest

from ragkit.evaluate.synth.statements import statements


def told(sentence: str, name: str | None = None, kind: str | None = None) -> list[tuple[str, str, str]]:
    return [(one.subject, one.bearer, one.predicate) for one in statements(name, kind, [sentence])]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("FastDock also skips 8 layers of checks.", ("name", "FastDock", "also skips 8 layers of checks")),
        ("In addition, our method skips 8 layers of checks.", ("name", "FastDock", "skips 8 layers of checks")),
        ("The framework (FD) was founded in Oslo [3], while others were not.",
         ("name", "FastDock", "was founded in Oslo")),
        ("We show that FastDock beats all of its rivals.", ("name", "FastDock", "beats all of its rivals")),
        ("METHODS Bioluminescent bacteria are required for signals.",
         ("phrase", "Bioluminescent bacteria", "is required for signals")),
        ("We propose and evaluate a new crane.", ("document", "", "proposes and evaluates a new crane")),
        ("Extensive experiments on ships reveal that cranes are slow.",
         ("document", "", "reveals that cranes are slow")),
    ],
)  # fmt: skip
def test_statements(sentence: str, found: tuple[str, str, str]) -> None:
    assert found in told(sentence, "FastDock", "framework")


@pytest.mark.parametrize(
    "sentence",
    [
        "Mice treated with salt showed a shorter life.",  # the first verb is a participle
        "Previous works fail on rainy days.",  # "works" is a noun
        "The method skips 8 layers.",  # of no name
        "It skips 8 layers of checks.",  # nothing before it
        "This is a long story.",
        "Skipping layers of checks.",
        "The goal is to find all the cranes.",
    ],
)
def test_no_statements(sentence: str) -> None:
    assert told(sentence) == []


def test_a_pronoun_speaks_of_the_sentence_before() -> None:
    sentences = ["FastDock is a tool.", "It skips 8 layers of checks.", "Cranes rust.", "It rains on the town."]
    found = [one.predicate for one in statements("FastDock", "tool", sentences) if one.subject == "name"]
    assert "skips 8 layers of checks" in found
    assert all("rains" not in predicate for predicate in found)


def test_a_second_verb_follows_the_first_or_the_text_ends_before_it() -> None:
    assert told("We introduce cranes for ports, and propose metrics for rust.")[0][2] == (
        "introduces cranes for ports, and proposes metrics for rust"
    )
    assert told("We use cranes to lift ships and evaluate rust.")[0][2] == "uses cranes to lift ships"
