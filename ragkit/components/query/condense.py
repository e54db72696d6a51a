"""``query.condense``: a follow-up as a question that stands alone."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field as ParameterField

from ragkit.components.query._wording import or_question
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.lm.turns import conversation
from ragkit.trace.words import counted
from ragkit.types import Decision, Result, Turn


class Condense(LMStep):
    """Makes a follow-up question stand alone, with what the conversation before it says.

    Use it first in a pipeline for ``ragkit chat``: "and the second one?" finds nothing, "What is the second flow
    pattern of Modular RAG?" does. Search and answer with what it gives, in the place of the question. Without a history
    the question is handed on as it is and nothing is asked. Of a long conversation the last ``turns`` are shown to the
    LM; the decision says how many of how many.

    Cost: one LM request where there is a history, else none. Shape: a question and turns in, a question of one line
    out.

    Source: common practice in conversational search; the query rewriting of TREC CAsT (Dalton et al., 2020).

    Errors: the LM cannot be reached. Where it writes nothing, the question is handed on, with a warning.

    YAML::

        steps:
          standalone: {use: query.condense, turns: 6}
          found: {use: retrieve.hybrid, question: standalone, k: 8}
          answer: {use: generate.answer, question: standalone, passages: found}
        output: answer

    Python::

        from ragkit.components.query.condense import Condense
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Turn

        lm = ScriptedLM([{"standalone_question": "What is the buffer of adaptive-k for?"}])
        step = Condense(Condense.Params(), FakeScope(lm))          # the engine makes the scope of a step
        said = [Turn("user", "What is adaptive-k?"), Turn("assistant", "It cuts at a gap and adds a buffer.")]
        assert step.run("What is that for?", said).value == "What is the buffer of adaptive-k for?"
        assert step.run("What is adaptive-k?", []).value == "What is adaptive-k?" and len(lm.requests) == 1
    """

    class Params(LMParameters):
        """Parameters of ``query.condense``."""

        turns: int = ParameterField(6, ge=1, description="how many of the last turns the LM is shown")

    passthrough = "question"
    output: ClassVar[str | None] = "question"
    signature: ClassVar[Signature] = Signature(
        "Rewrite the last question of a conversation so that it can be understood without the conversation. Replace "
        "words that point back (it, they, that one, the second) by what they point to, and add what is left unsaid. "
        "Change nothing else: keep its language and its intent, and where it stands alone already, repeat it word for "
        "word. Do not answer it.",
        inputs={
            "conversation": Field("what was said before, oldest first"),
            "question": Field("the last question"),
        },
        outputs={"standalone_question": Field("the question that stands alone, on one line")},
    )

    params: Params

    def run(self, question: str, history: list[Turn]) -> Result[str]:
        """Asks for the question, where there is a history."""
        if not history:
            return Result(question, Decision("query", "the conversation begins here: the question stands alone"))
        shown = history[-self.params.turns :]
        reply = self.ask(conversation=conversation(shown), question=question)
        standalone, warnings = or_question(reply.standalone_question, question)
        same = "stood alone already" if standalone == question else f"became “{standalone}”"
        of = f"{len(shown)} of " if len(shown) < len(history) else ""
        reason = f"the question {same}, after {of}{counted(len(history), 'turn')}"
        details = {"turns": len(shown), "of": len(history)}
        return Result(standalone, Decision("query", reason, details=details), warnings)
