"""``rerank.cross_encoder``: question and passage read together by a small model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.model_name import Model
from ragkit.components.rerank._pair_scorer import Judged, PairScorer
from ragkit.types import Decision, Passages, Result

NAME = "cross_encoder"


class CrossEncoder(Component):
    """Reads the question together with each passage and orders the passages by how well they fit.

    Use it where recall is good and order is not: retrieve many, rerank, keep few. It sees both texts at once and so
    judges better than two vectors that were made apart, and it must read every passage for every question. Any model of
    sentence-transformers' ``CrossEncoder`` with one output will do, from a folder that ``save_pretrained`` wrote or by
    its name on the hub, from where it is downloaded once. Weights are read from safetensors only, and code that a model
    brings is never run.

    Each passage gets two scores. ``cross_encoder`` is the sigmoid of the model's logit, 0 to 1, and orders the list; it
    is a probability only as far as the model was trained to be one. ``cross_encoder_logit`` is the logit itself, for
    rules that read distances (``select.top_p`` with ``score: cross_encoder_logit``).

    Cost: one pass of the model for each passage, some milliseconds each on a CPU with a small model (six layers), less
    in batches; the questions of a batch share them. The model is loaded once for the process, in seconds. Shape: n
    passages in, ``min(n, k)`` out.

    Source: Nogueira and Cho, "Passage Re-ranking with BERT" (arXiv 1901.04085), Section 3.

    Errors: the model is not there and cannot be had, needs code of its own, has no safetensors, or has several outputs.
    A pair that is longer than the model reads is cut at its end, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 50}
          best: {use: rerank.cross_encoder, passages: found, model: cross-encoder/ms-marco-MiniLM-L6-v2, k: 8}
        output: best

    Python::

        from ragkit.components.rerank.cross_encoder import CrossEncoder
        from ragkit.types import Passages

        step = CrossEncoder(CrossEncoder.Params(model="models/reranker", k=8))    # cheap: nothing is loaded
        assert step.run("no passages, no model", Passages()).value.ranked_by == "cross_encoder"
    """

    class Params(Parameters):
        """Parameters of ``rerank.cross_encoder``."""

        model: Model = Field(
            min_length=1, description="a folder (a relative one counts from the pipeline's file), or a name on the hub"
        )
        k: Annotated[int | None, BINDABLE] = Field(None, ge=0, description="how many to keep; left out: all")
        batch_size: int = Field(32, ge=1, le=4096, description="how many pairs the model reads at once")
        device: str = Field(
            "auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="where the model runs: auto, cpu, cuda, mps"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.CROSS_ENCODER})
    passthrough = "passages"
    span_kind: ClassVar[str] = "RERANKER"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._scorer: PairScorer | None = None

    def warm_up(self) -> None:
        """Loads the model."""
        self._scorer = PairScorer.load(self.params.model, self.params.device)

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Reranks one list."""
        return self.run_batch([{"question": question, "passages": passages}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages]]:
        """Reranks many lists, whose pairs the model reads together."""
        from ragkit.corpus.documents import passage_text

        pairs = [(item["question"], passage_text(p.title, p.text)) for item in items for p in item["passages"]]
        judged: Iterator[Judged] = iter(())
        if pairs:
            scorer = self._scorer or PairScorer.load(self.params.model, self.params.device)
            judged = iter(scorer.score(pairs, self.params.batch_size))
        return [self._ordered(item["passages"], [next(judged) for _ in item["passages"]]) for item in items]

    def _ordered(self, passages: Passages, judged: Sequence[Judged]) -> Result[Passages]:
        k = len(passages) if self.params.k is None else min(self.params.k, len(passages))
        order = sorted(range(len(passages)), key=lambda i: -judged[i].logit)[:k]
        logits = [judged[i].logit for i in order]
        kept = [
            passages[i].with_scores({**passages[i].scores, NAME: sigmoid(logit), f"{NAME}_logit": logit})
            for i, logit in zip(order, logits, strict=True)
        ]
        moved = sum(place != number for place, number in enumerate(order))
        reason = f"kept {k} of {len(passages)} by {NAME!r}, {moved} of them at another place"
        details = {"model": self.params.model, "from": [number + 1 for number in order]}
        cut = sum(one.cut for one in judged)
        told = f"{cut} of {len(passages)} passages are longer than {self.params.model!r} reads: it read their beginning"
        decision = Decision("order", reason, kept=k, of=len(passages), details=details)
        return Result(Passages(kept, NAME), decision, (told,) if cut else ())


def sigmoid(logit: float) -> float:
    """``1 / (1 + exp(-logit))``, which does not overflow."""
    small = math.exp(-abs(logit))
    return 1 / (1 + small) if logit >= 0 else small / (1 + small)
