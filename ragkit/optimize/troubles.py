"""What went wrong with questions of a trial or of a side, in a sentence: nothing that was lost is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragkit.optimize.trials import Ended

_LONGEST = 300


def of_trial(ended: Ended) -> str | None:
    """What went wrong in a trial; None where nothing did."""
    if ended.asked and ended.failed == ended.asked:
        return f"no value, for every one of its {ended.asked} questions failed: {_short(ended.why)}"
    return _sentence(ended.asked, ended.failed, ended.unjudged, ended.why)


def of_side(figures: Mapping[str, Any], side: str) -> str | None:
    """What went wrong with a side of the held-out comparison; None where nothing did."""
    found = figures["sides"][side]
    return _sentence(figures["n"], found["errors"], found["unjudged"], found["why"])


def _sentence(asked: int, failed: int, unjudged: int, why: str | None) -> str | None:
    told = []
    if failed:
        told.append(f"{failed} of {asked} questions failed and count as 0")
    if unjudged:
        told.append(f"{unjudged} of {asked} answers have no verdict of the judge and do not count")
    return f"{', '.join(told)}; the first: {_short(why)}" if told else None


def _short(why: str | None) -> str:
    text = " ".join((why or "").split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
