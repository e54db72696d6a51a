"""``query.rewrite_plus``: the question made clear, and several queries for it, in one request."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.components.query._wording import distinct, tidy
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Result


class Rewritten(NamedTuple):
    """What ``query.rewrite_plus`` gives: the question made clear, and the queries, at least one."""

    rewritten: str
    queries: list[str]


class RewritePlus(LMStep):
    """Writes the question so that it means one thing, and several queries that together search for all it asks.

    Use it where people ask in a way that can be meant in several, and one query finds one side of it only. The LM does
    both at once, so that the queries search for what the clear question asks. Answer the port ``rewritten``; search for
    each of ``queries`` in a ``flow.map``. ``query.rewrite`` writes one query, ``query.multi`` the same question in
    other words.

    Cost: one LM request; then a search for each query. Shape: a question in; ``rewritten`` (a question) and ``queries``
    (at least one, at most ``most``) out. More than ``most`` are cut, with a warning.

    Source: the Query Rewriter+ of Shi et al., "Enhancing Retrieval and Managing Retrieval" (ERM4, arXiv 2407.10670),
    Section 3, whose rewriter is a fine-tuned Gemma or GPT-3.5.

    Errors: the LM cannot be reached, or its reply is no list. Where it writes no question or no query, the question as
    it was asked stands in their place, with a warning.

    YAML::

        steps:
          plan: {use: query.rewrite_plus, most: 3}
          each: {use: flow.map, over: plan.queries, max_items: 3, output: hits,
                 steps: {hits: {use: retrieve.hybrid, query: item, k: 5}}}
          pool: {use: fuse.rrf, passages: [each]}
          answer: {use: generate.answer, question: plan.rewritten, passages: pool}
        output: answer

    Python::

        from ragkit.components.query.rewrite_plus import RewritePlus
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"rewritten": "When was CRAG published?", "queries": ["CRAG publication date", "CRAG arXiv"]}])
        step = RewritePlus(RewritePlus.Params(), FakeScope(lm))    # the engine makes the scope of a step
        assert step.run("CRAG when?").value.queries == ["CRAG publication date", "CRAG arXiv"]
    """

    class Params(LMParameters):
        """Parameters of ``query.rewrite_plus``."""

        most: int = ParameterField(3, ge=1, le=20, description="the most queries")

    signature: ClassVar[Signature] = Signature(
        "First write the question anew so that it can be understood in one way only, with everything it refers to "
        "named; keep what it asks. Then write the search queries whose results together answer that question, at most "
        "so many as is said, each for another part or side of it. Do not answer anything.",
        inputs={"most": Field("the most queries to write", int), "question": Field("what the person asked")},
        outputs={
            "rewritten": Field("the question, clear and complete"),
            "queries": Field("the search queries", list[str]),
        },
    )

    params: Params

    def run(self, question: str) -> Result[Rewritten]:
        """Asks for both."""
        reply = self.ask(most=self.params.most, question=question)
        warnings = []
        rewritten = tidy(reply.rewritten)
        if not rewritten:
            rewritten = question
            warnings.append("the LM wrote no question: it goes on as it was asked")
        queries, dropped = distinct(reply.queries)
        if dropped:
            warnings.append(
                "1 query said nothing new: left out"
                if dropped == 1
                else f"{dropped} queries said nothing new: left out"
            )
        if len(queries) > self.params.most:
            warnings.append(f"the LM wrote {len(queries)} queries: the first {self.params.most} were taken ('most')")
            queries = queries[: self.params.most]
        if not queries:
            queries = [rewritten]
            warnings.append("the LM gave no query: the question is searched for")
        reason = f"understood as “{rewritten}”, to be searched for in {counted(len(queries), 'way')}"
        decision = Decision("query", reason, details={"queries": len(queries), "dropped": dropped})
        return Result(Rewritten(rewritten, queries), decision, tuple(warnings))
