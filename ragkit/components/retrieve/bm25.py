"""``retrieve.bm25``: the passages that share the question's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ragkit.component import Calls, Component, Need
from ragkit.components.opening import open_reader
from ragkit.components.retrieve._search import Search, limit, scored, search_each, shortfall
from ragkit.types import Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


class Bm25(Component):
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

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX})
    span_kind: ClassVar[str] = "RETRIEVER"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One search."""
        return Calls(retrievals=1)

    def warm_up(self) -> None:
        """Opens the index."""
        open_reader(self.scope)

    def run(self, question: str, query: str | None = None) -> Result[Passages]:
        """Searches for one text."""
        return self.run_batch([{"question": question, "query": query}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages]]:
        """Searches for many."""
        return search_each(self.scope, items, self._search, "bm25")

    def _search(self, reader: Reader, texts: list[str]) -> list[Result[Passages]]:
        results = []
        for indices, scores in reader.bm25(texts, limit(self.params.k), self.params.filter):
            found = Passages(scored(reader.passages(indices), {"bm25": scores.tolist()}), "bm25")
            where = " that the filter lets through" if self.params.filter else ""
            none = () if found else (f"the query shares no word with any passage{where}",)
            results.append(
                Result(found, None, none or shortfall(len(found), self.params, reader), Usage(retrieval_calls=1))
            )
        return results
