"""A map of a corpus: each document at a place in the plane, near to those that are near in meaning."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ragkit.corpus.index.ranking import best
from ragkit.corpus.reader import Reader

LANDMARKS, DRAWN = 1_500, 5_000
"""At most so many documents are laid out against each other, and at most so many are drawn; spread over the corpus."""
_NEAREST, _SHARPNESS = 5, 20.0
_SMALLEST = 8
_PERPLEXITY = 30.0
Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Atlas:
    """The places of documents.

    ``documents`` are their numbers in the corpus, ``places`` ``float32 [len(documents), 2]``. ``landmarks`` are the
    vectors, of length 1, of those that were laid out against each other, ``float32 [n, dimensions]``, and ``anchors``
    their places; every other text stands among the landmarks that it is nearest to.
    """

    documents: npt.NDArray[np.int64]
    places: Plane
    landmarks: Plane
    anchors: Plane

    def place(self, vectors: Plane) -> Plane:
        """Where texts stand, from their vectors of length 1: the mean of the nearest landmarks, the nearer the heavier.

        Args:
            vectors: ``float32 [m, dimensions]``.

        Returns:
            ``float32 [m, 2]``.
        """
        found = np.zeros((len(vectors), 2), dtype=np.float32)
        for row, cosines in enumerate(vectors @ self.landmarks.T):
            near = best(cosines, _NEAREST)
            weights = np.exp(_SHARPNESS * (near.scores - near.scores[0]))
            found[row] = weights @ self.anchors[near.indices] / weights.sum()
        return found

    def save(self, path: Path) -> None:
        """Keeps it; a reader sees the whole file or none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{secrets.token_hex(4)}.npz")
        np.savez(half, documents=self.documents, places=self.places, landmarks=self.landmarks, anchors=self.anchors)
        half.replace(path)


def kept(path: Path) -> Atlas | None:
    """The map that was kept; None where there is none, or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as held:
            return Atlas(*(held[name] for name in ("documents", "places", "landmarks", "anchors")))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def survey(reader: Reader) -> Atlas:
    """Lays out a corpus by t-SNE of its documents' vectors (van der Maaten and Hinton, JMLR 9, 2008).

    A document's vector is the mean of those of its passages. Few documents are laid out by their two main axes alone.
    """
    ranges = [(int(document["first"]), int(document["count"])) for document in reader.documents()]
    numbers = _spread([number for number, (_, count) in enumerate(ranges) if count], DRAWN)
    vectors = np.stack([_mean(reader, *ranges[number]) for number in numbers])
    chosen = _spread(range(len(numbers)), LANDMARKS)
    landmarks = vectors[chosen]
    anchors = layout(landmarks)
    atlas = Atlas(np.array(numbers, dtype=np.int64), np.zeros((len(numbers), 2), np.float32), landmarks, anchors)
    places = atlas.place(vectors)
    places[chosen] = anchors
    return Atlas(atlas.documents, places, landmarks, anchors)


def layout(vectors: Plane) -> Plane:
    """Places in the plane, the same ones every time: ``float32 [n, 2]`` for vectors ``float32 [n, dimensions]``."""
    centred = vectors - vectors.mean(axis=0)
    if len(vectors) < _SMALLEST:
        left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
        axes = (left * sizes)[:, :2]
        return np.pad(axes, ((0, 0), (0, 2 - axes.shape[1]))).astype(np.float32)
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    # On a machine that is busy, OpenMP's threads wait for each other: one alone was nine times faster.
    with threadpool_limits(1):
        found = TSNE(init="pca", perplexity=perplexity, metric="cosine", random_state=0).fit_transform(vectors)
    return np.asarray(found, dtype=np.float32)


def _mean(reader: Reader, first: int, count: int) -> Plane:
    mean = reader.vectors(range(first, first + count)).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length else mean, dtype=np.float32)


def _spread(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly spread."""
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[int(at)] for at in np.linspace(0, len(numbers) - 1, most)]
