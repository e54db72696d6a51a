"""``retrieve.bm25``: the passages that share the question's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ragkit.component import Need
from ragkit.components.retrieve._search import Retriever, Search, limit, shortfall
from ragkit.types import Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


class Bm25(Retriever):
    """Finds the passages that share words with the question, rare words counting more.

    Use it for names, abbreviations, numbers and identifiers, and where no encoder can be run; a paraphrase without a
    word in common is not found at all, and ``retrieve.hybrid`` finds both. It searches for ``query`` where that is
    given, otherwise for the question.

    Cost: no model; one search, counted as one retrieval (well under a millisecond at some thousand passages). Shape: a
    text in, at most k passages out, best first: only those that share a word, so ``k: all`` may be fewer than the
    corpus has. Score: ``bm25``, above 0, without an upper end; not to be compared between questions.

    Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), Section 3.4;
    scored as Lucene does (arXiv 2407.03618).

    Errors: no index has been built; a filter that names metadata which the corpus does not have. A blank query, and one
    that shares no word with any passage, finds nothing, with a warning.

    YAML::

        steps:
          found: {use: retrieve.bm25, k: 20}
        output: found

    Python::

        from ragkit.components.retrieve.bm25 import Bm25

        step = Bm25(Bm25.Params(k=2), scope)        # a scope opens the corpus of the step; the engine makes it
        result = step.run("adaptive retrieval")
        assert 1 <= len(result.value) <= 2
        assert result.value.ranked_by == "bm25"
    """

    class Params(Search):
        """Parameters of ``retrieve.bm25``."""

    params: Params
    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX})

    @property
    def ranked_by(self) -> str:
        """The score that orders what is found."""
        return "bm25"

    def search(self, reader: Reader, texts: list[str]) -> list[Result[Passages]]:
        """What is found for each text."""
        results = []
        for indices, scores in reader.bm25(texts, limit(self.params.k), self.params.filter):
            found = Passages.scored(reader.passages(indices), {"bm25": scores.tolist()}, "bm25")
            where = " that the filter lets through" if self.params.filter else ""
            none = () if found else (f"the query shares no word with any passage{where}",)
            results.append(
                Result(found, None, none or shortfall(len(found), self.params, reader), Usage(retrieval_calls=1))
            )
        return results
