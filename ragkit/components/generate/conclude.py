"""``generate.conclude``: the answer that a reasoning text ends in."""

from __future__ import annotations

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.components.generate._ending import ending
from ragkit.types import Answer, Decision, Passages, Result


class Conclude(Component):
    """Takes the answer out of a text that was written towards one: what follows the last "answer is".

    Use it behind a loop that writes sentence by sentence, and as the way out of a pipeline whose last request the
    budget may not pay for: what was written by then is not lost. A text without the words of ``ending`` was not
    finished: then the whole of it is the answer, with a warning. An empty text is an abstention.

    The answer has the passages that were read and no numbered citations: nobody asked the LM for them. Where the port
    ``answer`` brings one, that is handed on, and the text is not looked at.

    Cost: none. Shape: a text and passages in, and perhaps an answer; an answer out.

    Source: how the evaluation of IRCoT (arXiv 2212.10509, Section 4) and FLARE (arXiv 2305.06983, Section 5) reads
    answers.

    Errors: none.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 4}
          next: {use: generate.next_sentence, passages: found, so_far: {value: "It is one of two."}}
          answer: {use: generate.conclude, text: next.sentence, passages: found}
        output: answer

    Python::

        from ragkit.components.generate.conclude import Conclude

        step = Conclude(Conclude.Params())
        assert step.run("It cuts at a gap. So the answer is: at a gap.").value.text == "at a gap."
        assert step.run("").value.abstained
    """

    class Params(Parameters):
        """Parameters of ``generate.conclude``."""

        ending: str = Field("answer is", min_length=1, description="the words that the answer follows")

    params: Params

    def run(self, text: str, passages: Passages | None = None, answer: Answer | None = None) -> Result[Answer]:
        """Takes the answer out."""
        if answer is not None:
            return Result(answer)
        read = passages or Passages()
        written = text.strip()
        if not written:
            none = Answer("No answer was found: nothing was written.", (), read, abstained=True)
            return Result(none, Decision("answer", "abstained: the text is empty", kept=0, of=len(read)))
        found = list(ending(self.params.ending).finditer(written))
        said = written[found[-1].end() :].lstrip(" \t\n:,–—-") if found else ""
        if said:
            decision = Decision("answer", f"taken from what follows “{self.params.ending}”", of=len(read))
            return Result(Answer(said, (), read), decision)
        told = f"the text does not come to “{self.params.ending}”: the whole of it stands for the answer"
        return Result(Answer(written, (), read), Decision("answer", told, of=len(read)), (told,))
