"""What the page of a comparison shows, as plain data for its template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ragkit.evaluate.causes.cause import CAUSES
from ragkit.evaluate.compare.comparison import Comparison
from ragkit.evaluate.compare.conditions import conditions, settings, told_apart
from ragkit.evaluate.compare.difference import Difference, Verdict
from ragkit.evaluate.compare.gate import Judged
from ragkit.evaluate.compare.measures import MEASURES
from ragkit.evaluate.compare.measuring import Measured
from ragkit.evaluate.compare.outcome import NOT_JUDGED
from ragkit.evaluate.compare.page.plots import NARROW, WIDE, by_kind, endings, quality_against_tokens, tokens_measure
from ragkit.evaluate.compare.page.questions import questions
from ragkit.evaluate.compare.page.svg import ENDINGS, SIDES
from ragkit.evaluate.compare.side import Side
from ragkit.evaluate.compare.words import LETTERS, SIGNS, costs, counts, ends, number, p_value, quality, signed

RETRIEVAL = ("recall@10", "recall@5", "ndcg@10")
"""Beside the first measure of quality, one of these is drawn by kind: was it found, and was it answered."""
NARROWEST = 0.05
"""Intervals of shares are drawn to a scale that reaches at least so far, so that a trifle looks like one."""
_CLASSES = {"better": "better", "worse": "worse", "not distinguishable": "same"}
_TITLES: dict[Verdict, str] = {
    "better": "Better in",
    "worse": "Worse in",
    "not distinguishable": "Not distinguishable from no difference",
}
_MEANINGS: dict[str, str] = {
    **{cause: meaning for cause, meaning in CAUSES.items()},
    NOT_JUDGED: "the data cannot tell whether the result is right",
    "error": "a step failed while the question ran",
}


def content(comparison: Comparison, asked: Sequence[str], judged: Sequence[Judged]) -> dict[str, Any]:
    """Everything that the template reads but the page's own style and script."""
    good = tuple(name for name in asked if name in comparison.measures) or quality(comparison)
    paid = () if asked else costs(comparison)
    labels = [side.label for side in comparison.sides]
    data = (comparison.baseline.card.get("data") or {}).get("file")
    return {
        "title": _title(labels),
        "lead": f"{comparison.n:,} questions{f' of {data}' if data else ''}, the same on every side. "
        f"Every difference is to the baseline, {comparison.baseline.label}.",
        "sides": [
            {"label": label, "letter": LETTERS[index], "color": index % SIDES, "where": where}
            for index, (label, where) in enumerate(zip(labels, told_apart(comparison.sides), strict=True))
        ],
        "warnings": comparison.warnings,
        "gates": [_gate(one) for one in judged],
        "pairs": [_pair(comparison, side, good, paid) for side in comparison.others],
        "p_title": "two-sided, paired permutation test" + (", Holm" if comparison.method["correction"] else ""),
        "plots": list(_plots(comparison, good, bool(asked))),
        "endings_plots": [
            {"shape": "broad", "svg": endings(comparison, WIDE)},
            {"shape": "slim", "svg": endings(comparison, NARROW)},
        ],
        "endings": [
            {
                "name": state,
                "meaning": _MEANINGS.get(state, ""),
                "color": index % ENDINGS,
                "counts": [f"{comparison.states[label][state]:,}" for label in labels],
            }
            for index, state in enumerate(comparison.endings)
        ],
        "conditions": list(_conditions(comparison)),
        "method": comparison.method,
        "data": questions(comparison, (*good, *paid)),
    }


def _title(labels: Sequence[str]) -> str:
    if len(labels) > 4:
        return f"{len(labels) - 1} sides against {labels[0]}"
    *others, last = labels[1:]
    return f"{', '.join(others)}{' and ' if others else ''}{last} against {labels[0]}"


def _gate(one: Judged) -> dict[str, Any]:
    state, mark = {True: ("fails", "✗"), False: ("passes", "✓"), None: ("unknown", "?")}[one.failed]
    value = signed(one.value, one.gate.constraint.metric) if one.value is not None else "not known"
    return {
        "state": state, "mark": mark, "condition": str(one.gate), "label": one.label, "value": value, "n": one.n,
    }  # fmt: skip


def _pair(comparison: Comparison, side: Side, good: Sequence[str], paid: Sequence[str]) -> dict[str, Any]:
    index = comparison.sides.index(side)
    verdicts: dict[Verdict, list[str]] = {}
    for name in (*good, *paid):
        difference = comparison.measures[name].differences.get(side.label)
        if difference is not None and difference.verdict is not None:
            verdicts.setdefault(difference.verdict, []).append(name)
    tables = [("quality", good), ("cost", paid)]
    return {
        "label": side.label,
        "letter": LETTERS[index],
        "color": index % SIDES,
        "index": index,
        "won": sum(flip.turned == "won" for flip in comparison.flips[side.label]),
        "lost": sum(flip.turned == "lost" for flip in comparison.flips[side.label]),
        "baseline": comparison.baseline.label,
        "baseline_letter": LETTERS[0],
        "verdicts": [
            {"kind": _CLASSES[verdict], "mark": SIGNS[verdict], "title": _TITLES[verdict], "names": ", ".join(names)}
            for verdict in _TITLES
            if (names := verdicts.get(verdict))
        ],
        "tables": [
            _table(title, [comparison.measures[name] for name in names], comparison, side)
            for title, names in tables
            if names
        ],
    }


def _table(title: str, found: Sequence[Measured], comparison: Comparison, side: Side) -> dict[str, Any]:
    """The rows of a table. Shares have one unit, so their intervals are drawn, to one scale."""
    shares = [one for one in found if not _is_amount(one.measure)]
    known = [one.differences[side.label] for one in shares if side.label in one.differences]
    widest = max([NARROWEST, *(abs(end) for one in known for end in (one.low, one.high) if end is not None)])
    rows = [
        _row(one, comparison.baseline.label, side.label, 0.0 if _is_amount(one.measure) else widest) for one in found
    ]
    return {"title": title, "drawn": title == "quality", "rows": rows}


def _is_amount(measure: str) -> bool:
    """Whether a measure is an amount, whose change is told as a share of the baseline too."""
    return MEASURES[measure] == "lower" and measure not in ("failed", "trigger_rate")


def _row(found: Measured, baseline: str, label: str, widest: float) -> dict[str, Any]:
    difference = found.differences.get(label)
    measure = found.measure
    row: dict[str, Any] = {"name": measure, "less": MEASURES[measure] == "lower", "n": f"{found.n:,}"}
    for name, side in (("baseline", baseline), ("side", label)):
        level = found.levels.get(side)
        row[name] = "–" if level is None else number(level.mean, measure)
        row[f"{name}_interval"] = (
            "" if level is None else f"{ends(level.low, level.high, measure, plus=False)} n = {level.n}"
        )
    if difference is None or difference.verdict is None:
        empty = dict.fromkeys(("difference", "interval", "p", "counts"), "–")
        return row | empty | {"kind": "same", "mark": "", "verdict": "", "share": "", "drawing": None}
    start = found.levels[baseline].mean
    share = (
        f"{100 * (difference.mean or 0.0) / start:+.0f} %" if _is_amount(measure) and start and difference.mean else ""
    )
    return row | {
        "kind": _CLASSES[difference.verdict],
        "mark": SIGNS[difference.verdict],
        "verdict": difference.verdict,
        "difference": signed(difference.mean, measure),
        "share": share,
        "interval": ends(difference.low, difference.high, measure),
        "p": p_value(difference.p_holm),
        "counts": counts(difference),
        "n": f"{difference.n:,}",
        "drawing": _drawing(difference, widest),
    }


def _drawing(difference: Difference, widest: float) -> dict[str, str] | None:
    """Where the interval is drawn, between -46 and 46."""
    if not widest or difference.low is None or difference.high is None or difference.mean is None:
        return None
    found = {"low": difference.low, "high": difference.high, "mean": difference.mean}
    return {name: f"{46 * value / widest:.2f}" for name, value in found.items()}


def _plots(comparison: Comparison, good: Sequence[str], asked: bool) -> Iterator[dict[str, Any]]:
    legend = [
        {"color": f"side-{index % SIDES}", "text": f"{LETTERS[index]} {side.label}"}
        for index, side in enumerate(comparison.sides)
    ]
    tokens = tokens_measure(comparison)
    if tokens is not None and good:
        yield {
            "title": f"{good[0]} against {tokens}", "legend": legend,
            "caption": "Means with 95 % intervals. Filled points are the front: nothing has as much for as few tokens.",
            "svg": quality_against_tokens(comparison, good[0], tokens),
        }  # fmt: skip
    if len(comparison.by_kind) > 1:
        second = [*good[1:2]] if asked else [name for name in RETRIEVAL if name in good and name != good[0]][:1]
        for index, measure in enumerate([*good[:1], *second]):
            yield {
                "title": f"{measure} by kind of question", "legend": legend,
                "caption": "Each side's mean with its 95 % interval, over the n questions of the kind.",
                "svg": by_kind(comparison, measure, f"kinds{index}"),
            }  # fmt: skip


def _conditions(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for name, values in settings(comparison.sides).items():
        yield {"name": name, "texts": values, "differs": False}
    for name, values in conditions(comparison.sides).items():
        yield {"name": name, "texts": values, "differs": len(set(values)) > 1}
