"""``judge.sufficiency``: do the passages together hold the answer, and what is missing?"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from ragkit.components.query._wording import tidy
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class Sufficient(NamedTuple):
    """What ``judge.sufficiency`` gives: whether the passages suffice, and what to search for where they do not."""

    sufficient: bool
    missing: str


class Sufficiency(LMStep):
    """Asks an LM whether the passages hold all that is needed for an answer, and what to look for if they do not.

    Use it in ``until`` of a loop that gathers evidence: ``missing`` is a query for the next round. It is empty where
    nothing is missing.

    Cost: one LM request. Ports: ``sufficient`` (bool), ``missing`` (str).

    Source: Joren et al., "Sufficient Context" (arXiv 2411.06037), Section 3, whose prompted judge this is; what is
    missing as the next query as in Adaptive-Note (arXiv 2410.08821), Section 3.

    Errors: the LM cannot be reached, or its reply has no verdict. Without passages nothing is asked: they do not
    suffice, and the question is what is missing. Where the LM says that something is missing and not what, the question
    stands in its place, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 5}
          enough: {use: judge.sufficiency, passages: found}
          more: {use: retrieve.hybrid, query: enough.missing, k: 5, when: {not: enough.sufficient}}
          evidence: {use: fuse.union, passages: [found, more]}
        output: evidence

    Python::

        from ragkit.components.judge.sufficiency import Sufficiency
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        lm = ScriptedLM([{"sufficient": False, "missing": "size of the buffer"}])
        step = Sufficiency(Sufficiency.Params(), FakeScope(lm))    # the engine makes the scope of a step
        verdict = step.run("How large is it?", Passages([Passage("a", "a", "", "It adds a buffer.")])).value
        assert not verdict.sufficient and verdict.missing == "size of the buffer"
    """

    signature: ClassVar[Signature] = Signature(
        "Decide whether the numbered passages together hold everything that is needed to answer the question "
        "completely and without guessing. If they do not, name what is missing as a short search query, with the names "
        "that are known by now. Do not answer the question.",
        inputs={"passages": Field("the numbered passages"), "question": Field("the question")},
        outputs={
            "sufficient": Field("whether the passages suffice", bool),
            "missing": Field("a search query for what is missing; empty where nothing is"),
        },
    )

    def run(self, question: str, passages: Passages) -> Result[Sufficient]:
        """Asks for the verdict."""
        if not passages:
            reason = "nothing was found yet: the question is what is missing"
            return Result(Sufficient(False, question), Decision("judge", reason, of=0, score=0.0, threshold=1.0))
        reply = self.ask(passages=numbered(passages), question=question)
        missing = tidy(reply.missing)
        of = counted(len(passages), "passage")
        if reply.sufficient:
            decision = Decision("judge", f"{of} suffice", of=len(passages), score=1.0, threshold=1.0)
            return Result(Sufficient(True, ""), decision)
        warnings: tuple[str, ...] = ()
        if not missing:
            missing = question
            warnings = ("the LM did not say what is missing: the question stands in its place",)
        reason = f"{of} do not suffice; missing: “{missing}”"
        decision = Decision("judge", reason, of=len(passages), score=0.0, threshold=1.0)
        return Result(Sufficient(False, missing), decision, warnings)
