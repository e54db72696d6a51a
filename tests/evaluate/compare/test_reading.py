"""Sides from saved results and from files of rows, and what is wrong with a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.compare.reading import restrict, side_of_result, side_of_rows
from ragkit.evaluate.questions import read_questions
from ragkit.evaluate.results import Results
from tests.evaluate.compare.making import CARD, row, save, write_rows, wrong


def test_a_saved_result_brings_its_card(tmp_path: Path) -> None:
    save(tmp_path, "before", [row("a"), wrong("b")], mode="batch")
    side = side_of_result(Results(tmp_path).load("before"), "A", "before")
    assert list(side.outcomes) == ["a", "b"]
    assert side.card == CARD | {"mode": "batch"}
    assert [outcome.state for outcome in side.outcomes.values()] == ["right", "retrieval_miss"]


def test_rows_bring_what_each_of_them_says(tmp_path: Path) -> None:
    side = side_of_rows(write_rows(tmp_path / "rows.jsonl", [row("a"), row("b")]), "A", "rows.jsonl")
    assert side.card["pipeline"] == {"name": "naive", "hash": "0123456789abcdef"}
    assert side.card["corpus_version"] == {"papers": "20260101-aaaa"}
    assert not side.timed
    assert {"machine", "data", "mode"} & set(side.card) == set()


def test_rows_of_two_pipelines_are_no_side(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows.jsonl", [row("a"), row("b", pipeline={"name": "other", "hash": "1"})])
    with pytest.raises(UsageError, match="rows of two evaluations in one file: pipeline is"):
        side_of_rows(file, "A", "rows.jsonl")
    failed = row("0", error={"code": "step"}, pipeline={"name": "other", "hash": "1"})
    write_rows(file, [failed, row("a"), row("b", conditions={"corpus_version": {"papers": "2"}})])
    with pytest.raises(UsageError, match="conditions is"):
        side_of_rows(file, "A", "rows.jsonl")
    write_rows(file, [failed, row("a"), row("b")])
    assert side_of_rows(file, "A", "rows.jsonl").card["pipeline"]["name"] == "naive"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "there are no rows in", None),
        ("\n\n", "there are no rows in", None),
        ("{", "not a line of JSON", 1),
        (json.dumps(row("a")) + "\n[1]", "not a row of an evaluation: the line", 2),
        ('{"question": "What?", "metrics": {}}', "not a row of an evaluation: id: field required", 1),
        ('{"id": 3, "question": "What?", "metrics": {}}', "not a row of an evaluation: id: ", 1),
        ('{"id": "a", "question": "What?"}', "not a row of an evaluation: metrics: field required", 1),
        (
            '{"id": "a", "question": "What?", "metrics": {"mrr": "high"}}',
            "not a row of an evaluation: metrics.mrr: ",
            1,
        ),
        (json.dumps(row("a")) + "\n\n" + json.dumps(row("a")), "two rows have the id 'a'", 3),
    ],
)
def test_wrong_files_are_answered_with_the_line(tmp_path: Path, text: str, message: str, line: int | None) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(text)
    with pytest.raises(UsageError) as raised:
        side_of_rows(file, "A", str(file))
    assert message in raised.value.message
    assert raised.value.place == (None if line is None else f"{file}:{line}")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*No such file"):
        side_of_rows(tmp_path / "none.jsonl", "A", "none.jsonl")


def questions(tmp_path: Path, *rows: dict) -> Path:
    keys = ("id", "question", "answers", "gold_ids", "kind")
    return write_rows(tmp_path / "questions.jsonl", [{key: one[key] for key in keys} for one in rows])


def test_only_the_questions_asked_for_are_kept(tmp_path: Path) -> None:
    side = side_of_rows(write_rows(tmp_path / "rows.jsonl", [row("a"), row("b"), row("c")]), "A", "rows.jsonl")
    asked = read_questions(questions(tmp_path, row("c"), row("a"), row("z")))
    assert list(restrict(side, asked).outcomes) == ["c", "a"]


def test_a_result_of_other_questions_is_refused(tmp_path: Path) -> None:
    side = side_of_rows(write_rows(tmp_path / "rows.jsonl", [row("a")]), "A", "rows.jsonl")
    with pytest.raises(UsageError, match=r"question 'a' of A is not the one in questions\.jsonl"):
        restrict(side, read_questions(questions(tmp_path, row("a", gold_ids=["other"]))))
    with pytest.raises(UsageError, match="A has none of the questions asked for"):
        restrict(side, read_questions(questions(tmp_path, row("z"))))
