"""Question sets: JSON Lines of ``{"id", "question", "answers", "gold_ids", "kind"}``; other keys are kept."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.question import KINDS, Kind, Question
from ragkit.evaluate.question_lines import parse_question, parse_questions

__all__ = [
    "KINDS",
    "Kind",
    "Question",
    "QuestionSet",
    "parse_question",
    "parse_questions",
    "read_content",
    "read_questions",
]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one file that were asked for.

    Attributes:
        name: The file's name without its ending.
        path: The file.
        questions: The chosen ones, in the order in which they are asked.
        sha256: The digest of the whole file, whatever was chosen of it.
        total: How many questions the file has.
    """

    name: str
    path: Path
    questions: tuple[Question, ...]
    sha256: str
    total: int

    def __len__(self) -> int:
        return len(self.questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)


def read_questions(
    path: Path | str,
    *,
    limit: int | None = None,
    kinds: Collection[str] | None = None,
    seed: int | None = None,
    split: str | None = None,
) -> QuestionSet:
    """Reads a question set.

    Args:
        path: The file.
        limit: At most so many, after the choice of kinds and the shuffle.
        kinds: Only questions of these kinds.
        seed: Shuffles them, the same way for the same seed and file; None keeps the order of the file.
        split: Only questions whose key ``split`` is this: ``tune`` or ``report`` in the questions over the papers.

    Raises:
        UsageError: The file is not there or is empty, a line is no question, an id is given twice, or nothing is left
            of the choice. A file with several wrong lines names the first and counts the rest.
    """
    path = Path(path)
    if limit is not None and limit < 1:
        raise UsageError(f"'limit' is {limit}; at least 1 question is needed")
    for kind in kinds or ():
        if kind not in KINDS:
            raise UsageError(f"unknown kind {kind!r}; the kinds are {_listed(KINDS)}{did_you_mean(kind, KINDS)}")
    content = read_content(path)
    lines = list(parse_questions(content, str(path)))
    wrong = [found for _, found in lines if isinstance(found, UsageError)]
    if wrong:
        more = f" ({len(wrong) - 1} more lines of this file are wrong)" if len(wrong) > 1 else ""
        raise UsageError(f"{wrong[0].message}{more}", place=wrong[0].place, hint=wrong[0].hint)
    everything = [found for _, found in lines if isinstance(found, Question)]
    if not everything:
        raise UsageError("the file has no questions; a question is one JSON object a line", place=str(path))
    chosen = [question for question in everything if not kinds or question.kind in kinds]
    if not chosen:
        there = _listed(sorted({question.kind or "(no kind)" for question in everything}))
        raise UsageError(
            f"no question is of kind {_listed(sorted(kinds or ()))}; the file has {there}", place=str(path)
        )
    if split is not None:
        parts = sorted({str(question.extra.get("split")) for question in chosen if "split" in question.extra})
        chosen = [question for question in chosen if question.extra.get("split") == split]
        if not chosen:
            there = f"it has {_listed(parts)}" if parts else "none of its questions has the key 'split'"
            raise UsageError(
                f"no question is in the split {split!r}; {there}{did_you_mean(split, parts)}", place=str(path)
            )
    if seed is not None:
        random.Random(seed).shuffle(chosen)
    digest = hashlib.sha256(content).hexdigest()
    return QuestionSet(path.stem, path, tuple(chosen[:limit]), digest, len(everything))


def read_content(path: Path) -> bytes:
    """What a file of questions holds.

    Raises:
        UsageError: It cannot be read; the message has the nearest name beside it.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror).lower()
        beside = [each.name for each in path.parent.glob("*.jsonl")] if path.parent.is_dir() else []
        raise UsageError(
            f"the questions {str(path)!r} cannot be read: {reason}{did_you_mean(path.name, beside)}"
        ) from None


def _listed(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names)
