"""A comparison as Markdown, to paste into a pull request or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragkit.evaluate.compare.comparison import Comparison
from ragkit.evaluate.compare.conditions import conditions, settings
from ragkit.evaluate.compare.gate import Judged
from ragkit.evaluate.compare.measuring import Measured
from ragkit.evaluate.compare.side import Side
from ragkit.evaluate.compare.words import SIGNS, counts, ends, number, p_value, sentences, shown, signed
from ragkit.trace.words import one_line

_SPECIAL = re.compile(r"([\\`*_\[\]#!|~$^:])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"})
FLIPS = 50
"""The most flipped questions that are listed for one side."""


def escaped(text: str, most: int = 200) -> str:
    """Text from elsewhere on one line, in which nothing is read as Markdown, HTML, a link or a name to notify."""
    return _SPECIAL.sub(r"\\\1", one_line(text, most)).translate(_ENTITIES)


def markdown(comparison: Comparison, asked: Sequence[str] = (), judged: Sequence[Judged] = ()) -> str:
    """The whole comparison as one document.

    Args:
        comparison: The comparison.
        asked: The measures to show; the usual ones where there are none.
        judged: What ``--fail-if`` came to.
    """
    names = shown(comparison, asked)
    blocks: list[str] = [f"## Comparison on {comparison.n:,} questions", "\n".join(_sides(comparison))]
    if comparison.warnings:
        blocks.append("\n".join(f"> **Note:** {escaped(warning, 1000)}  " for warning in comparison.warnings))
    if judged:
        blocks.append("\n".join(_judged(judged)))
    baseline = comparison.baseline
    for side in comparison.others:
        called = escaped(side.label), escaped(baseline.label)
        blocks.append(f"### {called[0]} against {called[1]}")
        blocks.append(" ".join(sentences(comparison, names, side.label, called)))
        rows = [(f"`{name}`", comparison.measures[name]) for name in names]
        blocks.append("\n".join(_differences(comparison, side, "metric", rows)))
        for name in names[:1]:
            kinds = [(kind, found[name]) for kind, found in comparison.by_kind.items() if name in found]
            if len(kinds) > 1:
                blocks += [f"`{name}` by kind of question:", "\n".join(_differences(comparison, side, "kind", kinds))]
        blocks += list(_flips(comparison, side))
    blocks += ["### How questions ended", "\n".join(_states(comparison))]
    blocks += ["### Conditions", "\n".join(_conditions(comparison))]
    method = comparison.method
    correction = f" p is corrected: {method['correction']}." if method["correction"] else ""
    blocks.append(
        f"Intervals: {method['interval']}. p: {method['test']}.{correction} ▲ better, ▼ worse, "
        "· not distinguishable from no difference."
    )
    return "\n\n".join(blocks) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*names: str) -> list[str]:
    return [_row(*names), _row("---", *("---:" for _ in names[1:]))]


def _sides(comparison: Comparison) -> Iterator[str]:
    yield from _head("side", "questions", "left out", "failed runs", "pipeline")
    for side in comparison.sides:
        label = escaped(side.label) + (" (baseline)" if side is comparison.baseline else "")
        left_out = len(comparison.alignment.left_out[side.label])
        pipeline = side.card.get("pipeline") or {}
        told = " ".join(str(part) for part in (pipeline.get("name"), (pipeline.get("hash") or "")[:8]) if part)
        numbers = len(side.outcomes), left_out, comparison.states[side.label]["error"]
        yield _row(label, *(f"{count:,}" for count in numbers), escaped(told))


def _judged(judged: Sequence[Judged]) -> Iterator[str]:
    yield from _head("fails if", "side", "difference", "n", "")
    for one in judged:
        state = {True: "**fails**", False: "passes", None: "**not known**"}[one.failed]
        value = signed(one.value, one.gate.constraint.metric)
        yield _row(f"`{one.gate}`", escaped(one.label), value, f"{one.n:,}", state)


def _differences(comparison: Comparison, side: Side, first: str, rows: Sequence[tuple[str, Measured]]) -> Iterator[str]:
    baseline = comparison.baseline.label
    yield from _head(
        first, escaped(baseline), escaped(side.label), "difference", "95 % interval", "p", "won/lost/tied", "n", ""
    )  # fmt: skip
    for name, found in rows:
        levels = []
        for label in (baseline, side.label):
            level = found.levels.get(label)
            levels.append(
                "–"
                if level is None
                else f"{number(level.mean, found.measure)} {ends(level.low, level.high, found.measure, plus=False)}"
            )
        difference = found.differences.get(side.label)
        if difference is None or difference.verdict is None:
            yield _row(name, *levels, "–", "–", "–", "–", f"{found.n:,}", "")
            continue
        yield _row(
            name, *levels, signed(difference.mean, found.measure),
            ends(difference.low, difference.high, found.measure), p_value(difference.p_holm), counts(difference),
            f"{difference.n:,}", SIGNS[difference.verdict],
        )  # fmt: skip


def _flips(comparison: Comparison, side: Side) -> Iterator[str]:
    found = comparison.flips[side.label]
    if not found:
        return
    lost = sum(flip.turned == "lost" for flip in found)
    yield f"Questions that flipped: {len(found) - lost} won, {lost} lost."
    lines = [_row("", "question", "kind", "before", "after", "traces"), _row(*["---"] * 6)]
    for flip in found[:FLIPS]:
        traces = " ".join(f"`{trace[:8]}`" for trace in flip.traces if trace)
        lines.append(
            _row(flip.turned, f"{escaped(flip.id)}: {escaped(flip.question)}", escaped(flip.kind or "–"),
                 escaped(flip.before), escaped(flip.after), traces)
        )  # fmt: skip
    if len(found) > FLIPS:
        lines.append(_row("", f"… and {len(found) - FLIPS:,} more", "", "", "", ""))
    yield "\n".join(lines)


def _states(comparison: Comparison) -> Iterator[str]:
    yield from _head("", *(escaped(side.label) for side in comparison.sides))
    for state in comparison.endings:
        yield _row(escaped(state), *(f"{comparison.states[side.label][state]:,}" for side in comparison.sides))


def _conditions(comparison: Comparison) -> Iterator[str]:
    yield from _head("", *(escaped(side.label) for side in comparison.sides))
    for name, values in {**settings(comparison.sides), **conditions(comparison.sides)}.items():
        yield _row(escaped(name), *(escaped(value) for value in values))
