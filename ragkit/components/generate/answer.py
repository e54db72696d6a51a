"""``generate.answer``: an LM answers from the passages and cites them by number."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.components.generate._concluding import MAY_ABSTAIN, conclude, nothing_given
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.types import Answer as AnswerValue
from ragkit.types import Passages, Result, Token


class Answered(NamedTuple):
    """What ``generate.answer`` gives: the answer, its text, and its tokens where a step reads them."""

    answer: AnswerValue
    text: str
    logprobs: list[Token] | None = None


class Answer(LMStep):
    """Answers the question from the passages, in the LM's words, with the number of a passage after each statement.

    Use it where an answer has to combine, compare or put into other words what the passages say;
    ``generate.extractive`` quotes instead and needs no LM.

    Each number must be that of a passage: one that is not is taken out of the text with a warning. With ``abstain`` the
    LM is asked to say when the passages do not hold the answer; the answer is then marked as abstained, and without
    passages nothing is asked.

    Cost: one LM request.

    Source: the usual prompt of retrieval-augmented generation; citation by number as in ALCE (Gao et al. 2023, §3).

    Errors: the LM cannot be reached, or its reply has no answer.

    YAML::

        lm: openai/gpt-4.1-mini
        steps:
          found: {use: retrieve.hybrid, k: 5}
          answer: {use: generate.answer, passages: found}
        output: answer

    Python::

        from ragkit.components.generate.answer import Answer
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        lm = ScriptedLM([{"answer": "At the largest gap [1]."}])
        step = Answer(Answer.Params(), FakeScope(lm))              # the engine makes the scope of a step
        found = Passages([Passage("p1", "adaptive-k", "Adaptive-k", "It cuts at the largest gap.")])
        answer = step.run("Where does it cut?", found).value.answer
        assert answer.citations[0].passage_id == "p1"
    """

    class Params(LMParameters):
        """Parameters of ``generate.answer``."""

        abstain: bool = ParameterField(True, description="let the LM say that the passages do not hold the answer")

    signature: ClassVar[Signature] = Signature(
        "Answer the question from the numbered passages alone. After each statement write the number of the passage "
        "that says it in square brackets, like [2]. Be brief.",
        inputs={
            "passages": Field("the numbered passages"),
            "question": Field("the question"),
        },
        outputs={"answer": Field("the answer, with the numbers of its passages")},
    )
    stream: ClassVar[str | None] = "answer"

    params: Params

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature; a step that may abstain says how."""
        found = super().signature_of(params)
        return found.noted("answer", MAY_ABSTAIN) if params.abstain else found

    def run(self, question: str, passages: Passages) -> Result[Answered]:
        """Asks the LM, and checks what it cites."""
        if not passages and self.params.abstain:
            nothing = nothing_given(question)
            return Result(Answered(nothing.answer, nothing.answer.text), nothing.decision, nothing.warnings)
        reply = self.ask(passages=numbered(passages), question=question)
        answer, decision, warnings = conclude(reply.answer, passages, self.params.abstain)
        return Result(Answered(answer, answer.text, reply.tokens("answer")), decision, warnings)
