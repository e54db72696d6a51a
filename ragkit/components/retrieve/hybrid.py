"""``retrieve.hybrid``: meaning and words together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from ragkit.component import BINDABLE
from ragkit.components.fuse._normalise import NORMALISE_HELP, Normalisation, normalise
from ragkit.components.retrieve._search import (
    Count,
    Retriever,
    Search,
    limit,
    overlong,
    shortfall,
)
from ragkit.types import Decision, Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.corpus.index.exact import Near
    from ragkit.corpus.reader import Reader


class Hybrid(Retriever):
    """Finds passages by meaning and by words, and weighs both scores against each other.

    Use it unless there is a reason not to. Over the 154 questions of the paper corpus that have gold documents
    (all-MiniLM-L6-v2, the defaults below) the first 2, 3, 5 and 10 documents hold .876, .910, .942 and .975 of these;
    with dense search alone .706, .782, .849 and .902, with BM25 alone .863, .901, .925 and .966. docs/results.md has
    this for two public sets too, with intervals, and says how the defaults were chosen. It searches for ``query`` where
    that is given, otherwise for the question.

    Candidates are the best ``dense_pool`` passages by cosine and the best ``bm25_pool`` by BM25. Each candidate then
    gets both scores, exactly: the cosine from its vector, BM25 from the search over the whole corpus, where a passage
    that shares no word with the query has 0. With ``fusion: convex`` both are brought to 0..1 over the candidates
    (``normalise``) and the score is ``dense_weight*cosine + (1 - dense_weight)*bm25`` of those; where no passage shares
    a word, BM25 counts 0 for all. With ``fusion: rrf`` the ranks in both pools are fused (kappa 60, the same weights),
    which says nothing about distances and should not be followed by a selector.

    Cost: one encoding of the query and one search in each index, together counted as one retrieval. Shape: a text in,
    at most k passages out, best first. Scores: ``cosine``, ``bm25``, and ``convex`` (0 to 1) or ``rrf``.

    Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (arXiv 2210.11934), Section 4;
    reciprocal rank fusion as in ``fuse.rrf``.

    Errors: no index has been built; a filter that names metadata which the corpus does not have. A blank query finds
    nothing, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 20, dense_weight: {range: [0.3, 0.7], default: 0.5}}
        output: found

    Python::

        from ragkit.components.retrieve.hybrid import Hybrid

        step = Hybrid(Hybrid.Params(k=3), scope)    # a scope opens the corpus of the step; the engine makes it
        result = step.run("How is the number of passages chosen?")
        assert [sorted(p.scores) for p in result.value] == [["bm25", "convex", "cosine"]] * 3
        assert result.value.ranked_by == "convex"
    """

    class Params(Search):
        """Parameters of ``retrieve.hybrid``."""

        dense_weight: Annotated[float, BINDABLE] = Field(
            0.5, ge=0, le=1, description="the weight of meaning; words get the rest"
        )
        dense_pool: Count = Field(100, description="candidates by meaning, or 'all'; at least k are taken")
        bm25_pool: Count = Field(100, description="candidates by words, or 'all'; at least k are taken")
        fusion: Literal["convex", "rrf"] = Field(
            "convex", description="'convex': weighted mean of scores; 'rrf': reciprocal ranks, no distances"
        )
        normalise: Normalisation = Field("min_max", description=NORMALISE_HELP)

    params: Params

    @property
    def ranked_by(self) -> str:
        """The score that orders what is found."""
        return self.params.fusion

    def search(self, reader: Reader, texts: list[str]) -> list[Result[Passages]]:
        """What is found for each text."""
        vectors = reader.encode(texts)
        near = reader.dense_and_cosines(vectors, self._pool(self.params.dense_pool), self.params.filter)
        asked = zip(texts, vectors, near, overlong(reader, texts), strict=True)
        return [self._fuse(reader, text, vector, found, note) for text, vector, found, note in asked]

    def _pool(self, size: int | Literal["all"]) -> int | None:
        k = self.params.k
        return None if size == "all" or k == "all" else max(size, k)

    def _fuse(self, reader: Reader, text: str, vector: Any, near: Near, note: tuple[str, ...]) -> Result[Passages]:
        import numpy as np

        p = self.params
        (pool, _), shared = reader.bm25_and_scores(text, self._pool(p.bm25_pool), p.filter)
        dense, cosines = near
        wanted = np.zeros(reader.count, dtype=bool)  # marking is quicker than ordering what was found
        wanted[dense.indices] = wanted[pool] = True
        candidates = np.flatnonzero(wanted)
        # A search that did not look at every passage leaves cosines to be made up for: those of the words' candidates.
        cosine = (reader.vectors(candidates) @ vector if cosines is None else cosines[candidates]).astype(np.float64)
        bm25 = shared[candidates].astype(np.float64)
        if p.fusion == "convex":
            score, warnings = self._convex(cosine, bm25)
        else:
            score, warnings = self._rrf(candidates, dense.indices, pool), ()
        order = np.argsort(-score, kind="stable")[: limit(p.k)]
        named = {"cosine": cosine[order].tolist(), "bm25": bm25[order].tolist(), p.fusion: score[order].tolist()}
        found = Passages.scored(reader.passages(candidates[order]), named, p.fusion)
        both = len(dense.indices) + len(pool) - len(candidates)
        decision = Decision(
            "fuse",
            f"{len(dense.indices)} passages near in meaning and {len(pool)} that share words make {len(candidates)}, "
            f"{both} of them both; the first {len(found)} by {p.fusion!r} were kept",
            kept=len(found),
            of=len(candidates),
            details={"fusion": p.fusion, "dense_weight": p.dense_weight, "normalise": p.normalise, "both": both,
                     "dense_search": reader.method},
        )  # fmt: skip
        warnings = (*note, *warnings, *shortfall(len(found), p, reader))
        return Result(found, decision, warnings, Usage(retrieval_calls=1))

    def _convex(self, cosine: Any, bm25: Any) -> tuple[Any, tuple[str, ...]]:
        p = self.params
        dense, said = normalise(cosine, p.normalise, "cosine")
        warnings = () if said is None else (said,)
        if len(bm25) and bm25.max() == 0:
            words = bm25
            warnings = (*warnings, "the query shares no word with any candidate: only the vectors decided")
        else:
            words, said = normalise(bm25, p.normalise, "bm25")
            warnings = warnings if said is None else (*warnings, said)
        return p.dense_weight * dense + (1 - p.dense_weight) * words, warnings

    def _rrf(self, candidates: Any, dense: Any, words: Any) -> Any:
        import numpy as np

        score = np.zeros(len(candidates))
        for weight, ranked in ((self.params.dense_weight, dense), (1 - self.params.dense_weight, words)):
            score[np.searchsorted(candidates, ranked)] += weight / (_KAPPA + np.arange(1, len(ranked) + 1))
        return score


_KAPPA = 60.0
