"""The map: near in meaning is near in the plane, the same every time, and questions stand among their documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ui.atlas import Atlas, kept, layout, survey

pytestmark = pytest.mark.slow


class FakeReader:
    """A corpus of one passage a document, at given vectors."""

    def __init__(self, vectors: np.ndarray, empty: tuple[int, ...] = ()) -> None:
        self._vectors, self._empty = vectors, empty

    def documents(self):
        for number in range(len(self._vectors)):
            yield {"first": number, "count": 0 if number in self._empty else 1}

    def vectors(self, numbers):
        return self._vectors[list(numbers)]


def clusters(each: int, dimensions: int = 16) -> np.ndarray:
    """Three groups of unit vectors, far apart."""
    random = np.random.default_rng(0)
    centres = np.eye(3, dimensions)
    found = np.concatenate([centre + 0.05 * random.normal(size=(each, dimensions)) for centre in centres])
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_groups_stand_apart_and_a_question_among_its_own() -> None:
    vectors = clusters(12)
    atlas = survey(FakeReader(vectors))
    assert atlas.places.shape == (36, 2)
    centres = atlas.places.reshape(3, 12, 2).mean(axis=1)
    own = np.linalg.norm(atlas.places - centres.repeat(12, axis=0), axis=1)
    between = min(np.linalg.norm(centres[a] - centres[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert own.max() < between
    question = atlas.place(vectors[:1] * 0.9 + vectors[1:2] * 0.1)[0]
    assert np.linalg.norm(centres - question, axis=1).argmin() == 0


def test_it_is_the_same_every_time() -> None:
    vectors = clusters(8)
    assert np.array_equal(layout(vectors), layout(vectors))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_few_documents_have_places_too(count: int) -> None:
    atlas = survey(FakeReader(clusters(4)[:count]))
    assert atlas.places.shape == (count, 2)
    assert np.isfinite(atlas.places).all()
    assert np.isfinite(atlas.place(clusters(4)[:2])).all()


def test_equal_documents_do_no_harm() -> None:
    atlas = survey(FakeReader(np.repeat(clusters(1)[:1], 10, axis=0)))
    assert np.isfinite(atlas.places).all()


def test_a_document_without_passages_is_not_on_it() -> None:
    atlas = survey(FakeReader(clusters(4), empty=(3, 5)))
    assert len(atlas.documents) == 10
    assert not {3, 5} & set(atlas.documents.tolist())


def test_big_corpora_are_laid_out_by_some_of_their_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.atlas.LANDMARKS", 12)
    monkeypatch.setattr("ui.atlas.DRAWN", 30)
    atlas = survey(FakeReader(clusters(20)))
    assert len(atlas.documents) == 30
    assert len(atlas.landmarks) == 12
    assert atlas.documents[0] == 0
    assert atlas.documents[-1] == 59
    assert np.isfinite(atlas.places).all()


def test_it_is_kept_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    atlas = survey(FakeReader(clusters(2)))
    path = tmp_path / "maps" / "v.npz"
    atlas.save(path)
    again = kept(path)
    assert isinstance(again, Atlas)
    assert np.array_equal(again.places, atlas.places)
    assert np.array_equal(again.landmarks, atlas.landmarks)
    assert [file.name for file in path.parent.iterdir()] == ["v.npz"]
    path.write_bytes(path.read_bytes()[:100])
    assert kept(path) is None
    assert kept(tmp_path / "none.npz") is None
