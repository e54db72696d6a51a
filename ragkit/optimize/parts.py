"""The questions in two parts: one that the search sees, and one that it never does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.evaluate.seen import digest_of
from ragkit.trace.words import counted

FEWEST = 10
"""With fewer questions than this on a side nothing is told from chance."""
_TUNE, _REPORT = "tune", "report"
_OF_DOCUMENTS = ("recall", "precision", "f1", "ndcg", "hit", "all_gold", "mrr", "map")
_OF_ANSWERS = ("answer_em", "answer_f1", "answer_contains", "answer_rouge_l", "answer_judged")


@dataclass(frozen=True, slots=True)
class Parts:
    """What is searched on, what is reported on, and how they were parted, in a sentence."""

    tune: tuple[Question, ...]
    report: tuple[Question, ...]
    how: str


def check_known(questions: Sequence[Question], metric: str) -> None:
    """Looks, before anything is spent, whether the questions say what a metric is reckoned from.

    Raises:
        UsageError: None of them does.
    """
    if metric.partition("@")[0] in _OF_DOCUMENTS and not any(question.gold_ids for question in questions):
        what, key = "which documents are relevant", "gold_ids"
    elif metric in _OF_ANSWERS and not any(question.answers for question in questions):
        what, key = "what its answer is", "answers"
    else:
        return
    raise UsageError(
        f"no question says {what} (`{key}`), and {metric!r} is reckoned from it",
        hint="another metric: --maximize; or other questions: ragkit data check FILE",
    )


def part(questions: Sequence[Question], share: float, seed: int) -> Parts:
    """Parts the questions by their key ``split`` (``tune`` and ``report``) where all have it, else by lot within kinds.

    What is asked in both parts, word for word, is held out only. The part that is searched on is shuffled, with kinds
    mixed evenly, so that its beginning stands for the whole.

    Args:
        questions: All of them.
        share: The share that is held out, where it is drawn.
        seed: What it is drawn from.

    Raises:
        UsageError: A part would have fewer than ten questions, or the key says of some only where they belong.
    """
    splits = {str(question.extra.get("split")) for question in questions}
    if len(splits) > 1 and splits & {_TUNE, _REPORT} and splits != {_TUNE, _REPORT}:
        others = sum(question.extra.get("split") not in (_TUNE, _REPORT) for question in questions)
        raise UsageError(
            f"of {len(questions)} questions {others} have no 'split' of {_TUNE!r} or {_REPORT!r}, and the others have: "
            "by lot some that are held out would be searched on",
            hint="give it to all of them, or to none",
        )
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
    held_out = {_same(question) for question in report}
    both = sum(_same(question) in held_out for question in tune)
    if both:
        tune = [question for question in tune if _same(question) not in held_out]
        how += f"; {counted(both, 'question')} that the other part asks too left out of the first"
    if min(len(tune), len(report)) < FEWEST:
        raise UsageError(
            f"{len(tune)} questions to search on and {len(report)} held out are too few; each part needs {FEWEST}"
        )
    return Parts(tuple(_mixed(tune, seed)), tuple(report), how)


def _same(question: Question) -> tuple[object, ...]:
    """Equal for questions that a person takes for the same; with another history, or other inputs, it is another."""
    return digest_of(question.question), repr(question.history), repr(sorted(question.inputs.items()))


def _mixed(questions: Sequence[Question], seed: int) -> list[Question]:
    """The questions in an order in which every beginning holds the kinds in about their shares."""
    by_kind: dict[str, list[Question]] = {}
    for question in random.Random(seed).sample(list(questions), len(questions)):
        by_kind.setdefault(question.kind or "", []).append(question)
    placed = [((i + 0.5) / len(of), kind, question) for kind, of in by_kind.items() for i, question in enumerate(of)]
    return [question for _, _, question in sorted(placed, key=lambda each: each[:2])]
