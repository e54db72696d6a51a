"""``query.rewrite``: the question as a search query."""

from __future__ import annotations

from typing import ClassVar

from ragkit.components.query._wording import or_question
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.types import Decision, Result


class Rewrite(LMStep):
    """Rewrites the question as a query for the search engine.

    Use it where people ask at length, with reasons and courtesies, or in words that the documents do not use. Short
    questions in the documents' own words gain nothing from it. Search with the query, and answer the question.

    Cost: one LM request, a few dozen tokens. Shape: a question in, a query of one line out.

    Source: Ma et al., "Query Rewriting for Retrieval-Augmented Large Language Models" (arXiv 2305.14283), Section 3,
    without its trained rewriter.

    Errors: the LM cannot be reached. Where it writes nothing, the question is handed on, with a warning.

    YAML::

        steps:
          rewrite: {use: query.rewrite}
          found: {use: retrieve.hybrid, query: rewrite, k: 10}
        output: found

    Python::

        from ragkit.components.query.rewrite import Rewrite
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"query": "adaptive-k number of passages"}])
        step = Rewrite(Rewrite.Params(), FakeScope(lm))            # the engine makes the scope of a step
        assert step.run("Please, how does adaptive-k choose how many?").value == "adaptive-k number of passages"
    """

    passthrough = "question"
    output: ClassVar[str | None] = "query"
    signature: ClassVar[Signature] = Signature(
        "Rewrite the question as a query for a search engine over documents. Keep every name, number and technical "
        "term as it is written; spell out what is only implied; leave out courtesies and reasons for asking. Do not "
        "answer the question. Write one line.",
        inputs={"question": Field("what the person asked")},
        outputs={"query": Field("the search query, on one line")},
    )

    def run(self, question: str) -> Result[str]:
        """Asks for the query."""
        query, warnings = or_question(self.ask(question=question).query, question)
        same = query == question
        reason = "the query is the question as it was asked" if same else f"searches for “{query}”"
        return Result(query, Decision("query", reason), warnings)
