"""``gate.p_true``: retrieve where the LM itself does not hold its answer for true."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ragkit.component import Need
from ragkit.components.gate._deciding import Gated, GateParameters, Rule, check_threshold, gated, read_rule
from ragkit.components.gate._measures import without
from ragkit.components.gate.methods.verdicts import p_true
from ragkit.errors import LMError
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.types import Answer, Result

YES, NO = "True", "False"


class PTrue(LMStep):
    r"""Asks the LM whether its own answer is true, and decides by the probability of the word it says.

    Use it where one request more is cheaper than ten samples. The uncertainty is 1 less the probability of "True",
    shared out between "True" and "False" in the log-probabilities of that one word. ``samples``, where they are there,
    are shown as other answers that were given: an LM judges better when it sees what else it might have said.

    Retrieved is from ``threshold`` up, or from where ``ragkit train gate`` found it best on labelled questions.

    Cost: one LM request. Ports: ``retrieve`` (bool), ``uncertainty`` (0 to 1, higher is less certain).

    Source: Kadavath et al., "Language Models (Mostly) Know What They Know" (arXiv 2207.05221, Section 3).

    Errors: the LM's server gives no log-probabilities (the message names the methods of ``gate.uncertainty`` that do
    without), or the LM says neither word.

    YAML::

        steps:
          draft: {use: generate.direct}
          gate: {use: gate.p_true, draft: draft, threshold: 0.5}
          hits: {use: retrieve.hybrid, k: 10, when: gate.retrieve}
          informed: {use: generate.answer, passages: hits}
          answer: {use: flow.first, of: [informed, draft]}
        output: answer

    Python::

        from ragkit.components.gate.p_true import PTrue
        from ragkit.testing import FakeScope, Said, ScriptedLM
        from ragkit.types import Answer

        word = ("True", -0.105, {"True": -0.105, "False": -2.303})              # 0.9 and 0.1
        spelled = [("[[ ## verdict ## ]]\n", 0.0), word, ("\n\n[[ ## completed ## ]]", 0.0)]
        lm = ScriptedLM([Said({"verdict": "True"}, spelled)])
        gate = PTrue(PTrue.Params(threshold=0.5), FakeScope(lm))
        assert round(gate.run("Where is the Louvre?", Answer("Paris")).value.uncertainty, 2) == 0.1
    """

    class Params(LMParameters, GateParameters):
        """Parameters of ``gate.p_true``."""

    signature: ClassVar[Signature] = Signature(
        "Somebody proposed an answer to the question. Say whether it is true.",
        inputs={
            "question": Field("the question"),
            "others": Field("other answers that were given"),
            "answer": Field("the proposed answer"),
        },
        outputs={"verdict": Field(f"{YES} or {NO}", Literal["True", "False"])},
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LM, Need.LOGPROBS})
    trained_by = "gate"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._rule: Rule | None = None
        self._ready = False

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Whether there is a threshold."""
        return check_threshold(params)

    def conditions(self) -> dict[str, Any]:
        """What the uncertainty hangs on: a trained file is for these alone."""
        return {"method": "p_true"}

    def warm_up(self) -> None:
        """Reads the trained file and opens the LM."""
        super().warm_up()
        self._rule = read_rule(self.params.state, "gate.p_true", self.conditions())
        self._ready = True

    def run(self, question: str, draft: Any, samples: list[str] | None = None) -> Result[Gated]:
        """Asks for the verdict and decides."""
        if not self._ready:
            self.warm_up()
        answer = draft.text if isinstance(draft, Answer) else str(draft)
        others = "\n".join(dict.fromkeys(samples or ())) or "none"
        reply = self.ask(question=question, others=others, answer=answer)
        tokens = reply.tokens("verdict")
        if not tokens:
            raise LMError(
                "'gate.p_true' reads log-probabilities, and the LM gave none",
                hint="use an LM whose server gives them, or 'gate.uncertainty' with a method that does without: "
                + without(),
            )
        try:
            uncertainty = p_true(tokens, YES, NO)
        except ValueError as error:
            raise LMError(f"the LM's verdict cannot be read: {error}", hint="the trace has the reply") from error
        told = {"verdict": reply.verdict, "samples": len(samples or ())}
        return gated("p_true", "from 0 to 1", uncertainty, self.params.threshold, self._rule, told)
