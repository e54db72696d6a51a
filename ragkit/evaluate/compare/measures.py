"""The numbers that are compared: every metric of ragkit, and three that only a comparison reads off a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ragkit.errors import UsageError, did_you_mean
from ragkit.spec.written.objectives import CUTOFFS, METRICS, Direction

MEASURES: Mapping[str, Direction] = MappingProxyType(
    {**METRICS, "seconds": "lower", "lm_tokens": "lower", "failed": "lower"}
)
"""Every name that can be compared, and which way is better.

``seconds`` is a question's own time: null for questions that ran in a batch or were read from a cache. ``lm_tokens``
are prompt and completion together. ``failed`` is 1 for a question whose run failed and 0 for the others.
"""

QUANTILES: Mapping[str, float] = MappingProxyType({"p50_seconds": 0.5, "p95_seconds": 0.95})
"""Measures that are a percentile of ``seconds`` over the questions, not a mean over them."""

CONDITIONAL = frozenset({"abstention_precision", "citation_precision", "citation_recall"})
"""Measures whose questions each side chooses itself (``ragkit.evaluate.compare.conditional``)."""

COSTS = (
    "context_tokens", "lm_tokens", "retrieval_calls", "lm_calls", "seconds", "p50_seconds", "p95_seconds", "cost",
    "failed",
)  # fmt: skip
"""What is paid: shown beside quality."""

SHOWN = (
    "correct", "recall@5", "recall@10", "all_gold@10", "precision@5", "ndcg@10", "mrr", "answer_em", "answer_f1",
    "answer_contains", "set_precision", "set_recall", "citation_precision", "citation_recall", "abstention_precision",
    "abstention_recall",
)  # fmt: skip
"""What a person is shown of quality where nothing else is asked for; JSON has everything."""


def check_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each once.

    Raises:
        UsageError: One is no measure; the message has the nearest.
    """
    found = tuple(dict.fromkeys(names))
    for name in found:
        if name not in MEASURES:
            raise UsageError(f"unknown metric {name!r}{did_you_mean(name, MEASURES)}", hint=f"metrics: {_families()}")
    return found


def _families() -> str:
    """All names, those with a cut-off once each."""
    names = dict.fromkeys(f"{name.partition('@')[0]}@k" if "@" in name else name for name in MEASURES)
    return f"{', '.join(names)}; k one of {', '.join(map(str, CUTOFFS))}"
