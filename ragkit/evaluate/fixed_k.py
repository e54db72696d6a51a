"""Is a selector worth it? Its gain over a fixed k that costs the same.

A rule that keeps a different number of passages for each question has to be held against keeping the same number for
all of them: nearly every rule beats a smaller k, and full context beats them all. So the selector's own input lists are
cut at every k, and over all questions these cuts give a curve of recall against mean tokens. Of it three points are
compared with the selector:

* ``equal_tokens``: the k whose mean tokens equal the selector's, between two whole numbers by linear interpolation
  (which is to draw one of the two, question by question). This is the honest comparison.
* ``best_k``: the largest whole k whose mean tokens are not above the selector's: the best fixed k for its money, since
  recall never falls with k.
* ``best_f1``: the k with the highest mean F1, whatever it costs, chosen in hindsight on the same questions.

Gains are selector minus fixed k, with 95 % bootstrap intervals over questions. At equal tokens every resample has its
own k, so that the uncertainty of that k is in the interval; the whole k are held. Only questions with gold documents
count, in recall and in tokens alike. Documents count as in ``metrics.retrieval``; inside a ``flow.map`` k cuts the list
of each element.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ragkit.evaluate.intervals import RESAMPLES, Interval, ends, mean_interval, resampled
from ragkit.evaluate.metrics.retrieval import documents, documents_of
from ragkit.evaluate.metrics.spending import context_tokens
from ragkit.evaluate.questions import Question
from ragkit.evaluate.steps import last_executions
from ragkit.trace.model import Span, Trace
from ragkit.types import Passages

MEASURES = ("recall", "all_gold", "f1")
Row = Mapping[str, Any]


def _grid() -> list[int]:
    """The k at which a curve is kept: every one up to 200, then in steps of 2 %, up to ten million."""
    points = list(range(201))
    while points[-1] < 10_000_000:
        points.append(max(points[-1] + 1, round(points[-1] * 1.02)))
    return points


GRID = _grid()


def fixed_cuts(question: Question, trace: Trace, owners: Mapping[str, str]) -> dict[str, Any]:
    """For each selector of a run, what it kept and what fixed cuts of its input hold; plain data for a row.

    Args:
        question: The question and its gold documents.
        trace: Its run.
        owners: The document of each passage id, for merged passages.

    Returns:
        ``{step: {"gold", "found_at", "tokens", "documents", "kept": {"passages", "tokens", "documents", "gold"}}}``:
        ``gold`` counts the gold documents; ``found_at`` holds the k at which each that is in the input comes in;
        ``tokens`` and ``documents`` are those of a cut at each k of ``GRID`` up to the input's length, ``tokens`` None
        where a passage's are not known. Empty for a question without gold documents.
    """
    gold = set(question.gold_ids)
    if not gold:
        return {}
    selectors = dict.fromkeys(span.step for span in trace.spans if _lists(span) is not None)
    cuts = {}
    for step, spans in last_executions(trace, selectors).items():
        pairs = [pair for span in spans if (pair := _lists(span)) is not None]
        if pairs:
            cuts[step] = _cut([before for before, _ in pairs], [after for _, after in pairs], gold, owners)
    return cuts


def baselines_of(rows: Sequence[Row], *, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Each selector over the rows of an evaluation, against fixed k.

    Args:
        rows: Rows with ``baselines``.
        seed: What the resamples are drawn from.
        resamples: How many.

    Returns:
        ``{step: {"n", "selector", "equal_tokens", "best_k", "best_f1"}}``. ``selector`` and the three points hold the
        mean ``recall``, ``all_gold``, ``f1`` and ``tokens``, a point also its ``k`` and ``gain``, ``{measure:
        interval}``. ``equal_tokens`` and ``best_k`` are None where tokens are not known.
    """
    return {step: _Table(of).compare(seed, resamples) for step, of in _by_step(rows).items()}


def question_gains(rows: Sequence[Row]) -> dict[str, dict[str, list[float | None]]]:
    """Each selector's gain at equal mean tokens, question by question: for intervals of one's own.

    Returns:
        ``{step: {measure: [one for each row]}}``, None for rows that do not count. The k is that of
        ``equal_tokens``, the same for all; a step whose tokens are not known is not there.
    """
    found = {}
    for step, of in _by_step(rows).items():
        table = _Table(of)
        point = table.at_equal_tokens()
        if point is not None:
            gains = table.gains(point)
            there = iter(range(len(of)))
            places = [next(there) if step in row["baselines"] else None for row in rows]
            found[step] = {
                name: [None if place is None else float(values[place]) for place in places]
                for name, values in gains.items()
            }
    return found


def fixed_k_curve(rows: Sequence[Row], step: str) -> list[dict[str, float | int | None]]:
    """The curve of fixed cuts of one selector's input: mean recall, all_gold, f1 and tokens at each k from 0.

    Raises:
        KeyError: No row has a selector of that name.
    """
    table = _Table(_by_step(rows)[step])
    return [{"k": GRID[point], **table.means(point)} for point in range(table.points)]


def _by_step(rows: Sequence[Row]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        for step, cut in row["baselines"].items():
            found.setdefault(step, []).append(cut)
    return found


def _lists(span: Span) -> tuple[Passages, Passages] | None:
    """What a selector was given and what it kept; None for other steps."""
    if span.decision is None or span.decision.kind != "select":
        return None
    before = [value for value in span.inputs.values() if isinstance(value, Passages)]
    after = [value for value in span.outputs.values() if isinstance(value, Passages)]
    return (before[0], after[0]) if len(before) == 1 and after else None


def _cut(
    before: Sequence[Passages], after: Sequence[Passages], gold: set[str], owners: Mapping[str, str]
) -> dict[str, Any]:
    kept = [passage for each in after for passage in each]
    held = set(documents(kept, owners))
    tokens: list[int] | None = [0]
    counts = [0]
    found_at: dict[str, int] = {}
    seen: set[str] = set()
    spent: int | None = 0
    grid = iter(GRID[1:])
    point = next(grid)
    longest = max(map(len, before))
    for k, column in enumerate(itertools.zip_longest(*before), start=1):
        for passage in column:
            if passage is None:
                continue
            for document in documents_of(passage, owners):
                seen.add(document)
                if document in gold:
                    found_at.setdefault(document, k)
            spent = None if spent is None or passage.tokens is None else spent + passage.tokens
        if k in (point, longest):
            counts.append(len(seen))
            tokens = None if tokens is None or spent is None else [*tokens, spent]
            point = next(grid)
    return {
        "gold": len(gold),
        "found_at": sorted(found_at.values()),
        "tokens": tokens,
        "documents": counts,
        "kept": {
            "passages": len(kept),
            "tokens": context_tokens(kept),
            "documents": len(held),
            "gold": len(held & gold),
        },
    }


class _Table:
    """One selector over n questions: arrays of shape (n, points), a column for each k of the grid."""

    def __init__(self, cuts: Sequence[Mapping[str, Any]]) -> None:
        self.n = len(cuts)
        self.points = max(len(cut["documents"]) for cut in cuts)
        grid = np.array(GRID[: self.points])
        gold = np.array([cut["gold"] for cut in cuts], dtype=np.float64)
        found = np.stack([np.searchsorted(cut["found_at"], grid, side="right") for cut in cuts])
        held = self._extended([cut["documents"] for cut in cuts])
        unknown = any(cut["tokens"] is None or cut["kept"]["tokens"] is None for cut in cuts)
        self.tokens = None if unknown else self._extended([cut["tokens"] for cut in cuts])
        self.fixed = _measures(found, held, gold[:, None])
        kept = {name: np.array([cut["kept"][name] for cut in cuts], dtype=np.float64) for name in ("documents", "gold")}
        self.selector = _measures(kept["gold"], kept["documents"], gold)
        self.spent = None if unknown else np.array([cut["kept"]["tokens"] for cut in cuts], dtype=np.float64)
        self.passages = float(np.mean([cut["kept"]["passages"] for cut in cuts]))

    def _extended(self, curves: Sequence[Sequence[int]]) -> Any:
        """The curves as one array: beyond its end a list has what it has there."""
        return np.array([[*curve, *[curve[-1]] * (self.points - len(curve))] for curve in curves], dtype=np.float64)

    def means(self, point: float) -> dict[str, float | None]:
        """The mean measures and tokens of the cut at a point of the grid, or between two."""
        tokens = None if self.tokens is None else float(_between(self.tokens.mean(axis=0), np.array([point]))[0])
        measures = {name: float(_between(self.fixed[name].mean(axis=0), np.array([point]))[0]) for name in MEASURES}
        return {**measures, "tokens": tokens}

    def at_equal_tokens(self) -> float | None:
        """The point of the grid whose mean tokens equal the selector's; None where they are not known."""
        if self.tokens is None or self.spent is None:
            return None
        return float(_crossing(self.tokens.mean(axis=0)[None], np.array([self.spent.mean()]))[0])

    def gains(self, point: float) -> dict[str, Any]:
        """Selector minus the fixed cut, question by question."""
        return {name: self.selector[name] - _between(self.fixed[name], np.full(self.n, point)) for name in MEASURES}

    def compare(self, seed: int, resamples: int) -> dict[str, Any]:
        """The selector and the three points, with the gains and their intervals."""
        selector = {name: float(self.selector[name].mean()) for name in MEASURES}
        spent = None if self.spent is None else float(self.spent.mean())
        equal = whole = None
        point = self.at_equal_tokens()
        if point is not None:
            equal = self._point(point, self._equal_gains(point, seed, resamples))
            below = float(int(point + 1e-9))
            whole = self._point(below, self._gains_at(below, MEASURES, seed, resamples))
        best = float(np.argmax(self.fixed["f1"].mean(axis=0)))
        return {
            "n": self.n,
            "selector": {**selector, "tokens": spent, "passages": self.passages},
            "equal_tokens": equal,
            "best_k": whole,
            "best_f1": self._point(best, self._gains_at(best, ("f1",), seed, resamples)),
        }

    def _point(self, point: float, gain: Mapping[str, Interval]) -> dict[str, Any]:
        k = _between(np.array(GRID[: self.points], dtype=np.float64), np.array([point]))[0]
        return {"k": float(k), **self.means(point), "gain": {name: each.as_dict() for name, each in gain.items()}}

    def _gains_at(self, point: float, names: Sequence[str], seed: int, resamples: int) -> dict[str, Interval]:
        gains = self.gains(point)
        return {name: mean_interval(gains[name].tolist(), seed=seed, resamples=resamples) for name in names}

    def _equal_gains(self, point: float, seed: int, resamples: int) -> dict[str, Interval]:
        """The gains at equal tokens; every resample has its own k, at which its own tokens are equal."""
        drawn: dict[str, list[Any]] = {name: [] for name in MEASURES}
        for counts in resampled(self.n, seed, resamples):
            weights = counts / self.n
            points = _crossing(weights @ self.tokens, weights @ self.spent)
            for name in MEASURES:
                fixed = _between(weights @ self.fixed[name], points)
                drawn[name].append(weights @ self.selector[name] - fixed)
        means = {name: float(values.mean()) for name, values in self.gains(point).items()}
        if self.n == 1:
            return {name: Interval(mean, None, None, 1) for name, mean in means.items()}
        return {name: Interval(mean, *ends(np.concatenate(drawn[name])), self.n) for name, mean in means.items()}


def _measures(found: Any, documents: Any, gold: Any) -> dict[str, Any]:
    return {
        "recall": found / gold,
        "all_gold": (found == gold).astype(np.float64),
        "f1": 2 * found / (documents + gold),
    }


def _crossing(curves: Any, levels: Any) -> Any:
    """For each row of curves that never fall the point at which it reaches its level; its end where it does not."""
    last = curves.shape[1] - 1
    left = np.clip((curves <= levels[:, None]).sum(axis=1) - 1, 0, last)
    right = np.minimum(left + 1, last)
    rows = np.arange(len(curves))
    step = curves[rows, right] - curves[rows, left]
    inside = (levels - curves[rows, left]) / np.where(step > 0, step, 1.0)
    return left + np.where(step > 0, np.clip(inside, 0.0, 1.0), 0.0)


def _between(curves: Any, points: Any) -> Any:
    """Each row of curves (or the one curve) at its point, linearly between neighbours."""
    curves = np.atleast_2d(curves)
    left = np.floor(points).astype(int)
    right = np.minimum(left + 1, curves.shape[1] - 1)
    rows = np.arange(len(curves))
    part = points - left
    return (1 - part) * curves[rows, left] + part * curves[rows, right]
