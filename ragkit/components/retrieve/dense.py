"""``retrieve.dense``: the passages nearest in meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.components.retrieve._search import (
    Retriever,
    Search,
    limit,
    overlong,
    shortfall,
)
from ragkit.types import Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


class Dense(Retriever):
    """Finds the passages whose vectors are nearest to the question's.

    Use it where question and text say the same in different words; rare names, numbers and identifiers are found better
    by ``retrieve.bm25``, and ``retrieve.hybrid`` does both. It searches for ``query`` where that is given, otherwise
    for the question.

    Cost: one encoding of the query (some milliseconds; the queries of a batch are encoded together) and one search,
    counted as one retrieval. Up to 200,000 passages, and for ``k: all``, every cosine is computed exactly; above that
    the corpus's approximate index answers, and the decision says so. Shape: a text in, at most k passages out, best
    first. Score: ``cosine``, -1 to 1.

    Source: dense passage retrieval (arXiv 2004.04906), Section 3, with a sentence encoder (arXiv 1908.10084).

    Errors: no index has been built; a filter that names metadata which the corpus does not have. A blank query finds
    nothing, with a warning; so does the end of a query that is longer than the encoder reads.

    YAML::

        steps:
          found: {use: retrieve.dense, k: 20}
        output: found

    Python::

        from ragkit.components.retrieve.dense import Dense

        step = Dense(Dense.Params(k=3), scope)      # a scope opens the corpus of the step; the engine makes it
        result = step.run("How is the number of passages chosen?")
        assert [list(p.scores) for p in result.value] == [["cosine"]] * 3
        assert result.value.ranked_by == "cosine"
    """

    class Params(Search):
        """Parameters of ``retrieve.dense``."""

    params: Params

    @property
    def ranked_by(self) -> str:
        """The score that orders what is found."""
        return "cosine"

    def search(self, reader: Reader, texts: list[str]) -> list[Result[Passages]]:
        """What is found for each text."""
        hits = reader.dense(reader.encode(texts), limit(self.params.k), self.params.filter)
        results = []
        for (indices, scores), long in zip(hits, overlong(reader, texts), strict=True):
            found = Passages.scored(reader.passages(indices), {"cosine": scores.tolist()}, "cosine")
            warnings = (*long, *shortfall(len(found), self.params, reader))
            results.append(Result(found, None, warnings, Usage(retrieval_calls=1)))
        return results
