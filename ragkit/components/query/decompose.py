"""``query.decompose``: a question of several parts as questions of one part each."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.components.query._wording import distinct
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Result


class Decomposed(NamedTuple):
    """What ``query.decompose`` gives: the parts, and whether there are several."""

    questions: list[str]
    several: bool


class Decompose(LMStep):
    """Splits a question into the questions that have to be answered for it, each of which can be searched for alone.

    Use it for comparisons ("which of the two …"), for lists of conditions, and for questions over several documents. A
    question of one part comes back as it is. The parts are independent of each other: a chain, in which the second can
    only be asked when the first is answered, is what a ``flow.loop`` is for.

    Cost: one LM request; then a search for each part. Shape: a question in; ``questions``, at least one and at most
    ``most``, and ``several`` (bool) out. More than ``most`` are cut, with a warning.

    Source: Khot et al., "Decomposed Prompting" (arXiv 2210.02406), Section 3; Press et al., "Measuring and Narrowing
    the Compositionality Gap" (arXiv 2210.03350), Section 3, of which this is the part without chaining.

    Errors: the LM cannot be reached, or its reply is no list. Where it gives no part, the question is handed on, with a
    warning.

    YAML::

        steps:
          parts: {use: query.decompose, most: 4}
          each: {use: flow.map, over: parts.questions, max_items: 4, output: hits,
                 steps: {hits: {use: retrieve.hybrid, query: item, k: 5}}}
          pool: {use: fuse.rrf, passages: [each]}
        output: pool

    Python::

        from ragkit.components.query.decompose import Decompose
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"questions": ["What does BM25 rank by?", "What does HNSW find?"]}])
        step = Decompose(Decompose.Params(), FakeScope(lm))        # the engine makes the scope of a step
        parts = step.run("How do BM25 and HNSW differ?").value
        assert len(parts.questions) == 2 and parts.several
    """

    class Params(LMParameters):
        """Parameters of ``query.decompose``."""

        most: int = ParameterField(4, ge=1, le=20, description="the most parts")

    signature: ClassVar[Signature] = Signature(
        "Split the question into the simpler questions whose answers together answer it. Each must stand alone: name "
        "what it is about, without words that point to another question. Ask only for what is needed, at most so many "
        "as is said. A question that asks one thing is its own only part. Do not answer anything.",
        inputs={
            "most": Field("the most questions to write", int),
            "question": Field("what the person asked"),
        },
        outputs={"questions": Field("the simpler questions, or the question itself", list[str])},
    )

    params: Params

    def run(self, question: str) -> Result[Decomposed]:
        """Asks for the parts."""
        reply = self.ask(most=self.params.most, question=question)
        parts, dropped = distinct(reply.questions)
        warnings = []
        if dropped:
            warnings.append(f"{counted(dropped, 'part')} said nothing new: left out")
        if len(parts) > self.params.most:
            warnings.append(f"the LM wrote {len(parts)} parts: the first {self.params.most} were taken ('most')")
            parts = parts[: self.params.most]
        if not parts:
            warnings.append("the LM gave no part: the question goes on as it is")
            parts = [question]
        several = len(parts) > 1
        reason = f"split into {counted(len(parts), 'part')}" if several else "the question asks one thing"
        decision = Decision("query", reason, details={"parts": len(parts), "dropped": dropped})
        return Result(Decomposed(parts, several), decision, tuple(warnings))
