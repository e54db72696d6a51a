"""``judge.preferred``: of two versions of a text, the one that helps more to answer the question."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from ragkit.components.judge.unchanged import Unchanged
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.types import Decision, Result


class Preference(NamedTuple):
    """What ``judge.preferred`` gives: the better text, and whether that is the new one, or not."""

    best: str
    improved: bool
    failed: bool


class Preferred(LMStep):
    """Asks an LM whether a new version of a text is better than the one before, and keeps the better one.

    Use it in a ``flow.loop`` that improves a note or a draft round by round, so that a round cannot make it worse:
    ``best`` is what the next round carries, and ``failure: ….failed`` with ``max_failures`` ends the loop when
    improvement has come to its end. Better is what says more that the question needs: key information, all its aspects,
    detail, use. Where the two say the same, or the new one is empty, nothing is asked, and the old one stays.

    Cost: one LM request. Ports: ``best`` (str), ``improved`` (bool), ``failed`` (bool, its opposite).

    Source: Adaptive-Note (arXiv 2410.08821, Section 3.3, the comparison of notes).

    Errors: the LM cannot be reached, or its reply has no verdict.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 5}
          note: {use: lm.predict, signature: "passages, question -> note", passages: found}
          more: {use: retrieve.hybrid, query: note, k: 5}
          longer: {use: lm.predict, signature: "passages, question, note -> longer_note", passages: more, note: note}
          best: {use: judge.preferred, before: note, after: longer}
          answer: {use: generate.conclude, text: best, passages: more}
        output: answer

    Python::

        from ragkit.components.judge.preferred import Preferred
        from ragkit.testing import FakeScope, ScriptedLM

        step = Preferred(Preferred.Params(), FakeScope(ScriptedLM([{"second_is_better": True}])))
        assert step.run("Where does it cut?", "It cuts.", "It cuts at a gap.").value.best == "It cuts at a gap."
    """

    signature: ClassVar[Signature] = Signature(
        "Two notes were taken to answer the question. Decide whether the second is better than the first: it holds key "
        "information for the question that the first lacks, covers more of its aspects, gives more detail that bears "
        "on it, or can be put to better use. A note that is only longer, or lost what matters, is not better.",
        inputs={
            "question": Field("the question"),
            "first": Field("the first note"),
            "second": Field("the second note"),
        },
        outputs={"second_is_better": Field("whether the second note is better than the first", bool)},
    )

    def run(self, question: str, before: str, after: str) -> Result[Preference]:
        """Asks for the verdict."""
        if not after.strip():
            return _told(before, False, "the new text is empty")
        if Unchanged(Unchanged.Params()).run(before, after).value.unchanged:
            return _told(before, False, "the new text says the same")
        if self.ask(question=question, first=before, second=after).second_is_better:
            return _told(after, True, "the new text is better, as the LM judges")
        return _told(before, False, "the new text is not better, as the LM judges")


def _told(best: str, improved: bool, reason: str) -> Result[Preference]:
    decision = Decision("judge", reason, score=float(improved), threshold=1.0)
    return Result(Preference(best, improved, not improved), decision)
