"""``judge.abstained``: did the answer say that there is none?"""

from __future__ import annotations

from typing import NamedTuple

from ragkit.component import Component
from ragkit.types import Answer, Decision, Result


class Verdict(NamedTuple):
    """What ``judge.abstained`` gives."""

    abstained: bool


class Abstained(Component):
    """Reads whether an answer abstained, so that another way can be tried: more passages, another source, another LM.

    Use it in ``until`` of a loop that asks with more and more, or in ``when`` of what costs more. Every generator says
    whether it abstained; this makes a condition of it.

    Cost: none. Shape: an answer in, one bool out. Ports: ``abstained`` (bool).

    Source: the self-reflection of Self-Route (arXiv 2407.16833), Section 4, which answers from few passages or says
    that they do not suffice.

    Errors: none.

    YAML::

        steps:
          few: {use: retrieve.hybrid, k: 2}
          short: {use: generate.extractive, passages: few}
          gave_up: {use: judge.abstained, answer: short}
          many: {use: retrieve.hybrid, k: 20, when: gave_up.abstained}
          long: {use: generate.extractive, passages: many}
          answer: {use: flow.first, of: [long, short]}
        output: answer

    Python::

        from ragkit.components.judge.abstained import Abstained
        from ragkit.types import Answer

        assert Abstained(Abstained.Params()).run(Answer("I cannot tell.", abstained=True)).value.abstained
    """

    def run(self, answer: Answer) -> Result[Verdict]:
        """Reads the answer."""
        reason = "the answer abstained" if answer.abstained else "there is an answer"
        return Result(Verdict(answer.abstained), Decision("stop", reason, score=float(answer.abstained), threshold=1.0))
