"""Handing an LM step what it runs with: its predictor, and a ledger that pays from the question's budget."""

from __future__ import annotations

from dataclasses import replace

from ragkit.component import Calls
from ragkit.engine.frame import Frame
from ragkit.lm.ledger import Ledger
from ragkit.lm.step import Handed, LMStep
from ragkit.spec.plan import Step
from ragkit.types import Usage

_ONE = Calls(lm=1)


class Hand:
    """Hands one LM step over, for each of its executions.

    Args:
        step: The step.
        component: Its component, whose own predictor a run uses that no compiled program asked for.
        calls: What the engine reserves before a run.
    """

    def __init__(self, step: Step, component: LMStep, calls: Calls) -> None:
        self._path = step.path
        self._component = component
        self._calls = calls

    def over(self, component: LMStep, frame: Frame) -> tuple[LMStep, Ledger]:
        """The component as it runs for one frame, and the ledger of that execution."""
        question = frame.question
        predictor = question.predictors.get(self._path) or self._component.own_predictor()
        purse = question.purse
        ledger = Ledger(self._calls.lm, lambda: purse.reserve(_ONE), purse.seconds_left)
        return component.handed(Handed(predictor, ledger)), ledger

    def spent(self, ledger: Ledger, frame: Frame) -> Usage:
        """What the execution spent; whatever it reserved and did not use goes back to the budget."""
        usage = replace(ledger.usage, lm_calls=ledger.sent)
        frame.question.purse.settle(replace(self._calls, lm=ledger.reserved), usage)
        return usage
