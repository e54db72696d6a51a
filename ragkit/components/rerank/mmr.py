"""``rerank.mmr``: near the question and far from what was chosen already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.batches import each_alone
from ragkit.components.fuse._normalise import normalise
from ragkit.components.indexed import locate
from ragkit.components.opening import open_reader
from ragkit.components.select._selection import read_score
from ragkit.scores import score_meaning
from ragkit.types import Decision, Passages, Result

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


class Mmr(Component):
    """Reorders passages so that each is close to the question and unlike those before it (maximal marginal relevance).

    Use it where passages repeat each other (copies, overlapping windows, many documents on one subject) and an answer
    needs several sides of the matter. Where they do not it changes little: over the 154 questions of the paper corpus
    that have gold documents (hybrid k 50, all-MiniLM-L6-v2) the first 5 passages hold .926 to .930 of these and the
    first 10 .963 to .966 for weights from 0.5 to 1.

    The next passage is always the one with the highest ``weight · relevance - (1 - weight) · redundancy``. Redundancy
    is the highest cosine with a passage chosen before, 0 where there is none or it is negative. Relevance is the score
    that ordered the list, or the one that ``score`` names: a cosine or a probability as it is, another brought to 0..1
    over the list. A list that no score ordered is read by the cosine of each passage with the question. ``weight: 1``
    orders by relevance alone. The value at which a passage was chosen becomes its score ``mmr``, which never rises
    along the list; it compares passages within one list, not lists.

    Cost: O(k · n · d) for n passages with vectors of d numbers, below a millisecond for n = 50; the vectors are read
    from the index. Shape: n passages in, ``min(n, k)`` out. Score: ``mmr``, -1 to 1.

    Source: Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
    Summaries" (SIGIR 1998), Section 2; ``weight`` is its lambda.

    Errors: no index has been built; a passage without the score that ``score`` names. Passages that do not stand in the
    index in these words are encoded on the spot, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 50}
          varied: {use: rerank.mmr, passages: found, k: 10, weight: 0.7}
        output: varied

    Python::

        from ragkit.components.rerank.mmr import Mmr
        from ragkit.types import Passages

        corpus = scope.corpus()             # a scope opens the corpus of the step; the engine makes it
        twice = [corpus.passage("adaptive-k#0"), corpus.passage("adaptive-k#0"), corpus.passage("bm25#0")]
        step = Mmr(Mmr.Params(weight=0.5), scope)
        varied = step.run("How many passages does adaptive-k keep?", Passages(twice)).value
        assert [p.id for p in varied] == ["adaptive-k#0", "bm25#0", "adaptive-k#0"]
    """

    class Params(Parameters):
        """Parameters of ``rerank.mmr``."""

        k: Annotated[int | None, BINDABLE] = Field(None, ge=0, description="how many to choose; left out: all")
        weight: Annotated[float, BINDABLE] = Field(
            0.7, ge=0, le=1, description="the weight of relevance (lambda); what is left is that of being different"
        )
        score: str | None = Field(None, description="the score of relevance; left out: the one that ordered the list")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    passthrough = "passages"
    span_kind: ClassVar[str] = "RERANKER"

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Reorders the list."""
        if not passages:
            return Result(Passages((), "mmr"), Decision("order", "there was nothing to reorder", kept=0, of=0))
        reader = open_reader(self.scope)
        located = locate(passages, reader)
        relevance, by, warnings = self._relevance(question, passages, located.vectors, reader)
        k = len(passages) if self.params.k is None else min(self.params.k, len(passages))
        chosen, values = maximal_marginal(relevance, located.vectors, k, self.params.weight)
        warnings = (*warnings, *located.told)
        moved = sum(place != number for place, number in enumerate(chosen))
        reason = f"kept {k} of {len(passages)}, {moved} of them at another place: {by} less likeness to those before"
        details = {"weight": self.params.weight, "relevance": by, "from": [place + 1 for place in chosen]}
        value = Passages([passages[i].scored("mmr", v) for i, v in zip(chosen, values, strict=True)], "mmr")
        return Result(value, Decision("order", reason, kept=k, of=len(passages), details=details), warnings)

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages] | Exception]:
        """Reorders many lists, whose questions are encoded together; one that fails does not fail the others."""
        if self.params.score is None:
            asked = [item["question"] for item in items if item["passages"] and item["passages"].ranked_by is None]
            if asked:
                open_reader(self.scope).encode(asked)  # the reader remembers them
        return each_alone(self.run, items)

    def _relevance(
        self, question: str, passages: Passages, vectors: Any, reader: Reader
    ) -> tuple[Sequence[float], str, tuple[str, ...]]:
        """The relevance of each passage in list order, its name, and what must be said about it."""
        name = self.params.score or passages.ranked_by
        if name is None:
            return (vectors @ reader.encode([question])[0]).tolist(), "cosine with the question", ()
        scores = [read_score(passage, name) for passage in passages]
        meaning = score_meaning(name)
        if meaning.kind in ("similarity", "probability"):
            return scores, repr(name), ()
        warnings: tuple[str, ...] = ()
        if meaning.kind == "rank":
            warnings = (f"relevance is {name!r}, which is made of ranks: its differences say little; name another with "
                        "'score'",)  # fmt: skip
        levels, said = normalise(scores, "min_max", name)
        return levels.tolist(), repr(name), warnings if said is None else (*warnings, said)


def maximal_marginal(relevance: Sequence[float], vectors: Any, k: int, weight: float) -> tuple[list[int], list[float]]:
    """Chooses k items greedily by maximal marginal relevance.

    Args:
        relevance: How relevant each item is.
        vectors: Normalised, ``float32 [items, d]``.
        k: How many, at most the number of items.
        weight: The weight of relevance, 0 to 1.

    Returns:
        The chosen items, and the value at which each was chosen; equal values go to the earlier item.
    """
    import numpy as np

    gain = weight * np.asarray(relevance, dtype=np.float64)
    # A negative cosine is no redundancy: without the bound at 0 being unlike would count as relevance, and rise.
    redundancy = np.zeros(len(gain))
    left = np.ones(len(gain), dtype=bool)
    chosen: list[int] = []
    values: list[float] = []
    for _ in range(k):
        value = np.where(left, gain - (1 - weight) * redundancy, -np.inf)
        best = int(np.argmax(value))
        chosen.append(best)
        values.append(float(value[best]))
        left[best] = False
        np.maximum(redundancy, vectors @ vectors[best], out=redundancy)
    return chosen, values
