"""``generate.direct``: an LM answers from what it knows, without passages."""

from __future__ import annotations

import re
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.errors import LMError
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.types import Answer, Decision, Result, Token

UNKNOWN = "NOT KNOWN"
_UNKNOWN = re.compile(rf"\W*{UNKNOWN}\b", re.IGNORECASE)


class Drafted(NamedTuple):
    """What ``generate.direct`` gives: an answer without passages, its text, its tokens where a step reads them."""

    answer: Answer
    text: str
    logprobs: list[Token] | None = None


class Direct(LMStep):
    """Answers the question from the LM's own knowledge.

    Use it where nothing has to be looked up (greetings, arithmetic, what everybody knows), as the branch of a router,
    or as the draft whose uncertainty a gate measures before it decides to retrieve. Nothing in its answer is backed by
    a source, and the answer has no citations.

    With ``abstain`` the LM may say that it does not know; the answer is then marked as abstained. A gate wants it to
    guess, and so it is off by default.

    Cost: one LM request. Ports: ``answer``, ``text`` (its text), ``logprobs``.

    Source: the closed-book baseline of adaptive retrieval (Adaptive-RAG, arXiv 2403.14403, Section 3).

    Errors: the LM cannot be reached, or its reply has no answer.

    YAML::

        steps:
          answer: {use: generate.direct}
        output: answer

    Python::

        from ragkit.components.generate.direct import Direct
        from ragkit.testing import FakeScope, ScriptedLM

        step = Direct(Direct.Params(abstain=True), FakeScope(ScriptedLM([{"answer": "NOT KNOWN"}])))
        assert step.run("What is in the corpus?").value.answer.abstained
    """

    class Params(LMParameters):
        """Parameters of ``generate.direct``."""

        abstain: bool = ParameterField(False, description="let the LM say that it does not know")

    signature: ClassVar[Signature] = Signature(
        "Answer the question from what you know. Be brief; give the answer itself first.",
        inputs={"question": Field("the question")},
        outputs={"answer": Field("the answer")},
    )
    stream: ClassVar[str | None] = "answer"

    params: Params

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature; a step that may abstain says how."""
        found = super().signature_of(params)
        return (
            found.noted("answer", f"{UNKNOWN} and nothing else where you do not know it") if params.abstain else found
        )

    def run(self, question: str) -> Result[Drafted]:
        """Asks the LM."""
        reply = self.ask(question=question)
        text = reply.answer.strip()
        if not text:
            raise LMError("the LM's reply has an empty answer", hint="ask again; the trace has the reply")
        abstained = self.params.abstain and _UNKNOWN.match(text) is not None
        answer = Answer("The LM does not know the answer.", abstained=True) if abstained else Answer(text)
        reason = "abstained: the LM says that it does not know" if abstained else "answered without passages"
        return Result(Drafted(answer, answer.text, reply.tokens("answer")), Decision("answer", reason, kept=0, of=0))
