"""``generate.append``: a text that grows sentence by sentence, and when it is complete."""

from __future__ import annotations

import re
from typing import NamedTuple

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.components.generate._ending import ending
from ragkit.trace.words import counted, one_line
from ragkit.types import Decision, Result

_SPACES = re.compile(r"\W+")


class Grown(NamedTuple):
    """What ``generate.append`` gives: the longer text, whether it is complete, and whether nothing came of it."""

    text: str
    ended: bool
    stalled: bool


class Append(Component):
    """Puts a new sentence, or several, behind a text, and says whether the text is complete or has stopped growing.

    Use it in a ``flow.loop`` whose rounds write one sentence each: ``text`` is what the next round carries, ``until:
    ….ended`` ends the loop when the answer was given, and ``failure: ….stalled`` with ``max_failures`` when the writer
    has nothing more to say. The text is complete when a new sentence holds the words of ``ending``; what comes after
    that sentence is left out, and the decision says so. A sentence that is empty, or stands in the text already, is not
    put behind it: then the text has stalled. LMs that run dry repeat themselves, and another round would not help.

    Cost: none. Shape: two texts in, one text out. Ports: ``text``, ``ended`` (bool), ``stalled`` (bool).

    Source: the end of the loops of IRCoT (arXiv 2212.10509, Section 3.1: "answer is" in the last sentence) and of
    DRAGIN's code (arXiv 2403.10081: no progress).

    Errors: none.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 4}
          one: {use: generate.next_sentence, passages: found, so_far: {value: ""}}
          text: {use: generate.append, text: {value: ""}, sentence: one.sentence}
          two: {use: generate.next_sentence, passages: found, so_far: text}
          whole: {use: generate.append, text: text, sentence: two.sentence}
          answer: {use: generate.conclude, text: whole, passages: found}
        output: answer

    Python::

        from ragkit.components.generate.append import Append

        step = Append(Append.Params())
        assert step.run("It cuts.", "So the answer is: at a gap.").value == (
            "It cuts. So the answer is: at a gap.", True, False)
        assert step.run("It cuts.", "it cuts").value == ("It cuts.", False, True)
    """

    class Params(Parameters):
        """Parameters of ``generate.append``."""

        ending: str = Field(
            "answer is", min_length=1, description="the words that the last sentence holds, whatever their case"
        )

    params: Params

    def run(self, text: str, sentence: str) -> Result[Grown]:
        """Puts the sentence behind the text."""
        from ragkit.corpus.chunks.segmenting import sentence_spans

        before, new = text.strip(), " ".join(sentence.split())
        spans = sentence_spans(new)
        known = {_plain(before[start:end]) for start, end in sentence_spans(before)}
        if all(_plain(new[start:end]) in known for start, end in spans):
            why = "it stands there already" if spans else "there is none"
            return _told(before, False, True, f"nothing was added to the text: {why}", new)
        words = ending(self.params.ending)
        last = next((end for start, end in spans if words.search(new, start, end)), None)
        grown = f"{before} {new[:last]}".strip()
        if last is None:
            length = counted(len(sentence_spans(grown)), "sentence")
            return _told(grown, False, False, f"the text goes on: {length}", new)
        dropped = sum(start >= last for start, _ in spans)
        after = f"; {counted(dropped, 'sentence')} after that left out" if dropped else ""
        return _told(grown, True, False, f"the text is complete: it says “{self.params.ending}”{after}", new)


def _told(text: str, ended: bool, stalled: bool, reason: str, new: str) -> Result[Grown]:
    details = {"added": one_line(new), "ended": ended, "stalled": stalled}
    return Result(Grown(text, ended, stalled), Decision("stop", reason, details=details))


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.casefold()).strip()
