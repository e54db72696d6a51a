"""Questions over several documents, and over none that would answer."""

from __future__ import annotations

import random

from ragkit.evaluate.synth.aggregate import aggregate_questions
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.multi import multi_questions
from ragkit.evaluate.synth.phrases import shared_phrases
from ragkit.evaluate.synth.single import single_questions
from ragkit.evaluate.synth.unanswerable import unanswerable_questions
from tests.evaluate.fake_index import FakeIndex


def material(*documents: tuple[str, str, list[str]]) -> Material:
    return Material(FakeIndex(documents), seed=0)  # type: ignore[arg-type]


def near_misses(*sentences: list[str]) -> list[str]:
    made = material(*((f"d{i}", f"Tool{i}X: a tool", each) for i, each in enumerate(sentences)))
    rng = random.Random(0)
    singles = [draft for one in made.documents for draft in single_questions(one, made, "document", rng)]
    return [draft.question for draft in unanswerable_questions(singles, [], made, "document", rng)]


def test_a_name_is_exchanged_only_where_nobody_says_it() -> None:
    first = ["Tool0X is a tool for ports.", "Tool0X consists of 12 wooden modules for heavy cranes."]
    other = ["Tool1X is a tool for ports.", "It was painted green by its owner in spring."]
    says_it_too = ["Tool1X is a tool for ports.", "Tool1X consists of 14 wooden modules for heavy cranes."]
    assert "How many wooden modules does Tool1X consist of?" in near_misses(first, other)
    assert not any("Tool1X consist" in question for question in near_misses(first, says_it_too))


def test_one_abbreviation_in_two_spellings_is_no_question() -> None:
    def asked(one: str, two: str) -> list[Draft]:
        made = material(("a", "A", [f"They treat {one} (LEU) here."]), ("b", "B", [f"They treat {two} (LEU) there."]))
        drafts = multi_questions([], [], made, "document", random.Random(0))
        return [draft for draft in drafts if draft.method == "same-abbreviation"]

    assert len(asked("low energy units", "large elastic umbrellas")) == 1
    assert asked("low energy units", "low energy unit") == []
    assert asked("lymphatic erythro unit", "lymfatic erytro unitt") == []


def test_an_abbreviation_is_asked_for_only_where_one_document_explains_it() -> None:
    first = ("a", "A", ["They treat low energy units (LEU) here."])
    other = ("b", "B", ["They treat low energy units (LEU) there."])
    for documents, methods in (((first,), ["abbreviation"]), ((first, other), [])):
        made = Material(FakeIndex(documents), seed=1, most=1)  # type: ignore[arg-type]
        drafts = single_questions(made.documents[0], made, "document", random.Random(0))
        assert [draft.method for draft in drafts if draft.method == "abbreviation"] == methods


def test_a_fragment_of_several_phrases_is_none() -> None:
    pruned = [(f"p{i}", "On dynamic token pruning", ["They use dynamic token pruning here."]) for i in range(3)]
    merged = [(f"m{i}", "On dynamic token merging", ["They use dynamic token merging here."]) for i in range(3)]
    texts = {phrase.text for phrase in shared_phrases(material(*pruned, *merged), 2, 10)}
    assert texts == {"dynamic token pruning", "dynamic token merging"}


def test_a_list_is_neither_too_short_nor_too_long() -> None:
    for count, lists in ((2, 0), (3, 1), (10, 1), (11, 0)):
        documents = [
            (f"d{i}", f"Salt marsh ecology of bay {i}", ["They study salt marsh ecology."]) for i in range(count)
        ]
        made = material(*documents)
        phrases = [one for one in shared_phrases(made, 1, 99) if one.text == "salt marsh ecology"]
        assert len(phrases) == 1
        asked = list(aggregate_questions(phrases, made, "note", random.Random(0)))
        assert len(asked) == lists
        assert all(len(draft.gold_ids) == len(draft.evidence) == count for draft in asked)
