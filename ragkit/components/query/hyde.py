"""``query.hyde``: documents that would answer the question, made up to be searched with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import Calls
from ragkit.components.query._wording import distinct
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Result


class Hypothetical(NamedTuple):
    """What ``query.hyde`` gives: the question and the documents; the documents alone; all of it as one text."""

    queries: list[str]
    documents: list[str]
    text: str


class Hyde(LMStep):
    """Lets the LM write passages that would answer the question, and searches for passages that are like them.

    Use it with ``retrieve.dense`` where questions and documents are worded so differently that their vectors lie apart,
    and no labelled questions are at hand. What the documents claim need not be true: only their vectors are used, and
    the answer is written from what is found. On subjects that the LM knows nothing of it makes up names, and
    retrieval by words follows them.

    Each document is a sample of its own. ``queries`` holds the question and the documents, to be searched for one by
    one and fused, which is the method's mean of vectors but for the cut of each list; ``text`` holds all in one, for
    one search, of which an encoder reads the beginning only: with it, ask for one document.

    Cost: ``n`` LM requests of some hundred tokens each, side by side; then a search for each query. Shape: a question
    in; ``queries`` (n + 1), ``documents`` (n) and ``text`` out. Blank and repeated documents are left out, with a
    warning.

    Source: Gao et al., "Precise Zero-Shot Dense Retrieval without Relevance Labels" (arXiv 2212.10496), Section 3,
    Equation 8 (the question is one of the vectors that are averaged).

    Errors: the LM cannot be reached. Where it writes nothing, the question is searched for alone, with a warning.

    YAML::

        steps:
          imagined: {use: query.hyde, n: 3}
          each: {use: flow.map, over: imagined.queries, max_items: 4, output: hits,
                 steps: {hits: {use: retrieve.dense, query: item, k: 50}}}
          pool: {use: fuse.convex, passages: [each], normalise: theoretical}
        output: pool

    Python::

        from ragkit.components.query.hyde import Hyde
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"passage": "The list is cut at its largest gap."}, {"passage": "Scores fall at a gap."}])
        step = Hyde(Hyde.Params(n=2), FakeScope(lm))               # the engine makes the scope of a step
        found = step.run("Where is the list cut?").value
        assert found.queries[0] == "Where is the list cut?" and len(found.documents) == 2
    """

    class Params(LMParameters):
        """Parameters of ``query.hyde``."""

        n: int = ParameterField(3, ge=1, le=16, description="how many documents to write, each by a request of its own")

    signature: ClassVar[Signature] = Signature(
        "Write a short passage, of about four sentences, that answers the question, in the style of the documents in "
        "which its answer would stand. Write it as if it were such a document: no introduction, no remark that it is "
        "made up, no doubt.",
        inputs={"question": Field("what the person asked")},
        outputs={"passage": Field("the passage")},
    )

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """A request for each document."""
        return Calls(lm=params["n"])

    def run(self, question: str) -> Result[Hypothetical]:
        """Asks for the documents."""
        replies = self.ask_many(self.params.n, question=question)
        documents, dropped = distinct(reply.passage for reply in replies)
        warnings = []
        if dropped:
            warnings.append(f"{counted(dropped, 'document')} of {self.params.n} said nothing new: left out")
        if not documents:
            warnings.append("the LM wrote nothing: the question is searched for alone")
        queries = [question, *documents]
        words = sum(len(document.split()) for document in documents)
        decision = Decision(
            "query",
            f"{counted(len(documents), 'document')} of {counted(words, 'word')} made up to search with",
            details={"asked": self.params.n, "dropped": dropped},
        )
        return Result(Hypothetical(queries, documents, " ".join(queries)), decision, tuple(warnings))
