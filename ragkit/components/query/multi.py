"""``query.multi``: the question in several wordings."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.components.query._wording import distinct
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Result


class Wordings(NamedTuple):
    """What ``query.multi`` gives: the question and its variants, and the variants alone."""

    queries: list[str]
    variants: list[str]


class Multi(LMStep):
    """Writes the question in other words, to search with each and to fuse what they find.

    Use it where one wording misses what another finds: vague questions, subjects with several names. The original
    stays, as the first of ``queries``, and is weighed up by standing in the fusion with a weight of its own, because a
    variant can drift: that is how the snippet below does it. Variants that are blank or say the same as another are
    left out, and more than ``n`` are cut; both are told.

    Cost: one LM request; then a search for each query. Shape: a question in; ``queries``, the question and at most
    ``n`` variants, and ``variants`` alone out.

    Source: multi-query retrieval with rank fusion, RAG-Fusion (Rackauckas, arXiv 2402.03367), Section 2; the weight of
    the original as in query expansion (query2doc, arXiv 2303.07678, Section 2).

    Errors: the LM cannot be reached, or its reply is no list. Without a variant the question goes on alone, with a
    warning.

    YAML::

        steps:
          wordings: {use: query.multi, n: 3}
          each: {use: flow.map, over: wordings.variants, max_items: 3, output: hits,
                 steps: {hits: {use: retrieve.hybrid, query: item, k: 20}}}
          original: {use: retrieve.hybrid, k: 20}
          pool: {use: fuse.rrf, passages: [original, each], weights: [2, 1]}
        output: pool

    Python::

        from ragkit.components.query.multi import Multi
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"variants": ["size of the context for each question", "how many passages?", ""]}])
        step = Multi(Multi.Params(n=3), FakeScope(lm))             # the engine makes the scope of a step
        found = step.run("How many passages?").value
        assert found.queries == ["How many passages?", "size of the context for each question"]
    """

    class Params(LMParameters):
        """Parameters of ``query.multi``."""

        n: int = ParameterField(3, ge=1, le=20, description="how many variants to ask for, beside the question")

    signature: ClassVar[Signature] = Signature(
        "Write search queries that ask the same as the question in other words: with synonyms, with technical terms "
        "or plain ones, from the side of the answer. Each must stand alone and keep every name and number of the "
        "question. Do not answer the question and do not widen it.",
        inputs={
            "number": Field("how many queries to write", int),
            "question": Field("what the person asked"),
        },
        outputs={"variants": Field("the queries, each different from the others", list[str])},
    )

    params: Params

    def run(self, question: str) -> Result[Wordings]:
        """Asks for the variants."""
        reply = self.ask(number=self.params.n, question=question)
        variants, dropped = distinct(reply.variants, known=[question])
        over = len(variants) - self.params.n
        variants = variants[: self.params.n]
        warnings = []
        if over > 0:
            warnings.append(f"the LM wrote {over} more than the {counted(self.params.n, 'variant')}: left out")
        if dropped:
            warnings.append(f"{counted(dropped, 'variant')} said nothing new: left out")
        if not variants:
            warnings.append("the LM gave no variant: the question goes on alone")
        reason = f"{counted(len(variants), 'variant')} beside the question"
        details = {"asked": self.params.n, "dropped": dropped}
        decision = Decision("query", reason, details=details)
        return Result(Wordings([question, *variants], variants), decision, tuple(warnings))
