"""Sides from what evaluations have left: saved results and files of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from ragkit.errors import UsageError
from ragkit.evaluate.compare.outcome import Outcome
from ragkit.evaluate.compare.side import Side

if TYPE_CHECKING:
    from ragkit.evaluate.questions import QuestionSet
    from ragkit.evaluate.results import SavedResult


def side_of_result(saved: SavedResult, label: str, source: str) -> Side:
    """The side that a saved result is."""
    place = saved.folder / "rows.jsonl"
    outcomes = _outcomes(((f"{place}:{number}", row) for number, row in enumerate(saved.rows(), start=1)), str(place))
    return Side(label, source, outcomes, saved.report.get("conditions") or {})


def side_of_rows(path: Path, label: str, source: str) -> Side:
    """The side that a file of rows is (``ragkit eval --rows``). Its card is what rows say: no data, no machine.

    Raises:
        UsageError: The file cannot be read, a line is not a row, or the rows are of more than one evaluation.
    """
    outcomes = read_outcomes(path)
    return Side(label, source, outcomes, _card(outcomes, path))


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """The rows of a file by question id.

    Raises:
        UsageError: The file cannot be read, or a line is not a row.
    """
    return _outcomes(_lines(path), str(path))


def restrict(side: Side, questions: QuestionSet) -> Side:
    """The side on these questions only, and in their order.

    Raises:
        UsageError: It was evaluated on other questions, or on other answers to them.
    """
    outcomes = {}
    for question in questions.questions:
        outcome = side.outcomes.get(question.id)
        if outcome is None:
            continue
        asked = (question.question, tuple(sorted(question.answers)), tuple(sorted(question.gold_ids)), question.kind)
        if outcome.label != asked:
            raise UsageError(
                f"question {question.id!r} of {side.label} is not the one in {questions.path.name}: "
                "its text, answers, gold documents or kind differ",
                place=str(questions.path),
                hint="evaluate again, or leave out --data to compare saved results as they are",
            )
        outcomes[question.id] = outcome
    if not outcomes:
        raise UsageError(f"{side.label} has none of the questions asked for", place=str(questions.path))
    return replace(side, outcomes=outcomes)


def _lines(path: Path) -> Iterable[tuple[str, Any]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield f"{path}:{number}", _object(line, f"{path}:{number}")
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _object(line: bytes, place: str) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"not a line of JSON: {error}", place=place) from error


def _outcomes(rows: Iterable[tuple[str, Any]], source: str) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for place, row in rows:
        try:
            outcome = Outcome.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                f"not a row of an evaluation: {where or 'the line'}: {first['msg'].lower()}",
                place=place,
                hint="rows are written by `ragkit eval PIPELINE --data FILE --rows FILE`",
            ) from error
        if outcome.id in found:
            raise UsageError(f"two rows have the id {outcome.id!r}", place=place)
        found[outcome.id] = outcome
    if not found:
        raise UsageError(f"there are no rows in {source!r}")
    return found


def _card(outcomes: Mapping[str, Outcome], path: Path) -> dict[str, Any]:
    """What the rows agree on: a file whose rows come from two pipelines, or two index versions, is no side.

    Raises:
        UsageError: They do not agree.
    """
    whole = [outcome for outcome in outcomes.values() if outcome.error is None] or list(outcomes.values())
    first = whole[0]
    for outcome in whole:
        for name in ("pipeline", "conditions"):
            ours, theirs = getattr(first, name), getattr(outcome, name)
            if ours != theirs:
                raise UsageError(
                    f"rows of two evaluations in one file: {name} is {ours} for {first.id!r} and {theirs} for "
                    f"{outcome.id!r}",
                    place=str(path),
                )
    return {"pipeline": first.pipeline or None, **{name: value for name, value in first.conditions.items() if value}}
