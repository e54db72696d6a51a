"""The questions in two parts: one that the search sees, and one that it never does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question

FEWEST = 10
_TUNE, _REPORT = "tune", "report"


@dataclass(frozen=True, slots=True)
class Parts:
    """What is searched on, what is reported on, and how they were parted, in a sentence."""

    tune: tuple[Question, ...]
    report: tuple[Question, ...]
    how: str


def part(questions: Sequence[Question], share: float, seed: int) -> Parts:
    """Parts the questions by their key ``split`` (``tune`` and ``report``) where all have it, else by lot within kinds.

    The part that is searched on is shuffled, with kinds mixed evenly, so that its beginning stands for the whole.

    Args:
        questions: All of them.
        share: The share that is held out, where it is drawn.
        seed: What it is drawn from.

    Raises:
        UsageError: A part would have fewer than ten questions.
    """
    splits = {question.extra.get("split") for question in questions}
    if splits == {_TUNE, _REPORT}:
        tune = [question for question in questions if question.extra["split"] == _TUNE]
        report = [question for question in questions if question.extra["split"] == _REPORT]
        how = "by their key 'split'"
    else:
        tune, report = [], []
        by_kind: dict[str, list[Question]] = {}
        for question in questions:
            by_kind.setdefault(question.kind or "", []).append(question)
        for _, of in sorted(by_kind.items()):
            drawn = random.Random(seed).sample(of, len(of))
            held = round(len(of) * share)
            report += drawn[:held]
            tune += drawn[held:]
        how = f"by lot (seed {seed}), {share:.0%} held out of each kind; the two may ask about the same documents"
    if min(len(tune), len(report)) < FEWEST:
        raise UsageError(
            f"{len(tune)} questions to search on and {len(report)} held out are too few; each part needs {FEWEST}"
        )
    return Parts(tuple(_mixed(tune, seed)), tuple(report), how)


def _mixed(questions: Sequence[Question], seed: int) -> list[Question]:
    """The questions in an order in which every beginning holds the kinds in about their shares."""
    by_kind: dict[str, list[Question]] = {}
    for question in random.Random(seed).sample(list(questions), len(questions)):
        by_kind.setdefault(question.kind or "", []).append(question)
    placed = [((i + 0.5) / len(of), kind, question) for kind, of in by_kind.items() for i, question in enumerate(of)]
    return [question for _, _, question in sorted(placed, key=lambda each: each[:2])]
