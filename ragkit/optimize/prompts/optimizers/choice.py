"""Which optimiser: the one that was asked for, or what fits the data and what the metric can explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.row import Row
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.optimizers.better_together import BetterTogether
from ragkit.optimize.prompts.optimizers.bootstrap import Bootstrap
from ragkit.optimize.prompts.optimizers.bootstrap_rs import BootstrapRS
from ragkit.optimize.prompts.optimizers.copro import Copro
from ragkit.optimize.prompts.optimizers.gepa import Gepa
from ragkit.optimize.prompts.optimizers.mipro import Mipro
from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size
from ragkit.optimize.prompts.optimizers.simba import Simba

Name = Literal["auto", "bootstrap", "bootstrap-rs", "mipro", "gepa", "simba", "copro", "better-together"]
OPTIMIZERS: Mapping[str, type[Optimizer]] = {
    cls.name: cls for cls in (Bootstrap, BootstrapRS, Mipro, Gepa, Simba, Copro, BetterTogether)
}
FEW, MANY = 20, 100
"""Fewer questions are enough for a handful of demos only; more let instructions and demos be searched together."""
EXPLAINED = 0.5
"""The share of questions that lost something for which attribution must know why, for feedback to be worth asking."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An optimiser, how thorough it is, the most that it does, and why it was taken."""

    optimizer: Optimizer
    level: Level
    most: Most
    why: str


def optimizer_of(name: str, strategy: str | None = None) -> Optimizer:
    """The optimiser of a name.

    Args:
        name: Its name.
        strategy: For ``better-together``: names in their order, ``gepa -> bootstrap-rs``; None takes its own.

    Raises:
        UsageError: A name in the strategy is no optimiser that can be part of one.
    """
    if strategy is None or name != BetterTogether.name:
        return OPTIMIZERS[name]()
    parts = {each: cls for each, cls in OPTIMIZERS.items() if cls is not BetterTogether}
    names = [each.strip() for each in strategy.split("->")]
    for each in names:
        if each not in parts:
            raise UsageError(
                f"the strategy has {each!r}{did_you_mean(each, parts)}; its parts are {', '.join(parts)}",
                hint="--strategy 'mipro -> gepa'",
            )
    return BetterTogether([parts[each] for each in names])


def choose(
    name: Name,
    size: Size,
    rows: Sequence[Row],
    objective: Objective,
    each: int,
    pays: int | None,
    strategy: str | None = None,
) -> Chosen:
    """The optimiser and the most thorough level that the budget pays for.

    Args:
        name: What was asked for.
        size: How much there is to work on.
        rows: The rows of the pipeline as it is, on the tuning questions: what they lack, and whether it is known why.
        objective: What is searched for.
        each: The most LM requests of a run.
        pays: The most requests that may be sent; None is no limit.
        strategy: That of ``better-together``.

    Raises:
        UsageError: The budget does not pay for the smallest level, or the strategy is none.
    """
    names, why = ((name,), "as asked for") if name != "auto" else _fitting(size, rows, objective)
    needed = []
    for each_name in names:
        optimizer = optimizer_of(each_name, strategy)
        for level in optimizer.levels:
            most = optimizer.most(size, level)
            if pays is None or most.requests(each) <= pays:
                joined = f"{optimizer.order}; " if isinstance(optimizer, BetterTogether) else ""
                return Chosen(optimizer, level, most, joined + why)
        needed.append((optimizer.most(size, optimizer.levels[-1]).requests(each), each_name))
    least, cheapest = min(needed)
    raise UsageError(
        f"the budget leaves {pays:,} LM requests for prompts; {cheapest!r} takes up to {least:,} at its smallest",
        hint="raise --max-calls, or use fewer questions",
    )


def again(name: str, level: Level, why: str, size: Size, strategy: str | None = None) -> Chosen:
    """What was chosen before a stop."""
    optimizer = optimizer_of(name, strategy)
    return Chosen(optimizer, level, optimizer.most(size, level), why)


def _fitting(size: Size, rows: Sequence[Row], objective: Objective) -> tuple[tuple[str, ...], str]:
    """Names in the order in which they are tried, and why."""
    n = size.train + size.validation
    values = [(row, row["metrics"].get(objective.maximize)) for row in rows]
    lost = [row for row, value in values if value is not None and value < 1.0]
    told = [row for row in lost if row["cause"] is not None or row["error"] is not None]
    explains = bool(lost) and len(told) / len(lost) >= EXPLAINED
    reason = f"{len(told)} of the {len(lost)} questions that lose something have a known cause"
    if n < FEW:
        return ("bootstrap",), f"{n} questions are few: good runs become examples, and nothing is chosen among many"
    if n <= MANY:
        if explains:
            return ("gepa", "bootstrap-rs", "bootstrap"), f"{n} questions, and {reason}: it can be told what went wrong"
        return ("bootstrap-rs", "bootstrap"), f"{n} questions, and only {reason}: examples need no feedback"
    if explains:
        return (
            ("better-together", "mipro", "gepa", "bootstrap-rs", "bootstrap"),
            f"{n} questions let instructions and examples be searched together, and {reason}: gepa goes on from there",
        )
    return ("mipro", "bootstrap-rs", "bootstrap"), f"{n} questions let instructions and examples be searched together"
