"""``generate.decline``: says that a question needs no documents, and answers nothing."""

from __future__ import annotations

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.types import Answer, Decision, Result


class Decline(Component):
    """Answers that the question needs no documents: the end of a branch without retrieval where no LM is set.

    Use it in the branch that a router takes for greetings, arithmetic and what everybody knows. With an LM put
    ``generate.direct`` there, which answers them. Behind a gate it stands in for an answer that was skipped: where one
    is there, under ``unless``, it is handed on as it is.

    Cost: none. Shape: a text in, an answer out that says ``abstained``.

    Source: the "no retrieval" branch of Adaptive-RAG (arXiv 2403.14403, Section 3.1) for a pipeline without an LM.

    Errors: none.

    YAML::

        steps:
          reply: {use: generate.decline, text: Ask me about the papers; this question needs no documents.}
        output: reply

    Python::

        from ragkit.components.generate.decline import Decline

        answer = Decline(Decline.Params()).run("Hello!").value
        assert answer.abstained and "needs no documents" in answer.text
    """

    class Params(Parameters):
        """Parameters of ``generate.decline``."""

        text: str = Field(
            "This question needs no documents, and there is no language model here that could answer it without.",
            min_length=1,
            description="what is answered; evaluation looks for 'needs no documents' in it",
        )

    params: Params

    def run(self, question: str, unless: Answer | None = None) -> Result[Answer]:
        """Declines, unless there is an answer."""
        if unless is not None:
            return Result(unless)
        answer = Answer(self.params.text, abstained=True)
        return Result(answer, Decision("answer", "nothing was retrieved: the question needs no documents"))
