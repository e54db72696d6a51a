"""``rerank.hybrid``: any passages by the score that hybrid retrieval would give them for the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.batches import each_alone
from ragkit.components.fuse._normalise import NORMALISE_HELP, Normalisation, normalise
from ragkit.components.indexed import locate
from ragkit.components.opening import open_reader
from ragkit.types import Decision, Passages, Result


class Hybrid(Component):
    """Scores passages against the question by meaning and by words, wherever they were found.

    Use it where a list was gathered by other texts than the question (variants, parts, names, links): its scores tell
    how well each passage met those, and cannot be compared. Here every passage gets ``cosine`` and ``bm25`` for the
    question itself, exactly, and ``convex`` of both, as ``retrieve.hybrid`` makes it; the normalisation runs over this
    list. A passage that the index does not hold in these words (merged, compressed) is encoded; its BM25 is 0, with a
    warning.

    Cost: one encoding of the question, one keyword search; no candidates are added. Shape: n passages in, the same out,
    best first, or the best ``k``. Scores: ``cosine``, ``bm25``, ``convex`` (0 to 1), in the place of those of the same
    name.

    Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (arXiv 2210.11934), Section 4.

    Errors: no index has been built.

    YAML::

        steps:
          first: {use: retrieve.hybrid, k: 20}
          wider: {use: query.join, parts: [question, {value: "survey"}]}
          more: {use: retrieve.hybrid, query: wider, k: 20}
          both: {use: fuse.union, passages: [first, more]}
          best: {use: rerank.hybrid, passages: both, k: 10}
        output: best

    Python::

        from ragkit.components.rerank.hybrid import Hybrid
        from ragkit.types import Passages

        step = Hybrid(Hybrid.Params(), scope)       # a scope opens the corpus of the step; the engine makes it
        passages = Passages(scope.corpus().passages([0, 1, 2]))
        result = step.run("words in common", passages)
        assert result.value[0].doc_id == "bm25" and result.value.ranked_by == "convex"
    """

    class Params(Parameters):
        """Parameters of ``rerank.hybrid``."""

        k: Annotated[int | None, BINDABLE] = Field(None, ge=1, description="keep the best k; without it all")
        dense_weight: Annotated[float, BINDABLE] = Field(
            0.5, ge=0, le=1, description="the weight of meaning; words get the rest"
        )
        normalise: Normalisation = Field("min_max", description=NORMALISE_HELP)

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    passthrough = "passages"
    span_kind: ClassVar[str] = "RERANKER"

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Scores and orders the list."""
        import numpy as np

        if not passages:
            return Result(Passages((), "convex"), Decision("order", "there was nothing to score", kept=0, of=0))
        reader, p = open_reader(self.scope), self.params
        located = locate(passages, reader)
        cosine = (located.vectors @ reader.encode([question])[0]).tolist()
        numbers = np.array([number for number in located.numbers if number is not None], dtype=np.int64)
        shared = iter(reader.bm25_scores(question, numbers).tolist())
        bm25 = [0.0 if number is None else next(shared) for number in located.numbers]
        near, said = normalise(cosine, p.normalise, "cosine")
        words, also = normalise(bm25, p.normalise, "bm25") if max(bm25) > 0 else (np.zeros(len(bm25)), None)
        convex = (p.dense_weight * near + (1 - p.dense_weight) * words).tolist()
        order = sorted(range(len(passages)), key=lambda place: -convex[place])[: p.k]
        kept = [
            passages[i].with_scores({**passages[i].scores, "cosine": cosine[i], "bm25": bm25[i], "convex": convex[i]})
            for i in order
        ]
        moved = sum(place != number for place, number in enumerate(order))
        reason = f"scored {len(passages)} passages against the question, {moved} of the {len(kept)} kept moved"
        decision = Decision("order", reason, kept=len(kept), of=len(passages), score=convex[order[0]],
                            details={"dense_weight": p.dense_weight, "normalise": p.normalise})  # fmt: skip
        notes = tuple(note for note in (said, also) if note is not None)
        foreign = tuple(f"{told}, and their BM25 counts 0" for told in located.told)
        return Result(Passages(kept, "convex"), decision, (*notes, *foreign))

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages] | Exception]:
        """Scores many lists, whose questions are encoded together; one that fails does not fail the others."""
        asked = [item["question"] for item in items if item["passages"]]
        if asked:
            open_reader(self.scope).encode(asked)  # the reader remembers them
        return each_alone(self.run, items)
