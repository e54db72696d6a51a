"""Numbers and verdicts in words, the same in the terminal, in Markdown and in the page."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.evaluate.compare.comparison import Comparison
from ragkit.evaluate.compare.difference import Difference, Verdict
from ragkit.evaluate.compare.measures import COSTS, SHOWN

SIGNS: dict[Verdict, str] = {"better": "▲", "worse": "▼", "not distinguishable": "·"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""How sides are called where there is no room for their label."""


def number(value: float | None, measure: str) -> str:
    """A number for a person: shares to three digits, counts as counts, seconds with their unit."""
    if value is None:
        return "–"
    if measure.endswith("seconds"):
        return f"{value * 1000:.1f} ms" if abs(value) < 1 else f"{value:.2f} s"
    if measure.endswith("tokens"):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"
    if measure.endswith("calls"):
        return f"{value:.2f}"
    return f"{value:.4g}" if measure == "cost" else f"{value:.3f}"


def signed(value: float | None, measure: str) -> str:
    """A difference, with its sign; one that rounds to nothing has none."""
    shown = number(value, measure)
    if value is None or not any(digit in shown for digit in "123456789"):
        return shown.removeprefix("-")
    return shown if value < 0 else f"+{shown}"


def ends(low: float | None, high: float | None, measure: str, plus: bool = True) -> str:
    """An interval, as ``[-0.012, +0.030]``; a dash where there is none."""
    if low is None or high is None:
        return "–"
    show = signed if plus else number
    left, right = show(low, measure), show(high, measure)
    unit = next((unit for unit in (" ms", " s") if left.endswith(unit) and right.endswith(unit)), "")
    return f"[{left.removesuffix(unit)}, {right.removesuffix(unit)}]{unit}"


def p_value(p: float | None) -> str:
    """A p-value with as many digits as say something."""
    if p is None:
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def counts(difference: Difference) -> str:
    """Wins, losses and ties, as ``12/4/167``; a dash where no question wins or loses by itself."""
    if difference.wins is None:
        return "–"
    return f"{difference.wins}/{difference.losses}/{difference.ties}"


def quality(comparison: Comparison) -> tuple[str, ...]:
    """The measures of quality that a person is shown; where none of the usual ones is known, all that are."""
    usual = tuple(name for name in SHOWN if name in comparison.measures)
    return usual or tuple(name for name in comparison.measures if name not in COSTS)


def costs(comparison: Comparison) -> tuple[str, ...]:
    """The costs that a person is shown: those that are known and not 0 on every side."""
    found = comparison.measures
    return tuple(
        name for name in COSTS if name in found and any(level.mean for level in found[name].levels.values())
    )  # fmt: skip


def shown(comparison: Comparison, asked: Sequence[str]) -> tuple[str, ...]:
    """The measures that a person is shown: those that were asked for and are known, else the usual ones."""
    if asked:
        return tuple(name for name in asked if name in comparison.measures)
    return (*quality(comparison), *costs(comparison))


def primary(comparison: Comparison, asked: Sequence[str] = ()) -> str | None:
    """The measure that is shown by kind: the first that was asked for, else the first of quality."""
    return next((name for name in (*asked, *quality(comparison)) if name in comparison.measures), None)


def sentences(comparison: Comparison, names: Sequence[str], label: str, called: tuple[str, str]) -> list[str]:
    """What the table comes to: what is better, what is worse, and what cannot be told apart.

    Args:
        comparison: The comparison.
        names: The measures that were shown.
        label: The side.
        called: How the side and the baseline are called in the sentence.
    """
    verdicts: dict[str, list[str]] = {}
    for name in names:
        difference = comparison.measures[name].differences.get(label)
        if difference is not None and difference.verdict is not None:
            verdicts.setdefault(difference.verdict, []).append(name)
    side, baseline = called
    told = [
        f"{side} is {verdict} than {baseline} in {', '.join(verdicts[verdict])}."
        for verdict in ("better", "worse")
        if verdict in verdicts
    ]
    if not told and verdicts:
        return [f"No difference between {side} and {baseline} can be told from none, in any metric shown."]
    if "not distinguishable" in verdicts:
        told.append(f"Not distinguishable from no difference: {', '.join(verdicts['not distinguishable'])}.")
    return told
