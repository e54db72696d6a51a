"""``generate.segments``: for each passage, what an LM would write next from that passage alone."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import Calls
from ragkit.components.generate.next_sentence import NONE_YET
from ragkit.lm.passages import written
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class Written(NamedTuple):
    """What ``generate.segments`` gives: a sentence for each of the passages, in their order."""

    segments: list[str]
    passages: Passages


class Segments(LMStep):
    """Writes one sentence from each passage by itself, side by side, for a judge to choose among.

    Use it in front of ``judge.critique``: where passages contradict each other or are beside the point, an LM that sees
    them all mixes them; here each sentence comes from one passage, and the best pair of both is kept.

    Cost: one LM request for each of the first ``most`` passages; the others are left out, as the decision says. Ports:
    ``segments`` (an empty text where the LM wrote nothing), ``passages`` (those that were read).

    Source: Self-RAG (arXiv 2310.11511, Section 3.3 and Algorithm 1: segments from passages in parallel).

    Errors: the LM cannot be reached. Without passages nothing is asked.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 4}
          each: {use: generate.segments, passages: found, so_far: {value: ""}}
          best: {use: judge.critique, segments: each.segments, passages: each.passages}
          answer: {use: generate.conclude, text: best.segment, passages: best.passages}
        output: answer

    Python::

        from ragkit.components.generate.segments import Segments
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        step = Segments(Segments.Params(most=1), FakeScope(ScriptedLM([{"sentence": "It cuts at a gap. Always."}])))
        found = Passages([Passage("a", "a", "", "It cuts at a gap."), Passage("b", "b", "", "Cats sleep.")])
        assert step.run("Where does it cut?", found, "").value.segments == ["It cuts at a gap."]
    """

    class Params(LMParameters):
        """Parameters of ``generate.segments``."""

        most: int = ParameterField(5, ge=1, le=50, description="how many passages to write from, from the first on")

    signature: ClassVar[Signature] = Signature(
        "Answer the question in plain sentences, one at a time. You are given one passage, the question, and what has "
        "been written so far. Write the one sentence that comes next, from what the passage says, and nothing else. "
        "Repeat nothing that stands there, and cite nothing. As soon as the answer follows from what stands there and "
        "in the passage, the next sentence is: So the answer is: …",
        inputs={
            "question": Field("the question"),
            "so_far": Field("what has been written so far"),
            "passage": Field("the passage"),
        },
        outputs={"sentence": Field("the next sentence")},
    )

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """A request for each passage that is read."""
        return Calls(lm=params["most"])

    def run(self, question: str, passages: Passages, so_far: str) -> Result[Written]:
        """Asks for the sentences."""
        from ragkit.corpus.chunks.segmenting import sentence_spans
        from ragkit.lm.asking import side_by_side

        read = passages[: self.params.most]
        if not read:
            return Result(Written([], read), Decision("answer", "no passages: nothing was written"))
        text = so_far.strip() or NONE_YET
        asked = [functools.partial(self.ask, question=question, so_far=text, passage=written(one)) for one in read]
        whole = [reply.sentence.strip() for reply in side_by_side(asked)]
        segments = [one[slice(*spans[0])] if (spans := sentence_spans(one)) else "" for one in whole]
        reason = f"wrote {counted(sum(map(bool, segments)), 'sentence')} from {counted(len(read), 'passage')}"
        left = len(passages) - len(read)
        if left:
            reason += f"; {left} more not read ('most')"
        return Result(Written(segments, read), Decision("answer", reason, of=len(passages)))
