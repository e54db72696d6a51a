"""The product's own benchmark is what its card says."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

Row = dict[str, object]


@pytest.fixture(scope="module")
def rows(repository: Path) -> list[Row]:
    lines = (repository / "corpora" / "papers" / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def card(repository: Path) -> str:
    return (repository / "corpora" / "papers" / "README.md").read_text("utf-8")


def test_odd_numbers_tune_and_even_ones_report(rows: list[Row]) -> None:
    assert [row["id"] for row in rows] == [f"p{number:03}" for number in range(1, 194)]
    assert [row["split"] for row in rows] == [("report", "tune")[number % 2] for number in range(1, 194)]


def test_the_card_counts_them(rows: list[Row], card: str) -> None:
    counts = Counter((row["kind"], split) for row in rows for split in ("all", row["split"]))
    told = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \|", card, re.MULTILINE)
    assert {(kind, *map(int, numbers)) for kind, *numbers in told} == {
        (kind, counts[kind, "all"], counts[kind, "tune"], counts[kind, "report"]) for kind, _ in counts
    }
    assert f"holds {len(rows)} questions" in card


def test_gold_is_there_where_the_kind_has_it(rows: list[Row]) -> None:
    least = {"single": 1, "multi": 2, "aggregate": 2, "none": 0, "unanswerable": 0}
    for row in rows:
        gold = row["gold_ids"]
        assert isinstance(gold, list)
        assert len(gold) >= least[str(row["kind"])], row
        assert bool(gold) == bool(least[str(row["kind"])]), row
        assert bool(row["evidence"]) == bool(gold), row


def test_they_are_those_that_were_written(rows: list[Row], shared: Path) -> None:
    lines = (shared / "papers" / "questions.jsonl").read_text("utf-8").splitlines()
    assert [{key: row[key] for key in row if key != "split"} for row in rows] == [json.loads(line) for line in lines]


def test_a_project_over_the_papers_brings_them(repository: Path) -> None:
    from ragkit.cli.templates import files

    written = dict(files("papers"))
    file = repository / "corpora" / "papers" / "questions.jsonl"
    assert written["corpora/papers/questions.jsonl"] == file.read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_wrong_with_them(repository: Path, tmp_path: Path) -> None:
    from ragkit.corpus import load_corpus
    from ragkit.evaluate.checking.check import check_questions

    corpus = load_corpus("papers", repository / "corpora", repository / ".ragkit")
    if corpus.status() != "current":
        corpus = load_corpus("papers", repository / "corpora", tmp_path)
        corpus.build()
    report = check_questions(repository / "corpora" / "papers" / "questions.jsonl", corpus.reader())
    assert report.findings == ()
    assert report.reach["hybrid"] == pytest.approx(1.0, abs=0.01)
