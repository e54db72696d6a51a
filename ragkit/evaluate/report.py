"""The report: what the rows of an evaluation come to, as the document that ``ragkit eval --json`` prints."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ragkit.evaluate.attribution import CAUSES
from ragkit.evaluate.decisions import decisions_of
from ragkit.evaluate.fixed_k import baselines_of
from ragkit.evaluate.intervals import mean_interval, quantile_interval
from ragkit.evaluate.row import Row
from ragkit.evaluate.seen import asked_again
from ragkit.spec.written.constraint import Constraint
from ragkit.spec.written.objectives import METRICS

NO_KIND = "unlabelled"
"""The key, in ``by_kind``, of questions whose data names no kind."""
ERROR = "error"
"""The key, in ``failed``, of questions whose run failed."""
JUDGED_BY_KIND = ("none", "unanswerable")
"""The kinds of which it is known what is right without gold documents and answers."""
_TOTALS = (
    "lm_calls", "prompt_tokens", "completion_tokens", "retrieval_calls", "cached_tokens", "context_tokens", "cost",
)  # fmt: skip
_JUDGED = ("lm_calls", "prompt_tokens", "completion_tokens", "cost")
_QUANTILES = {"p50_seconds": 0.5, "p95_seconds": 0.95}
Numbers = Mapping[str, float | None]


def report_of(
    rows: Sequence[Row],
    conditions: Mapping[str, Any],
    *,
    slo: Mapping[str, Sequence[Constraint]] | None = None,
    seen: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Any]:
    """The report document.

    Args:
        rows: The rows, slim or whole.
        conditions: The card.
        slo: The service levels that the pipeline is held against, by profile.
        seen: For each trained step the digests of the questions that it learned from (``ragkit.evaluate.seen``).

    Returns:
        DESIGN.md section 3: ``n, metrics, by_kind, kinds, steps, causes, failed, errors, usage, judge, decisions,
        baselines, slo, warnings, conditions``. An interval is ``{"mean", "low", "high", "n"}``: 95 %, by percentile
        bootstrap over the ``n`` questions that have the metric. What does not apply or is not known is null.
    """
    single = conditions["mode"] == "single"
    metrics = _intervals([row["metrics"] for row in rows], METRICS) | _seconds(rows, single)
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row["kind"] or NO_KIND, []).append(row)
    return {
        "n": len(rows),
        "metrics": metrics,
        "by_kind": {kind: _present(_intervals([row["metrics"] for row in of])) for kind, of in sorted(kinds.items())},
        "kinds": {kind: len(of) for kind, of in sorted(kinds.items())},
        "steps": _steps(rows),
        **_causes(rows),
        "errors": sum(row["error"] is not None for row in rows),
        "usage": _usage(rows),
        "judge": _judge(rows),
        "decisions": decisions_of(rows),
        "baselines": baselines_of(rows),
        "slo": _slo(metrics, slo or {}),
        "warnings": list(_warnings(rows, conditions, seen or {})),
        "conditions": dict(conditions),
    }


def _intervals(of: Sequence[Numbers], names: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Each metric over the questions that have it; ``names`` are there even where no question has them."""
    columns: dict[str, list[float]] = {name: [] for name in names if name not in _QUANTILES}
    for numbers in of:
        for name, value in numbers.items():
            column = columns.setdefault(name, [])
            if value is not None:
                column.append(float(value))
    return {name: _plain(mean_interval(values)) for name, values in columns.items()}


def _seconds(rows: Sequence[Row], single: bool) -> dict[str, dict[str, Any]]:
    """Percentiles of the questions' own times. In a batch, or from a cache, a question has no time of its own."""
    own = [row["usage"]["seconds"] for row in rows if single and not row["cached"] and row["error"] is None]
    return {name: _plain(quantile_interval(own, at)) for name, at in _QUANTILES.items()}


def _plain(interval: Any) -> dict[str, Any]:
    numbers = {"mean": interval.mean, "low": interval.low, "high": interval.high}
    return {name: _known(value) for name, value in numbers.items()} | {"n": interval.n}


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def _present(metrics: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: interval for name, interval in metrics.items() if interval["n"]}


def _steps(rows: Sequence[Row]) -> dict[str, Any]:
    """Each step over the questions in which it handed on passages, in the order in which they first did."""
    found: dict[str, list[Numbers]] = {}
    for row in rows:
        for step, numbers in row["steps"].items():
            found.setdefault(step, []).append(numbers)
    return {step: _present(_intervals(numbers)) for step, numbers in found.items()}


def _causes(rows: Sequence[Row]) -> dict[str, Any]:
    """How many questions failed of which cause, and which ones; those whose run failed stand under ``error``."""
    failed: dict[str, list[dict[str, str]]] = {cause: [] for cause in (*CAUSES, ERROR)}
    for row in rows:
        cause = ERROR if row["error"] is not None else (row["cause"] or {}).get("cause")
        if cause is not None:
            failed[cause].append({"id": row["id"], "trace_id": row["trace_id"]})
    counts = Counter({cause: len(of) for cause, of in failed.items() if cause != ERROR and of})
    return {"causes": dict(counts.most_common()), "failed": {cause: of for cause, of in failed.items() if of}}


def _usage(rows: Sequence[Row]) -> dict[str, Any]:
    """Totals; one that is unknown for a question is unknown. ``seconds`` are those of runs without the cache."""
    totals: dict[str, Any] = {name: _sum([row["usage"][name] for row in rows]) for name in _TOTALS}
    totals["seconds"] = None if any(row["cached"] for row in rows) else _sum([row["usage"]["seconds"] for row in rows])
    totals["cached_questions"] = sum(bool(row["cached"]) for row in rows)
    return totals


def _judge(rows: Sequence[Row]) -> dict[str, Any] | None:
    """What the LM judge was asked and what that cost, beside what the pipeline spent; None without one."""
    verdicts = [row["judge"] for row in rows if "judge" in row]
    if not verdicts:
        return None
    totals = {name: _sum([verdict["usage"][name] for verdict in verdicts]) for name in _JUDGED}
    return {**totals, "failed": sum(verdict["error"] is not None for verdict in verdicts)}


def _must_have_been(data: Mapping[str, Any], trained: Mapping[str, Any] | None) -> int:
    """How many of the questions asked must have been trained on: more were taken, both times, than the file has.

    For trained files that do not say what they learned from.
    """
    if trained is None or trained.get("sha256") != data["sha256"]:
        return 0
    return max(0, int(data["n"]) + int(trained["asked"]) - int(data["of"]))


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 6) if len(known) == len(values) else None


def _slo(
    metrics: Mapping[str, Mapping[str, Any]], profiles: Mapping[str, Sequence[Constraint]]
) -> dict[str, list[dict[str, Any]]]:
    """For each profile its levels: what was measured, and whether it was kept; null where it could not be measured."""
    found = {}
    for profile, levels in profiles.items():
        found[profile] = [
            {"level": str(level), "metric": level.metric, "value": value, "kept": _kept(level, value)}
            for level in levels
            for value in (metrics[level.metric]["mean"],)
        ]
    return found


def _kept(level: Constraint, value: float | None) -> bool | None:
    return None if value is None else level.holds(value)


def _warnings(rows: Sequence[Row], conditions: Mapping[str, Any], seen: Mapping[str, Collection[str]]) -> Iterable[str]:
    """What a reader of the numbers must know and would not see in them."""
    if not any(row["gold_ids"] or row["answers"] or row["kind"] in JUDGED_BY_KIND for row in rows):
        yield "the questions have neither gold documents nor answers: there is nothing to compare with"
    versions = {tuple(sorted(row["conditions"]["corpus_version"].items())) for row in rows if row["error"] is None}
    if len(versions - {tuple(sorted(conditions["corpus_version"].items()))}):
        yield "the index was published anew while the questions ran: they did not all read the same version"
    for step, again in asked_again((row["question"] for row in rows), seen).items():
        if again:
            yield f"the step {step!r} was trained on {again} of the {len(rows)} questions: its numbers are too good"
    for step, trained in (conditions.get("trained") or {}).items():
        again = 0 if step in seen else _must_have_been(conditions["data"], trained["data"])
        if again:
            yield (
                f"the step {step!r} was trained on {trained['data']['asked']} questions of this file, of which at "
                f"least {again} were asked now: its numbers are too good"
            )
    silent = [row["judge"] for row in rows if "judge" in row and row["judge"]["error"] is not None]
    if silent:
        yield f"the judge failed on {len(silent)} of {len(rows)} answers; the first: {silent[0]['error']}"
    cut, read = (sum(row["entailment"][name] for row in rows if "entailment" in row) for name in ("cut", "asked"))
    if cut:
        yield f"{cut} of {read} premises are longer than the entailment model reads: it read their beginning"
    stopped = sum(row["stopped"] is not None for row in rows)
    if stopped:
        yield f"the budget ended {stopped} of {len(rows)} runs early"
