from __future__ import annotations

from ragkit.evaluate.documents import Documents
from tests.evaluate.fake_index import FakeIndex
from tests.evaluate.synth.corpora import library


def test_documents_are_found_by_id_by_number_and_by_passage() -> None:
    documents = Documents(library())  # type: ignore[arg-type]
    assert len(documents) == len(documents.ids) == 7
    for number, id in enumerate(documents.ids):
        assert documents.number(id) == number
        assert documents[number].id == id
        assert documents.of_passage(documents[number].first) == number
    assert documents.get("absent") is None
    assert documents.number("absent") is None


def test_a_document_counts_at_its_best_passage() -> None:
    documents = Documents(library())  # type: ignore[arg-type]
    assert documents.ranking([3, 1, 3, 0]) == [3, 1, 0]
    assert documents.ranking([]) == []


def test_passages_of_one_document_belong_together() -> None:
    class TwoEach(FakeIndex):
        """Every second passage is the other half of the one before."""

        def document(self, identity: str) -> dict:
            found = dict(super().document(identity))
            return {**found, "count": 2}

    index = TwoEach([("a", "A", ["One."]), ("a2", "A", ["Two."]), ("b", "B", ["Three."]), ("b2", "B", ["Four."])])
    documents = Documents(index)  # type: ignore[arg-type]
    assert documents.ids == ["a", "b"]
    assert [documents.of_passage(number) for number in range(4)] == [0, 0, 1, 1]
    assert documents.ranking([3, 1, 2, 0]) == [1, 0]


def test_the_nearest_by_words() -> None:
    documents = Documents(library())  # type: ignore[arg-type]
    assert [one.id for one in documents.nearest("sonar recordings of mooring lines", 1)] == ["docknet"]
