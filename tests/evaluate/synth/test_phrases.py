from __future__ import annotations

import pytest

from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.phrases import SharedPhrase, shared_phrases
from tests.evaluate.fake_index import FakeIndex
from tests.evaluate.synth.corpora import library


def test_phrases_with_all_their_documents() -> None:
    material = Material(library(), seed=0)
    found = {
        phrase.text: {material.indexed.ids[n] for n in phrase.holding} for phrase in shared_phrases(material, 2, 10)
    }
    assert found["tidal wave forecasting"] == {"harborsort", "keelplan", "docknet"}
    assert found["acoustic monitoring"] == {"gullwatch", "saltmap", "lanternfish"}
    assert found["ABC"] == {"saltmap", "lanternfish"}
    assert all(len(text.split()) > 1 or not text.islower() for text in found)


def test_a_part_of_a_longer_phrase_is_none() -> None:
    documents = [
        (f"d{i}", "On sparse mixture of experts", ["A sparse mixture of experts is used here."]) for i in range(3)
    ]
    texts = {phrase.text for phrase in shared_phrases(Material(FakeIndex(documents), seed=0), 2, 10)}
    assert texts == {"sparse mixture of experts"}


def test_the_number_of_documents_is_kept_to() -> None:
    material = Material(library(), seed=0)
    assert all(len(phrase.holding) == 3 for phrase in shared_phrases(material, 3, 3))
    assert shared_phrases(material, 8, 9) == []


def test_a_phrase_that_a_document_has_by_its_stems_only_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [(f"d{i}", "Learning adaptability", ["Here learning adaptability is measured."]) for i in range(3)]
    documents.append(("d3", "A learned adapter", ["Here adapters are learned."]))
    assert "learning adaptability" in {phrase.text for phrase in _phrases(documents)}
    # A keyword index finds all four: Snowball has one stem for adaptability and adapter.
    monkeypatch.setattr(Material, "mentioning", lambda self, text: frozenset(range(4)))
    assert _phrases(documents) == []
    documents[3] = ("d3", "On Learning-Adaptability", ["It is all that counts."])
    assert "learning adaptability" in {phrase.text for phrase in _phrases(documents)}


def test_a_phrase_whose_plural_stands_in_other_documents_is_left_out() -> None:
    documents = [(f"d{i}", "On a VLM", ["Here a VLM is measured."]) for i in range(3)]
    assert "VLM" in {phrase.text for phrase in _phrases(documents)}
    documents.append(("d3", "On many of them", ["Here some VLMs are measured."]))
    assert "VLM" not in {phrase.text for phrase in _phrases(documents)}


def _phrases(documents: list[tuple[str, str, list[str]]]) -> list[SharedPhrase]:
    return shared_phrases(Material(FakeIndex(documents), seed=0), 2, 10)


def test_names_are_no_topics() -> None:
    sentences = ["Mariaan de Swardt met Howard Van Doren there.", "They study salt marsh ecology and Howard Van Doren."]
    documents = [(f"d{i}", "Howard Van Doren on salt marsh ecology", sentences) for i in range(3)]
    topics = {phrase.text: phrase.is_topic for phrase in shared_phrases(Material(FakeIndex(documents), seed=0), 2, 10)}
    assert topics == {"Howard Van Doren": False} or topics == {"salt marsh ecology": True}
