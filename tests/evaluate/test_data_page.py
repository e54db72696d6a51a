"""The questions that docs/data.md shows are questions, and it names every finding and every way of making one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ragkit.evaluate.checking.finding import CODES
from ragkit.evaluate.checking.form import check_form
from ragkit.evaluate.questions import KINDS, Question, parse_questions
from ragkit.evaluate.synth.draft import METHODS


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "data.md").read_text("utf-8")


def test_its_questions_are_questions_of_every_kind(page: str) -> None:
    shown = "".join(re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    questions = [found for _, found in parse_questions(shown.encode(), "data.md")]
    assert all(isinstance(question, Question) for question in questions), questions
    assert {question.kind for question in questions if isinstance(question, Question)} == set(KINDS)
    assert [finding for q in questions if isinstance(q, Question) for finding in check_form(q, 1)] == []


def test_it_names_every_finding(page: str) -> None:
    assert [code for code in CODES if f"`{code}`" not in page] == []


def test_it_names_every_method(page: str) -> None:
    plain = {"arithmetic", "conversion", "greeting", "task", "common-knowledge", "abbreviation"}
    assert [method for method in METHODS if method not in plain and f"`{method}`" not in page] == []
