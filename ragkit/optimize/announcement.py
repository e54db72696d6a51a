"""What an optimisation may come to, told before anything is spent; and limits that cannot be kept, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ragkit.errors import UsageError
from ragkit.lm.accounts import listed_price
from ragkit.lm.step import LMStep
from ragkit.optimize.alone import changing_steps
from ragkit.optimize.limits import Limits, Spent
from ragkit.optimize.parts import Parts
from ragkit.optimize.shares import Shares
from ragkit.optimize.space import combinations
from ragkit.optimize.spending import Spending
from ragkit.optimize.studies import Asked
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Model, Plan, SearchMark, with_fallbacks
from ragkit.trace.words import counted


def check_limits(plan: Plan, limits: Limits, others: Mapping[str, Model] | None = None) -> None:
    """Looks whether the limits can be kept.

    Tokens and money are reserved before a request leaves, so the most that each can come to must be known: how long a
    reply may be, and for money the price.

    Args:
        plan: The plan under its defaults.
        limits: The limits.
        others: LMs that are asked beside those of its steps, by what they are asked for.

    Raises:
        UsageError: They cannot.
    """
    if limits.tokens is None and limits.cost is None:
        return
    option = "--max-tokens" if limits.tokens is not None else "--max-cost"
    asked = dict.fromkeys([*_asked(plan), *_beside(others or {})])
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


def _beside(others: Mapping[str, Model]) -> Iterator[tuple[Model, int | None, str]]:
    return ((model, None, what) for what, one in others.items() for model in with_fallbacks(one))


def _has_price(model: Model) -> bool:
    return model.price is not None or (model.api_base is None and listed_price(model.model) is not None)


def announce(
    plan: Plan, each: int, asked: Asked, parts: Parts, marks: Sequence[SearchMark], shares: Shares,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    """Tells the most LM requests, before the first is sent.

    Args:
        plan: The plan under its defaults.
        each: The most that a run of a question takes.
        asked: What is asked.
        parts: How the questions were parted.
        marks: What is open: a question is asked once only under the same values.
        shares: The phases, and what judging takes.
        tell: Is told.
    """
    if not each:
        return
    told = []
    if "values" in shares.phases:
        different, times = combinations(marks), 1 + ("values again" in shares.phases)
        trials = asked.trials if different is None else min(asked.trials, different * times)
        told.append(f"{each * len(parts.tune) * trials:,} for values")
        if "random" in shares.phases:
            told.append("as many for the random search")
    if "prompts" in shares.phases:
        told.append("for prompts what is said when their optimiser is chosen")
    told.append(f"{shares.judging:,} for judging")
    changing = changing_steps(plan, "values" in shares.phases, "prompts" in shares.phases)
    if len(changing) > 1:
        told.append(f"{each * len(parts.report) * len(changing):,} for what each step contributes")
    capped = "" if asked.limits == Limits() else f"; all together not more than {asked.limits}"
    judged = "" if asked.judge is None else f"; one of the {each:,} of a run goes to the judge, {asked.judge}"
    tell(f"LM requests at most: {', '.join(told)}, repeats of failed ones not counted{judged}{capped}")


def say_spent(spending: Spending, tell: Callable[[str], None]) -> None:
    """What earlier runs of the study have spent: the limits are for all of them."""
    if spending.seconds >= 1:
        calls = spending.spent.calls
        asked = f"{counted(calls, 'LM request')}, " if calls else ""
        tell(f"spent before the stop: {asked}{spending.seconds / 60:.1f} minutes")


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
