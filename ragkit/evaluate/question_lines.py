"""From lines of JSON to questions, with what is wrong with a line and where."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ragkit.errors import UsageError, did_you_mean, nearest
from ragkit.evaluate.question import KINDS, Question
from ragkit.types import Turn

KEYS = ("id", "question", "answers", "gold_ids", "judgements", "kind", "evidence", "history", "inputs")
"""The keys with a meaning; every other key of a line is kept in ``Question.extra``."""
_PARTS = " || "


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
        raise UsageError(f"unknown kind {kind!r}; the kinds are {', '.join(map(repr, KINDS))}{near}", place=place)
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
    if b"\\u" in line and not _is_text(value):
        hint = "write the whole pair, such as \\ud83d\\ude00, or the character itself"
        raise UsageError("an escape \\ud800 to \\udfff is half of a surrogate pair", place=place, hint=hint)
    if not isinstance(value, dict):
        raise UsageError("the line is no JSON object; a question is one object a line", place=place)
    return value


def _is_text(value: Any) -> bool:
    """False where JSON escaped half a character, which no file, model or page can take."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


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
