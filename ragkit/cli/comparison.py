"""A comparison as a person reads it in a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragkit.cli import console
from ragkit.cli.tables import rendered, table
from ragkit.evaluate.compare.conditions import told_apart
from ragkit.evaluate.compare.words import (
    LETTERS,
    SIGNS,
    counts,
    ends,
    number,
    p_value,
    primary,
    sentences,
    shown,
    signed,
)
from ragkit.trace.words import one_line

if TYPE_CHECKING:
    from rich.text import Text

    from ragkit.evaluate.compare.comparison import Comparison
    from ragkit.evaluate.compare.difference import Verdict
    from ragkit.evaluate.compare.flips import Flip
    from ragkit.evaluate.compare.gate import Judged
    from ragkit.evaluate.compare.measuring import Measured
    from ragkit.evaluate.compare.side import Side

_COLORS: dict[str, console.Style] = {"better": "green", "worse": "red"}


def comparison_text(comparison: Comparison, asked: Sequence[str] = (), flips: int = 10) -> str:
    """The whole comparison.

    Args:
        comparison: The comparison.
        asked: The measures to show; the usual ones where there are none.
        flips: The most flipped questions to list for each side.
    """
    letters = dict(zip((side.label for side in comparison.sides), LETTERS, strict=False))
    names = shown(comparison, asked)
    blocks = [_head(comparison, letters)]
    for side in comparison.others:
        blocks += list(_against(comparison, side, letters, names, asked))
    blocks += list(_causes(comparison, letters))
    for side in comparison.others:
        blocks += list(_flips(comparison, side, letters, flips))
    method = comparison.method
    told = [f"Intervals: {method['interval']}. p: {method['test']}."]
    if method["correction"]:
        told.append(f"p is corrected: {method['correction']}.")
    blocks.append("\n".join(console.style(console.wrap(line), "dim") for line in told))
    return "\n\n".join(blocks)


def judged_text(judged: Sequence[Judged]) -> str:
    """What ``--fail-if`` came to, a line for each condition and side."""
    lines = []
    for one in judged:
        measure = one.gate.constraint.metric
        if one.failed is None:
            state = console.style("not known", "yellow")
        else:
            state = console.style("fails", "red") if one.failed else console.style("passes", "green")
        lines.append(f"{state}  {one.gate}  {console.clean(one.label)}: {signed(one.value, measure)} (n = {one.n})")
    return "\n".join(lines)


def _head(comparison: Comparison, letters: dict[str, str]) -> str:
    lines = [console.style(f"{console.count(comparison.n, 'question')} on every side", "bold")]
    width = max(len(comparison.baseline.label) + len(" (baseline)"), *(len(side.label) for side in comparison.others))
    for side, told in zip(comparison.sides, told_apart(comparison.sides), strict=True):
        role = " (baseline)" if side is comparison.baseline else ""
        label = f"{console.clean(side.label)}{role}".ljust(width)
        lines.append(_cut(f"{letters[side.label]}  {label}  {console.clean(told)}"))
    for warning in comparison.warnings:
        lines.append(console.style(console.wrap(warning, "  ", "! "), "yellow"))
    return "\n".join(lines)


def _cut(text: str) -> str:
    """The text cut to the terminal's width."""
    return text if len(text) <= console.width() else text[: console.width() - 1] + "…"


def _against(
    comparison: Comparison, side: Side, letters: dict[str, str], names: Sequence[str], asked: Sequence[str]
) -> Iterator[str]:
    """One side against the baseline: the table, what it comes to, and the first measure by kind."""
    told = sentences(comparison, names, side.label, (letters[side.label], letters[comparison.baseline.label]))
    rows = [(name, comparison.measures[name]) for name in names]
    yield _table(comparison, side, letters, "", rows)
    yield "\n".join(console.wrap(sentence) for sentence in told)
    first = primary(comparison, asked)
    if first is None or len(comparison.by_kind) < 2:
        return
    kinds = [(kind, found[first]) for kind, found in comparison.by_kind.items() if first in found]
    if kinds:
        yield _table(comparison, side, letters, f"{first}, by kind", kinds)


def _table(
    comparison: Comparison, side: Side, letters: dict[str, str], title: str, rows: Sequence[tuple[str, Measured]]
) -> str:
    a, b = letters[comparison.baseline.label], letters[side.label]
    made = table(title, a, b, f"{b}-{a}", "95 % interval", "p", "+/-/=", "", gap=1)
    for name, found in rows:
        left, right = found.levels.get(comparison.baseline.label), found.levels.get(side.label)
        difference = found.differences.get(side.label)
        cells = [number(None if level is None else level.mean, found.measure) for level in (left, right)]
        if difference is None or difference.verdict is None:
            made.add_row(console.clean(name), *cells, "–", "–", "–", "–", "")
            continue
        made.add_row(
            console.clean(name), *cells, signed(difference.mean, found.measure),
            ends(difference.low, difference.high, found.measure), p_value(difference.p_holm),
            counts(difference) if difference.wins is not None else f"n={difference.n}", _sign(difference.verdict),
        )  # fmt: skip
    return rendered(made)


def _sign(verdict: Verdict) -> Text:
    from rich.text import Text

    return Text(SIGNS[verdict], style=_COLORS.get(verdict, "dim"))


def _causes(comparison: Comparison, letters: dict[str, str]) -> Iterator[str]:
    made = table("how questions ended", *letters.values())
    for state in comparison.endings:
        made.add_row(console.clean(state), *(f"{comparison.states[label][state]:,}" for label in letters))
    yield rendered(made)


def _flips(comparison: Comparison, side: Side, letters: dict[str, str], most: int) -> Iterator[str]:
    found = comparison.flips[side.label]
    if not found:
        return
    lost = sum(flip.turned == "lost" for flip in found)
    a, b = letters[comparison.baseline.label], letters[side.label]
    lines = [console.style(f"flipped from {a} to {b}: {len(found) - lost} won, {lost} lost", "bold")]
    listed = found if most >= len(found) else _some(found, most)
    for flip in listed:
        color: console.Style = "red" if flip.turned == "lost" else "green"
        traces = console.clean(" ".join(trace[:8] if trace else "–" for trace in flip.traces))
        cause = console.clean(flip.after if flip.turned == "lost" else flip.before)
        start = f"  {flip.turned:4}  {console.clean(flip.id)}  {traces}  {cause}  "
        room = max(20, console.width() - len(start))
        lines.append(start.replace(flip.turned, console.style(flip.turned, color), 1) + one_line(flip.question, room))
    if len(listed) < len(found):
        lines.append(console.style(f"  … and {len(found) - len(listed)} more: --flips {len(found)}, --json", "dim"))
    yield "\n".join(lines)


def _some(found: Sequence[Flip], most: int) -> list[Flip]:
    """Some of either kind: lost ones first, but not only them."""
    lost, won = ([flip for flip in found if flip.turned == turned] for turned in ("lost", "won"))
    half = max(most - len(won), (most + 1) // 2)
    return lost[:half] + won[: most - min(half, len(lost))]
