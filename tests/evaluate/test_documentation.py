"""docs/evaluation.md names every metric, every cause and every part of a report, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ragkit.evaluate.attribution import CAUSES
from ragkit.evaluate.question_lines import KEYS
from ragkit.evaluate.report import ERROR, report_of
from ragkit.spec.written.objectives import METRICS

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
CONDITIONS = {"mode": "batch", "corpus_version": {}}


def rows_of(section: str) -> list[str]:
    """The first cells of the tables of one section."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [line.split("|")[1].strip() for line in text.splitlines() if re.match(r"\| `", line)]


def test_every_metric_is_explained() -> None:
    told = {name for cell in rows_of("What is measured") for name in cell.strip("`").split()}
    assert told | {"correct"} == {re.sub(r"@\d+", "@k", name) for name in METRICS}
    assert "`correct` is right or wrong" in PAGE


def test_every_cause_is_explained_in_their_order() -> None:
    assert [cell.strip("`") for cell in rows_of("Why a question went wrong")] == [*CAUSES, ERROR]


def test_every_key_of_a_question_is_explained() -> None:
    told = {name.strip("` ") for cell in rows_of("Questions") for name in cell.split(",")}
    assert told == {*KEYS, "split", "retrieval_needed"}


@pytest.mark.parametrize("name", sorted(report_of([], CONDITIONS)))
def test_every_part_of_a_report_is_named(name: str) -> None:
    kept = PAGE.split("\n## What is kept\n")[1]
    assert f"`{name}`" in kept
