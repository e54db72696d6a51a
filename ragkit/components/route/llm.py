"""``route.llm``: an LM chooses the label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field as ParameterField

from ragkit.components.route._choice import check_labels, routed
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.types import Label, Result

COMPLEXITY: Mapping[str, str] = {
    "none": "needs no documents: a greeting, arithmetic, a matter of taste, what everybody knows",
    "single": "is answered from one passage: one fact, one definition, one reason",
    "multi": "takes several documents or steps: a comparison, a list, a fact that has to be found before the next",
}
"""The three labels of Adaptive-RAG and what they mean."""


class Llm(LMStep):
    """Asks an LM which of your labels the question has.

    Use it where nobody has labelled questions and the labels can be said in words: by complexity, as it stands, or by
    subject, source or department. ``labels`` says what each means; these meanings stay with the output field when
    ``ragkit optimize`` words the instructions anew and picks demos. With ``reasoning`` the LM says why before it
    chooses, which the trace keeps.

    Nothing calibrates it: an LM names a label and not how sure it is, so there is no probability in its decision and no
    threshold. ``route.complexity``, trained on labelled questions, has both and costs no request; ``ragkit compare``
    holds the two against each other.

    Cost: one LM request, some hundred tokens. Shape: a text in, a label out.

    Source: the generative routing of the survey "Doing More with Less" (arXiv 2502.00409); the default labels are those
    of Adaptive-RAG (arXiv 2403.14403, Section 3.1), whose classifier is a fine-tuned T5.

    Errors: the LM cannot be reached, or names none of the labels: then the question fails, it is not sent anywhere.

    YAML::

        lm: openai/gpt-4.1-mini
        steps:
          kind:
            use: route.llm
            labels:
              small_talk: greets, thanks or jokes
              papers: asks what stands in research papers
          answer:
            use: flow.route
            label: kind
            branches:
              small_talk: {steps: {reply: {use: generate.direct}}, output: reply}
              papers:
                steps: {hits: {use: retrieve.hybrid}, reply: {use: generate.answer, passages: hits}}
                output: reply
        output: answer

    Python::

        from ragkit.components.route.llm import Llm
        from ragkit.testing import FakeScope, ScriptedLM

        step = Llm(Llm.Params(), FakeScope(ScriptedLM([{"label": "multi"}])))    # the engine makes the scope of a step
        assert step.run("Which of CRAG and FLARE is older?").value == "multi"
    """

    class Params(LMParameters):
        """Parameters of ``route.llm``."""

        labels: dict[str, str] = ParameterField(
            default_factory=lambda: dict(COMPLEXITY),
            min_length=2,
            description="the labels, and of each what a question does that has it",
        )
        reasoning: bool = ParameterField(False, description="let the LM say why before it chooses")

    signature: ClassVar[Signature] = Signature(
        "Choose the label of the question. Judge what it takes to answer it; do not answer it.",
        inputs={"question": Field("what the person asked")},
        outputs={"label": Field("the label")},
    )
    output = "label"

    params: Params

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Those of the parameter."""
        return tuple(params["labels"])

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Every label is a name and has a meaning."""
        mute = [label for label, meaning in params.labels.items() if not meaning.strip()]
        if mute:
            return f"the label {mute[0]!r} has no meaning: say in a few words what a question does that has it"
        return check_labels(params.labels)

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature with the labels and their meanings at the output field, and a reason where it is asked for."""
        told = super().signature_of(params)
        meanings = "; ".join(f"{label}: {meaning.strip()}" for label, meaning in params.labels.items())
        label = Field(f"the label; {meanings}", Literal[tuple(params.labels)])
        outputs = {"label": label}
        if params.reasoning:
            outputs = {"reason": Field("in one sentence, what the question takes"), **outputs}
        return Signature(told.instructions, told.inputs, outputs)

    def run(self, question: str) -> Result[Label]:
        """Asks for the label."""
        reply = self.ask(question=question)
        label = str(reply.label)
        if not self.params.reasoning:
            return routed(label, "the LM says so; nothing calibrates it", details={"labels": list(self.params.labels)})
        why = " ".join(str(reply.reason).split())
        details = {"labels": list(self.params.labels), "because": why}
        return routed(label, f"the LM says so, because “{why}”; nothing calibrates it", details=details)
