"""The plots of a comparison: quality against tokens, a measure by kind of question, how questions ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ragkit.evaluate.compare.comparison import Comparison
from ragkit.evaluate.compare.measures import MEASURES
from ragkit.evaluate.compare.outcome import RIGHT
from ragkit.evaluate.compare.page.svg import as_svg, ending_color, shade, side_color, themed
from ragkit.evaluate.compare.words import LETTERS, ends, number
from ragkit.trace.words import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ragkit.evaluate.intervals import Interval

NARROW, WIDE = 4.7, 14.8
"""Inches, of 72 units of the SVG each: a card, or a telephone; and the whole width of the page."""
_HEIGHT = 4.2


def tokens_measure(comparison: Comparison) -> str | None:
    """What quality is drawn against: the tokens sent to an answer, else those of the LM; None where none are known."""
    for name in ("context_tokens", "lm_tokens"):
        found = comparison.measures.get(name)
        if found is not None and len(found.levels) > 1 and any(level.mean for level in found.levels.values()):
            return name
    return None


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The indexes of the points that none beats: no other is at least as cheap and as good, and better in one.

    Args:
        points: Cost and quality.

    Returns:
        The indexes in the order of cost.
    """
    kept = [
        index
        for index, (cost, quality) in enumerate(points)
        if not any(c <= cost and q >= quality and (c, q) != (cost, quality) for c, q in points)
    ]
    return sorted(kept, key=lambda index: points[index])


def quality_against_tokens(comparison: Comparison, measure: str, tokens: str) -> str:
    """Each side as a point with its intervals, and the front of those that none beats."""
    labels = [
        side.label
        for side in comparison.sides
        if side.label in comparison.measures[measure].levels and side.label in comparison.measures[tokens].levels
    ]
    order = {side.label: index for index, side in enumerate(comparison.sides)}
    costs = [comparison.measures[tokens].levels[label] for label in labels]
    gains = [comparison.measures[measure].levels[label] for label in labels]
    points = [(_mean(cost), _mean(gain)) for cost, gain in zip(costs, gains, strict=True)]
    best = front(points)
    tips = {}
    with themed():
        figure, axes = _figure(_HEIGHT)
        axes.plot(
            [points[i][0] for i in best], [points[i][1] for i in best], color=shade("soft"), linewidth=1.2,
            linestyle=(0, (4, 3)), zorder=1,
        )  # fmt: skip
        for index, label in enumerate(labels):
            color, (x, y) = side_color(order[label]), points[index]
            _bar(axes, costs[index], y, color, horizontal=True)
            _bar(axes, gains[index], x, color, horizontal=False)
            filled = color if index in best else shade("paper")
            axes.plot([x], [y], "o", markersize=9, markerfacecolor=filled, markeredgecolor=color,
                      markeredgewidth=2, zorder=4, gid=f"point{index}")  # fmt: skip
            axes.annotate(
                LETTERS[order[label]], (x, y), xytext=(9, 7), textcoords="offset points", weight="bold", color=color,
                zorder=5,
            )  # fmt: skip
            tips[f"point{index}"] = (
                f"{label}: {measure} {_told(gains[index], measure)}, {tokens} {_told(costs[index], tokens)}"
                + ("; on the front" if index in best else "")
            )
        if all(x > 0 for x, _ in points) and max(x for x, _ in points) > 10 * min(x for x, _ in points):
            axes.set_xscale("log")
        axes.margins(0.14, 0.16)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set_xlabel(f"{tokens}, fewer is better")
        axes.set_ylabel(measure)
        on_front = ", ".join(labels[index] for index in best)
        return as_svg(figure, "tokens", f"{measure} against {tokens}; on the front: {on_front}", tips)


def by_kind(comparison: Comparison, measure: str, name: str) -> str:
    """A measure for each kind of question: each side's mean as a dot on its interval."""
    kinds = [kind for kind, found in comparison.by_kind.items() if measure in found]
    sides = [
        side for side in comparison.sides if any(side.label in comparison.by_kind[k][measure].levels for k in kinds)
    ]
    order = {side.label: index for index, side in enumerate(comparison.sides)}
    gap = min(0.22, 0.72 / max(1, len(sides)))
    tips = {}
    with themed():
        figure, axes = _figure(max(_HEIGHT, 0.75 + len(kinds) * (0.34 + 0.16 * len(sides))))
        for row, kind in enumerate(kinds):
            found = comparison.by_kind[kind][measure]
            for place, side in enumerate(sides):
                level = found.levels.get(side.label)
                if level is None:
                    continue
                y = row + (place - (len(sides) - 1) / 2) * gap
                color, gid = side_color(order[side.label]), f"dot{row}x{place}"
                _bar(axes, level, y, color, horizontal=True)
                axes.plot([_mean(level)], [y], "o", markersize=6.5, color=color, zorder=3, gid=gid)
                tips[gid] = f"{side.label}, {kind}: {measure} {_told(level, measure)}"
        axes.set_yticks(
            range(len(kinds)), [f"{one_line(kind, 24)}  n = {comparison.by_kind[kind][measure].n}" for kind in kinds]
        )
        axes.set_ylim(len(kinds) - 0.5, -0.5)
        axes.yaxis.grid(False)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_formatter(lambda value, _: _tick(value))
        better = "more" if MEASURES[measure] == "higher" else "less"
        axes.set_xlabel(f"{measure}, {better} is better")
        told = "; ".join(tips.values())
        return as_svg(figure, name, f"{measure} by kind of question. {told}", tips)


def endings(comparison: Comparison, width: float) -> str:
    """How the questions of each side ended: right, or why not, as one bar a side.

    Args:
        comparison: The comparison.
        width: ``NARROW`` or ``WIDE``.
    """
    tips = {}
    with themed():
        figure, axes = _figure(0.65 + 0.42 * len(comparison.sides), width)
        for row, side in enumerate(comparison.sides):
            left = 0
            for index, state in enumerate(comparison.endings):
                count = comparison.states[side.label][state]
                if not count:
                    continue
                gid = f"part{row}x{index}"
                bar = axes.barh([row], [count], left=left, height=0.62, color=ending_color(index), linewidth=1,
                                edgecolor=shade("paper"))  # fmt: skip
                bar.patches[0].set_gid(gid)
                tips[gid] = f"{side.label}: {state}, {count} of {comparison.n}"
                if count > comparison.n * 0.25 / width:
                    axes.text(left + count / 2, row, str(count), ha="center", va="center", color=shade("paper"),
                              fontsize=9.5, weight="bold" if state == RIGHT else "normal")  # fmt: skip
                left += count
        axes.set_yticks(range(len(comparison.sides)), list(LETTERS[: len(comparison.sides)]))
        for index, tick in enumerate(axes.get_yticklabels()):
            tick.set(color=side_color(index), weight="bold")
        axes.set_ylim(len(comparison.sides) - 0.5, -0.5)
        axes.set_xlim(0, comparison.n)
        axes.yaxis.grid(False)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("questions")
        return as_svg(figure, f"endings{width:.0f}", "How questions ended. " + "; ".join(tips.values()), tips)


def _figure(height: float, width: float = NARROW) -> tuple[Any, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _bar(axes: Axes, level: Interval, at: float, color: str, *, horizontal: bool) -> None:
    if level.low is None or level.high is None:
        return
    ends_, place = [level.low, level.high], [at, at]
    axes.plot(
        ends_ if horizontal else place, place if horizontal else ends_, color=color, linewidth=2, alpha=0.45,
        solid_capstyle="round", zorder=2,
    )  # fmt: skip


def _mean(level: Interval) -> float:
    return 0.0 if level.mean is None else level.mean


def _told(level: Interval, measure: str) -> str:
    return f"{number(level.mean, measure)} {ends(level.low, level.high, measure, plus=False)} (n = {level.n})"


def _tick(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:g}"
