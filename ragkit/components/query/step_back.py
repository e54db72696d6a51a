"""``query.step_back``: the more general question behind the question."""

from __future__ import annotations

from typing import ClassVar

from ragkit.components.query._wording import or_question
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.types import Decision, Result


class StepBack(LMStep):
    """Writes the more general question whose answer the question rests on.

    Use it where a question is about a special case and the documents explain the principle: search for both, and answer
    the question as it was asked.

    Cost: one LM request, a few dozen tokens. Shape: a question in, a question of one line out.

    Source: Zheng et al., "Take a Step Back: Evoking Reasoning via Abstraction in Large Language Models"
    (arXiv 2310.06117), Section 2.

    Errors: the LM cannot be reached. Where it writes nothing, the question is handed on, with a warning.

    YAML::

        steps:
          broader: {use: query.step_back}
          special: {use: retrieve.hybrid, k: 10}
          general: {use: retrieve.hybrid, query: broader, k: 10}
          pool: {use: fuse.rrf, passages: [special, general], weights: [2, 1]}
        output: pool

    Python::

        from ragkit.components.query.step_back import StepBack
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"general_question": "How can the number of retrieved passages be chosen?"}])
        step = StepBack(StepBack.Params(), FakeScope(lm))          # the engine makes the scope of a step
        assert step.run("Why does adaptive-k add five passages?").value.startswith("How can the number")
    """

    passthrough = "question"
    output: ClassVar[str | None] = "query"
    signature: ClassVar[Signature] = Signature(
        "Step back from the question: write the more general question, about the principle, the concept or the wider "
        "subject, whose answer would help to answer it. Keep the subject; leave out the details of the special case. "
        "Do not answer either question. Write one line.",
        inputs={"question": Field("what the person asked")},
        outputs={"general_question": Field("the more general question, on one line")},
    )

    def run(self, question: str) -> Result[str]:
        """Asks for the more general question."""
        broader, warnings = or_question(self.ask(question=question).general_question, question)
        return Result(broader, Decision("query", f"the question behind it: “{broader}”"), warnings)
