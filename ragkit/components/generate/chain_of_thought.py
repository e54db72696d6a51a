"""``generate.chain_of_thought``: an LM reasons over the passages before it answers."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.components.generate._concluding import MAY_ABSTAIN, conclude, nothing_given
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.types import Answer, Passages, Result, Token


class Reasoned(NamedTuple):
    """What ``generate.chain_of_thought`` gives; ``logprobs`` are those of the answer, where a step reads them."""

    answer: Answer
    text: str
    reasoning: str
    logprobs: list[Token] | None = None


class ChainOfThought(LMStep):
    """Lets the LM write down what each passage says towards the question, and answers from that.

    Use it where an answer has to compare, combine or count over several passages; for a fact that one passage states,
    ``generate.answer`` is as good and shorter. The reasoning is a port of its own and not part of the answer: a
    ``query.join`` can search with it, as IRCoT does, and a person can read it in the trace.

    Citations are checked as in ``generate.answer``: numbers that no passage has are taken out of the answer, with a
    warning. With ``abstain`` the LM may say that the passages do not hold the answer; without passages nothing is asked
    then.

    Cost: one LM request, with some hundred tokens of reasoning. Ports: ``answer``, ``text`` (its text), ``reasoning``,
    ``logprobs``.

    Source: Wei et al., "Chain-of-Thought Prompting" (arXiv 2201.11903), Section 2, without demonstrations of its own
    (``demos`` takes them).

    Errors: the LM cannot be reached, or its reply has no answer.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 8}
          answer: {use: generate.chain_of_thought, passages: found}
        output: answer

    Python::

        from ragkit.components.generate.chain_of_thought import ChainOfThought
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        lm = ScriptedLM([{"reasoning": "[1] says that it cuts at a gap.", "answer": "At a gap [1]."}])
        step = ChainOfThought(ChainOfThought.Params(), FakeScope(lm))     # the engine makes the scope of a step
        found = step.run("Where?", Passages([Passage("p1", "d1", "", "It cuts at a gap.")])).value
        assert found.text == "At a gap [1]." and found.answer.citations[0].passage_id == "p1"
    """

    class Params(LMParameters):
        """Parameters of ``generate.chain_of_thought``."""

        abstain: bool = ParameterField(True, description="let the LM say that the passages do not hold the answer")

    signature: ClassVar[Signature] = Signature(
        "Answer the question from the numbered passages alone. First reason step by step: which passages bear on the "
        "question, what each of them says, and what follows from that together. Then answer, briefly, and after each "
        "statement write the number of the passage that says it in square brackets, like [2].",
        inputs={"passages": Field("the numbered passages"), "question": Field("the question")},
        outputs={
            "reasoning": Field("the steps that lead to the answer"),
            "answer": Field("the answer, with the numbers of its passages"),
        },
    )
    stream: ClassVar[str | None] = "answer"

    params: Params

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature; a step that may abstain says how."""
        found = super().signature_of(params)
        return found.noted("answer", MAY_ABSTAIN) if params.abstain else found

    def run(self, question: str, passages: Passages) -> Result[Reasoned]:
        """Asks the LM, and checks what it cites."""
        if not passages and self.params.abstain:
            nothing = nothing_given(question)
            return Result(Reasoned(nothing.answer, nothing.answer.text, ""), nothing.decision, nothing.warnings)
        reply = self.ask(passages=numbered(passages), question=question)
        answer, decision, warnings = conclude(reply.answer, passages, self.params.abstain)
        return Result(
            Reasoned(answer, answer.text, reply.reasoning.strip(), reply.tokens("answer")), decision, warnings
        )
