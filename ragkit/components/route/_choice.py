"""What every router shares: how labels are checked, and how a choice is handed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ragkit.errors import did_you_mean
from ragkit.types import Decision, Label, Result


def check_labels(labels: Iterable[str], otherwise: str | None = None) -> str | None:
    """What is wrong with the labels of a step, as one sentence.

    Args:
        labels: The labels; none may be blank or stand twice.
        otherwise: The label that is taken where no other is; one of them, where it is given.
    """
    known = list(labels)
    if any(not label.strip() for label in known):
        return "a label is blank"
    if len(set(known)) < len(known):
        return "a label stands twice in 'labels'"
    if otherwise is not None and otherwise not in known:
        guess = did_you_mean(otherwise, known)
        return f"'otherwise' is {otherwise!r}, which is none of the labels {', '.join(known)}{guess}"
    return None


def surest(classes: Sequence[str], shares: Sequence[float], sure: Mapping[str, float]) -> str:
    """The most probable of the labels that are as probable as they must be.

    Args:
        classes: The labels.
        shares: The probability of each.
        sure: From which probability up a label is taken; not every label has one.
    """
    order = sorted(zip(shares, classes, strict=True), key=lambda pair: -pair[0])
    return next(label for share, label in order if share >= sure.get(label, 0.0))


def routed(
    label: str,
    why: str,
    *,
    score: float | None = None,
    threshold: float | None = None,
    warnings: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> Result[Label]:
    """A label and the decision that goes with it.

    Args:
        label: The label.
        why: What spoke for it; the label is put before it.
        score: The number that decided.
        threshold: What it was held against.
        warnings: What must be said about it.
        details: The rest, under names.
    """
    decision = Decision(
        "route", f"{label!r}: {why}", label=label, score=score, threshold=threshold, details=details or {}
    )
    return Result(Label(label), decision, warnings)
