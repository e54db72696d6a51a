"""The check of a version before it is published: it holds what it should, and finds what it holds."""

from __future__ import annotations

import numpy as np

from ragkit.corpus.documents import passage_text
from ragkit.corpus.encoder.encoder import Encoder
from ragkit.corpus.index.chroma import ChromaStore
from ragkit.corpus.index.records import spread
from ragkit.corpus.index.version import OpenVersion
from ragkit.errors import CorpusError

_QUERIES, _ENCODED, _RECALL_QUERIES, _DEPTH = 32, 4, 100, 10
_NEAR = 1e-3


def check_version(version: OpenVersion, ids: list[str], encoder: Encoder, chroma: ChromaStore) -> float | None:
    """Checks counts, ids and self-queries in every part of a version.

    Args:
        version: What was written, opened anew.
        ids: The ids of the passages, in order.
        encoder: Encodes a few passages again: are these the vectors of these texts?
        chroma: The collection, opened anew.

    Returns:
        Chroma's recall@10 against exact search, where the corpus is big enough that Chroma will answer; else None.

    Raises:
        CorpusError: Something is missing or is not found.
    """
    count = len(ids)
    rows = version.vectors.rows
    _demand(len(version.texts) == count and version.texts.ids(range(count)) == ids, "the passages are not the corpus's")
    _demand(len(rows) == count, f"there are {len(rows)} vectors for {count} passages")
    for start in range(0, count, 10_000):
        lengths = np.linalg.norm(rows[start : start + 10_000], axis=1)
        _demand(bool(np.all(np.abs(lengths - 1) < _NEAR)), "a vector does not have length 1")
    _check_encoder(version, encoder)
    sample = list(spread(count, _QUERIES))
    _check_keywords(version, sample)
    _check_chroma(version, ids, sample, chroma)
    return _recall(version, chroma) if count > version.manifest.store["exact_up_to"] else None


def _check_encoder(version: OpenVersion, encoder: Encoder) -> None:
    numbers = list(spread(len(version.texts), _ENCODED))
    passages = [version.texts.passage(number) for number in numbers]
    again = encoder.encode_again([passage_text(passage.title, passage.text) for passage in passages])
    cosines = (again * version.vectors.rows[numbers]).sum(axis=1)
    worst = int(np.argmin(cosines))
    _demand(
        bool(cosines[worst] > 1 - _NEAR),
        f"passage {passages[worst].id!r}, encoded again, has another vector (cosine {cosines[worst]:.4f})",
    )


def _check_keywords(version: OpenVersion, sample: list[int]) -> None:
    for number in sample:
        passage = version.texts.passage(number)
        text = passage_text(passage.title, passage.text)
        if version.keywords.words(text):
            _demand(version.keywords.scores(text)[number] > 0, f"passage {passage.id!r} is not found by its own words")


def _check_chroma(version: OpenVersion, ids: list[str], sample: list[int], chroma: ChromaStore) -> None:
    stored = set(chroma.ids())
    _demand(stored == set(ids), f"Chroma holds {len(stored)} passages, the corpus has {len(ids)}")
    found = chroma.search(version.vectors.rows[sample], 1)
    missed = sum(not cosines or cosines[0] < 1 - _NEAR for _, cosines in found)
    # Graph search may miss a passage now and then; one in ten means that the store is broken.
    _demand(missed * 10 <= len(sample), f"Chroma does not find {missed} of {len(sample)} passages by their own vectors")


def _recall(version: OpenVersion, chroma: ChromaStore) -> float:
    sample = list(spread(len(version.texts), _RECALL_QUERIES))
    queries = version.vectors.rows[sample]
    exact = version.vectors.search(queries, _DEPTH)
    shares = []
    for hits, (found, _) in zip(exact, chroma.search(queries, _DEPTH), strict=True):
        right = set(version.texts.ids(hits.indices.tolist()))
        shares.append(len(right & set(found)) / len(right))
    return round(float(np.mean(shares)), 4)


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise CorpusError(f"the new index failed its check and was not published: {otherwise}")
