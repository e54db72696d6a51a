"""Handing an LM step what it runs with: its predictor, and a ledger that pays from the question's budget."""

from __future__ import annotations

from dataclasses import replace

from ragkit.component import Calls
from ragkit.engine.frame import Frame
from ragkit.lm.handed import Handed
from ragkit.lm.ledger import Ledger
from ragkit.lm.step import LMStep
from ragkit.spec.plan import Step
from ragkit.trace.model import Span
from ragkit.types import Result, Usage

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
        self._logprobs = step.logprobs
        self._component = component
        self._calls = calls

    def over(self, component: LMStep, frame: Frame) -> tuple[LMStep, Ledger]:
        """The component as it runs for one frame, and the ledger of that execution."""
        asking, purse = frame.question.asking, frame.question.purse
        on_text = asking.on_text if self._path in asking.last else None
        ledger = Ledger(self._calls.lm, lambda: purse.reserve(_ONE), purse.seconds_left, asking.responses, on_text)
        own = self._component.own_predictor()
        compiled = asking.predictors.get(self._path)
        handed = Handed(compiled or own, own.own_lm, ledger, self._logprobs, compiled is not None)
        return component.handed(handed), ledger

    def settle(self, ledger: Ledger, frame: Frame, span: Span, outcome: object) -> object:
        """Writes into the span what the LM was asked, whatever came of it, and settles the budget.

        Returns:
            The outcome, with the warnings of the ledger and what was spent.
        """
        usage = replace(ledger.usage, lm_calls=ledger.sent)
        frame.question.purse.settle(replace(self._calls, lm=ledger.reserved), usage)
        span.requests = tuple(ledger.requests)
        span.usage = usage
        if ledger.refused is not None:
            frame.question.stop(f"budget: {ledger.refused}")
        self._tell_unknown(frame, usage)
        if isinstance(outcome, Exception):
            span.warnings = tuple(ledger.warnings)
            return outcome
        given = outcome if type(outcome) is Result else Result(outcome)
        return Result(given.value, given.decision, (*ledger.warnings, *given.warnings), usage)

    def _tell_unknown(self, frame: Frame, usage: Usage) -> None:
        limited = frame.question.purse.budget.tokens is not None
        if limited and usage.lm_calls and (usage.prompt_tokens is None or usage.completion_tokens is None):
            frame.question.warn(f"{self._path}: the server says no tokens, so the budget for tokens cannot count them")
