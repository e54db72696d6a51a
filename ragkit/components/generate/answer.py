"""``generate.answer``: an LM answers from the passages and cites them by number."""

from __future__ import annotations

import re
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.types import Answer as AnswerValue
from ragkit.types import Citation, Decision, Passages, Result

NOT_FOUND = "NOT FOUND"
_CITED = re.compile(r"[ \t]*\[(\d+(?:\s*[,;]\s*\d+)*)\]")


class Answered(NamedTuple):
    """What ``generate.answer`` gives: the answer and its text."""

    answer: AnswerValue
    text: str


class Answer(LMStep):
    """Answers the question from the passages, in the LM's words, with the number of a passage after each statement.

    Use it where an answer has to combine, compare or put into other words what the passages say;
    ``generate.extractive`` quotes instead and needs no LM.

    Each number must be that of a passage: one that is not is taken out of the text with a warning. With ``abstain`` the
    LM is asked to say when the passages do not hold the answer; the answer is then marked as abstained.

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

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature; a step that may abstain says how."""
        found = super().signature_of(params)
        if params.instructions is not None or not params.abstain:
            return found
        told = f"{found.instructions} If the passages do not hold the answer, answer {NOT_FOUND} and nothing else."
        return found.told(told)

    def run(self, question: str, passages: Passages) -> Result[Answered]:
        """Asks the LM, and checks what it cites."""
        reply = self.ask(passages=numbered(passages), question=question)
        text, citations, warnings = cited(reply.answer, passages)
        abstained = self.params.abstain and NOT_FOUND in text.upper()
        if abstained:
            text, citations = "The passages do not hold the answer.", ()
        answer = AnswerValue(text, citations, passages, abstained)
        used = len({citation.passage_id for citation in citations})
        reason = (
            "abstained: the LM found no answer in the passages" if abstained else f"cites {used} of {len(passages)}"
        )
        decision = Decision("answer", reason, kept=used, of=len(passages))
        return Result(Answered(answer, text), decision, warnings)


def cited(text: str, passages: Passages) -> tuple[str, tuple[Citation, ...], tuple[str, ...]]:
    """A text with its citations checked: the text without numbers that no passage has, its citations, warnings."""
    found: dict[int, None] = {}
    missing: dict[int, None] = {}

    def check(match: re.Match[str]) -> str:
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        there = [number for number in numbers if 1 <= number <= len(passages)]
        found.update(dict.fromkeys(there))
        missing.update(dict.fromkeys(number for number in numbers if number not in there))
        if len(there) == len(numbers):
            return match[0]
        return f" [{', '.join(map(str, there))}]" if there else ""

    checked = _CITED.sub(check, text).strip()
    citations = tuple(Citation(number, passages[number - 1].id, passages[number - 1].doc_id) for number in found)
    if not missing:
        return checked, citations, ()
    named = ", ".join(f"[{number}]" for number in missing)
    return checked, citations, (f"the LM cited {named}, and there are {len(passages)} passages: taken out",)
