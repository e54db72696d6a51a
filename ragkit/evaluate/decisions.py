"""Gates and routers: how often they decided right, against the kinds of the questions.

A gate decides whether to retrieve. Its truth is whether retrieval was needed: what the data says under
``retrieval_needed``, else that a question of kind ``none`` needs none and every other kind does (whether a question is
unanswerable can only be known by looking). Its figures are those of AdaRAGUE (arXiv 2501.12835, Section 4): accuracy,
ROC-AUC of the score, **overconfidence** (retrieval was needed and the gate said no) and **underconfidence** (it was not
needed and the gate said yes). These are shares of all questions, so that with the accuracy they add up to 1. Shares
have Wilson's interval, which is right for few questions and near 0 and 1 too.

A router's label is held against the label that the question's kind asks for (``LABELS``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ragkit.evaluate.intervals import proportion_interval
from ragkit.trace.model import Span, Trace
from ragkit.types import Label

LABELS: Mapping[str, str] = MappingProxyType(
    {"none": "none", "single": "single", "multi": "multi", "aggregate": "multi"}
)
"""The label that each kind asks for; ``unanswerable`` is left out, for any branch may find that out."""
NEEDED = "retrieval_needed"
"""The key of a question's data that says whether it needs retrieval, where somebody knows it."""

Row = Mapping[str, Any]


def decided(trace: Trace) -> dict[str, Any]:
    """What gates and routers decided in one run, as plain data; of a step that ran several times the last.

    Returns:
        ``{"gates": {step: {"needed", "score", "threshold"}}, "routes": {step: label}}``. A gate is a step with a
        decision of kind ``gate`` and an output that is a bool, which says whether retrieval is needed; a router is one
        that gives a label, or a ``flow.route``, whose label is the branch that ran.
    """
    gates: dict[str, dict[str, Any]] = {}
    routes: dict[str, str] = {}
    for span in trace.spans:
        if span.status not in ("ok", "cached"):
            continue
        verdict = next((value for value in span.outputs.values() if isinstance(value, bool)), None)
        if span.decision is not None and span.decision.kind == "gate" and verdict is not None:
            score, threshold = span.decision.score, span.decision.threshold
            gates[span.step] = {"needed": verdict, "score": score, "threshold": threshold}
        label = _label(span)
        if label is not None:
            routes[span.step] = label
    return {"gates": gates, "routes": routes}


def decisions_of(rows: Sequence[Row], labels: Mapping[str, str] = LABELS) -> dict[str, Any]:
    """The figures of every gate and router over the rows of an evaluation.

    Args:
        rows: Rows with ``kind``, ``extra`` and ``decided``; those whose run failed decide nothing and are left out.
        labels: The label that each kind asks for; questions of other kinds are left out.

    Returns:
        ``{"gates": {step: figures}, "routers": {step: figures}}``. A gate's figures: ``n``, ``rate`` (how often it said
        yes), ``accuracy``, ``overconfidence``, ``underconfidence``, each an interval, and ``roc_auc``, None where all
        questions need retrieval, or none does. A router's: ``n``, ``accuracy`` (an interval), ``macro_f1``,
        ``majority`` (the accuracy of always giving the most frequent label) and ``confusion``, ``{wanted: {given:
        count}}``. A step that has decided for no question with a known truth has an ``n`` of 0 and None; so has a
        router that gave a label which no kind asks for.
    """
    gates: dict[str, list[tuple[bool, Mapping[str, Any]]]] = {}
    routers: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row["error"] is not None:
            continue
        needed, wanted = retrieval_needed(row), labels.get(row["kind"] or "")
        for step, gate in row["decided"]["gates"].items():
            gates.setdefault(step, []).extend([] if needed is None else [(needed, gate)])
        for step, label in row["decided"]["routes"].items():
            routers.setdefault(step, []).extend([] if wanted is None else [(wanted, label)])
    asked_for = set(labels.values())
    for step, pairs in routers.items():
        if any(label not in asked_for for _, label in pairs):
            routers[step] = []  # it sorts by something else than kind (a price, a verdict), of which no truth is known
    return {
        "gates": {step: _gate(pairs) for step, pairs in gates.items()},
        "routers": {step: _router(pairs) for step, pairs in routers.items()},
    }


def retrieval_needed(row: Row) -> bool | None:
    """Whether a question needs retrieval: as its data says, else by its kind; None where neither is known."""
    told = row["extra"].get(NEEDED)
    if isinstance(told, bool):
        return told
    return None if row["kind"] is None else row["kind"] != "none"


def roc_auc(truths: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The chance that a true one has a higher score than a false one, ties counting half; None without both."""
    positive, negative = sum(truths), len(truths) - sum(truths)
    if not positive or not negative:
        return None
    counts: dict[float, list[int]] = {}
    for truth, score in zip(truths, scores, strict=True):
        counts.setdefault(score, [0, 0])[truth] += 1
    below, above = 0, 0.0
    for score in sorted(counts):
        no, yes = counts[score]
        above += yes * (below + no / 2)
        below += no
    return above / (positive * negative)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """The mean over labels of their F1, over every label that was wanted or given; None without pairs."""
    labels = {label for pair in pairs for label in pair}
    if not labels:
        return None
    wanted, given = Counter(want for want, _ in pairs), Counter(give for _, give in pairs)
    right = Counter(want for want, give in pairs if want == give)
    return sum(2 * right[label] / (wanted[label] + given[label]) for label in labels) / len(labels)


def _label(span: Span) -> str | None:
    if span.use == "flow.route":
        label = span.outputs.get("label")
        return None if label is None else str(label)
    return next((str(value) for value in span.outputs.values() if isinstance(value, Label)), None)


def _gate(pairs: Sequence[tuple[bool, Mapping[str, Any]]]) -> dict[str, Any]:
    counts = Counter((truth, gate["needed"]) for truth, gate in pairs)
    n = len(pairs)
    scored = [(truth, gate) for truth, gate in pairs if gate["score"] is not None]
    sign = _direction([gate for _, gate in scored])
    return {
        "n": n,
        "rate": proportion_interval(counts[True, True] + counts[False, True], n).as_dict(),
        "accuracy": proportion_interval(counts[True, True] + counts[False, False], n).as_dict(),
        "overconfidence": proportion_interval(counts[True, False], n).as_dict(),
        "underconfidence": proportion_interval(counts[False, True], n).as_dict(),
        "roc_auc": roc_auc([truth for truth, _ in scored], [sign * gate["score"] for _, gate in scored]),
    }


def _direction(gates: Sequence[Mapping[str, Any]]) -> int:
    """1 where high scores say that retrieval is needed, -1 where low ones do: read from what the gate made of them."""
    held = [gate for gate in gates if gate["threshold"] is not None]
    agree = sum((gate["score"] >= gate["threshold"]) == gate["needed"] for gate in held)
    return 1 if 2 * agree >= len(held) else -1


def _router(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    confusion: dict[str, dict[str, int]] = {}
    for (wanted, given), count in sorted(Counter(pairs).items()):
        confusion.setdefault(wanted, {})[given] = count
    frequent = max((sum(row.values()) for row in confusion.values()), default=0)
    return {
        "n": len(pairs),
        "accuracy": proportion_interval(sum(wanted == given for wanted, given in pairs), len(pairs)).as_dict(),
        "macro_f1": macro_f1(pairs),
        "majority": frequent / len(pairs) if pairs else None,
        "confusion": confusion,
    }
