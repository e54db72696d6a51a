"""Question sets: JSON Lines of ``{"id", "question", "answers", "gold_ids", "kind"}``; other keys are kept."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NoReturn, get_args

from ragkit.errors import UsageError, did_you_mean, nearest
from ragkit.types import Turn

Kind = Literal["single", "multi", "aggregate", "none", "unanswerable"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEYS = ("id", "question", "answers", "gold_ids", "judgements", "kind", "evidence", "history", "inputs")
"""The keys with a meaning; every other key of a line is kept in ``Question.extra``."""

_NONE: Mapping[str, Any] = MappingProxyType({})
_PARTS = " || "


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known about its answer.

    Attributes:
        id: Unique in its file.
        question: What is asked.
        answers: Accepted answers; for an ``aggregate`` question the items of the list.
        gold: Judged document ids and their grades. From ``gold_ids`` a document has grade 1; ``judgements`` gives
            grades, where 0 and below say that a document was judged and is not relevant.
        kind: What a right answer takes: one document, several, a list, no document at all, or that there is none.
        evidence: Sentences of the gold documents that hold the answer, verbatim.
        history: The conversation before the question, oldest first.
        inputs: Values for the inputs that a pipeline declares.
        extra: All other keys of the line.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold: Mapping[str, float] = field(default_factory=lambda: _NONE)
    kind: Kind | None = None
    evidence: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    extra: Mapping[str, Any] = field(default_factory=lambda: _NONE)

    @property
    def gold_ids(self) -> tuple[str, ...]:
        """The ids of the relevant documents: those with a grade above 0, in the order of the file."""
        return tuple(id for id, grade in self.gold.items() if grade > 0)


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


def parse_questions(content: bytes, name: str) -> Iterator[tuple[int, Question | UsageError]]:
    """Each line's number and its question, or what is wrong with it; blank lines are passed over.

    Args:
        content: A file's content, UTF-8.
        name: What its places begin with.
    """
    first_line: dict[str, int] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            question = parse_question(_object(line, place), place)
            if question.id in first_line:
                raise UsageError(
                    f"the id {question.id!r} was given in line {first_line[question.id]} already", place=place
                )
            first_line[question.id] = number
            yield number, question
        except UsageError as error:
            yield number, error


def parse_question(value: Mapping[str, Any], place: str) -> Question:
    """The question of one JSON object.

    Raises:
        UsageError: A key is missing, has a value of another type, or is a near miss of a key that is not there.
    """
    for key in value:
        if key not in KEYS:
            meant = _near_miss(key)
            if meant is not None and meant not in value:
                hint = "keys of your own are kept, but not one so close to a key with a meaning"
                raise UsageError(f"unknown key {key!r}; did you mean {meant!r}?", place=place, hint=hint)
    for key in ("id", "question"):
        if key not in value:
            raise UsageError(f"the key {key!r} is missing", place=place, hint=f"known keys: {', '.join(KEYS)}")
        if not isinstance(value[key], str) or not value[key].strip():
            raise _wrong(key, value[key], "a text that is not blank", place)
    kind = value.get("kind")
    if kind is not None and kind not in KINDS:
        near = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        raise UsageError(f"unknown kind {kind!r}; the kinds are {_listed(KINDS)}{near}", place=place)
    given = value.get("inputs") or {}
    if not isinstance(given, dict):
        raise _wrong("inputs", given, "an object", place)
    return Question(
        value["id"],
        value["question"],
        _texts(value, "answers", place),
        _gold(value, place),
        kind,
        _evidence(value, place),
        tuple(_turn(turn, place) for turn in _list(value, "history", place)),
        given,
        {key: kept for key, kept in value.items() if key not in KEYS},
    )


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


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise UsageError(f"not UTF-8 at byte {error.start} of the line", place=place) from None
    except json.JSONDecodeError as error:
        hint = "a question is one line here; a JSON array is no JSON Lines" if line.strip() in (b"[", b"{") else None
        message = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise UsageError(message, place=f"{place}:{error.colno}", hint=hint) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not JSON: {error}", place=place) from None
    if not isinstance(value, dict):
        raise UsageError(f"the line is {type(value).__name__} and not an object", place=place)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _near_miss(key: str) -> str | None:
    guess = nearest(key.lower(), KEYS)
    # "answer" and "gold_id" are typing errors; "answer_type" is a key of somebody's own.
    return guess if guess is not None and abs(len(guess) - len(key)) <= 1 else None


def _list(value: Mapping[str, Any], key: str, place: str) -> Sequence[Any]:
    found = value.get(key)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise _wrong(key, found, "a list", place)
    return found


def _texts(value: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    found = _list(value, key, place)
    for each in found:
        if not isinstance(each, str) or not each.strip():
            raise _wrong(key, each, "texts that are not blank", place)
    return tuple(found)


def _evidence(value: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """A list of texts, or one text whose parts stand between ``||``."""
    found = value.get("evidence")
    if isinstance(found, str):
        return tuple(part.strip() for part in found.split(_PARTS) if part.strip())
    return _texts(value, "evidence", place)


def _gold(value: Mapping[str, Any], place: str) -> dict[str, float]:
    gold = dict.fromkeys(_texts(value, "gold_ids", place), 1.0)
    judged = value.get("judgements") or {}
    if not isinstance(judged, dict):
        raise _wrong("judgements", judged, "an object of document ids and grades", place)
    for id, grade in judged.items():
        if isinstance(grade, bool) or not isinstance(grade, (int, float)) or not math.isfinite(grade):
            raise _wrong(f"judgements.{id}", grade, "a number", place)
        if id in gold and grade <= 0:
            raise UsageError(f"{id!r} stands in 'gold_ids' and is judged {grade} in 'judgements'", place=place)
        gold[id] = float(grade)
    return gold


def _turn(value: Any, place: str) -> Turn:
    if isinstance(value, dict) and value.get("role") in ("user", "assistant") and isinstance(value.get("text"), str):
        return Turn(value["role"], value["text"])
    raise _wrong("history", value, "objects {'role': 'user' or 'assistant', 'text': …}", place)


def _wrong(key: str, found: Any, allowed: str, place: str) -> UsageError:
    shown = repr(found)
    return UsageError(f"{key!r} has {shown if len(shown) <= 60 else shown[:57] + '…'}; it takes {allowed}", place=place)


def _listed(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names)
