"""What a question cost: context, retrievals, LM requests (samples and judges too), tokens and money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ragkit.types import Passage

SPENDING_METRICS = (
    "context_tokens", "trigger_rate", "retrieval_calls", "lm_calls", "prompt_tokens", "completion_tokens", "cost",
)  # fmt: skip


def spending_metrics(usage: Mapping[str, Any]) -> dict[str, float | None]:
    """The metrics of ``SPENDING_METRICS`` from the ``usage`` of a result document.

    ``trigger_rate`` is 1 where anything was retrieved, so that its mean is the share of such questions. Seconds are not
    here: in a batch a question has only a share of them, and their percentiles come from questions run singly.
    """
    spent = {name: usage[name] for name in SPENDING_METRICS if name != "trigger_rate"}
    return {**spent, "trigger_rate": float(usage["retrieval_calls"] > 0)}


def context_tokens(passages: Iterable[Passage]) -> int | None:
    """The tokens of title and text of a list of passages; None where one of them is not known."""
    total = 0
    for passage in passages:
        if passage.tokens is None:
            return None
        total += passage.tokens
    return total
