"""What an optimisation may come to, told before anything is spent; and limits that cannot be kept, refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragkit.errors import UsageError
from ragkit.lm.accounts import listed_price
from ragkit.lm.step import LMStep
from ragkit.optimize.limits import Limits, Spent
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Model, Plan, with_fallbacks


def check_limits(plan: Plan, limits: Limits, others: Sequence[Model] = ()) -> None:
    """Looks whether the limits can be kept.

    Tokens and money are reserved before a request leaves, so the most that each can come to must be known: how long a
    reply may be, and for money the price.

    Args:
        plan: The plan under its defaults.
        limits: The limits.
        others: LMs that are asked beside those of its steps.

    Raises:
        UsageError: They cannot.
    """
    if limits.tokens is None and limits.cost is None:
        return
    option = "--max-tokens" if limits.tokens is not None else "--max-cost"
    asked = dict.fromkeys([*_asked(plan), *((model, None, "proposals") for model in others)])
    endless = [(model, who) for model, most, who in asked if most is None and model.max_tokens is None]
    if endless:
        who = ", ".join(dict.fromkeys(who for _, who in endless))
        raise UsageError(
            f"{option} cannot be kept: nothing says how long a reply of the LM {endless[0][0].model!r} may be ({who})",
            hint="`max_tokens: 1000` under `lms`, or on the step",
        )
    if limits.cost is None:
        return
    unknown = [model for model, _, _ in asked if not _has_price(model)]
    if unknown:
        where = "" if unknown[0].api_base is None else f" at {unknown[0].api_base}"
        raise UsageError(
            f"--max-cost cannot be kept: the price of the LM {unknown[0].model!r}{where} is not known",
            hint="`price: {input: 0.15, output: 0.6}` under `lms`, in US dollars for a million tokens; or limit what "
            "is sent: --max-calls, --max-tokens",
        )


def _has_price(model: Model) -> bool:
    return model.price is not None or (model.api_base is None and listed_price(model.model) is not None)


def estimate(spent: Spent, questions: int) -> str | None:
    """What the first trial has cost, for a guess at the others; None where no LM was asked.

    Args:
        spent: What it has spent.
        questions: How many questions it ran.
    """
    if not spent.calls:
        return None
    parts = [f"{spent.calls / questions:.1f} LM requests"]
    parts += [] if spent.unsaid_tokens else [f"{spent.tokens / questions:,.0f} tokens"]
    parts += [] if spent.unsaid_cost else [f"{spent.cost / questions:.2g} US dollars"]
    return f"an estimate from the first trial: {', '.join(parts)} a question, {questions} questions a trial at most"


def _asked(plan: Plan) -> Iterator[tuple[Model, int | None, str]]:
    """Every LM that a step may ask, with the step's own bound on replies, and the step."""
    for step in steps_of(plan.root):
        if issubclass(step.component, LMStep):
            for model in with_fallbacks(step.lm):
                yield model, step.params.max_tokens, step.path
