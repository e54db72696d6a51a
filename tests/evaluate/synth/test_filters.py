from __future__ import annotations

from typing import Any

import pytest

from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.filters import MEANINGS, REASONS, Filters
from ragkit.evaluate.synth.material import Material
from tests.evaluate.synth.corpora import library

ASKED: dict[str, Any] = {
    "kind": "single",
    "method": "subject",
    "question": "Which system assigns cranes to ships by keel depth?",
    "answers": ("HarborSort",),
    "gold_ids": ("harborsort",),
    "made_from": ("harborsort",),
}


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(library(), seed=0)


def fails(material: Material, **change: Any) -> str | None:
    return Filters(material).fails(Draft(**{**ASKED, **change}))


def test_a_good_question_passes(material: Material) -> None:
    assert fails(material) is None


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("length", {"question": "What sorts?"}),
        ("length", {"question": "Which system " + "very " * 40 + "much?"}),
        ("deictic", {"question": "Which system assigns these cranes to ships by keel depth?"}),
        ("deictic", {"question": "Which system do the authors give to ships by keel depth?"}),
        ("unfinished", {"question": "Which system assigns cranes to ships by keel depth and?"}),
        ("unfinished", {"question": "Which system assigns (cranes to ships by keel depth?"}),
        ("unfinished", {"question": 'Which system assigns "cranes to ships by keel depth?'}),
        ("unfinished", {"question": "Which system assigns $\\alpha$ cranes to ships by keel depth?"}),
        ("unfinished", {"question": "Which system assigns ships to cranes that are massive?"}),
        ("answer-in-question", {"question": "Which HarborSort system assigns cranes to ships by keel depth?"}),
        ("answer-not-in-gold", {"answers": ("DockNet 2",)}),
        ("names-its-title", {"question": "Who likes HarborSort: A Scheduling System for Container Cranes?",
                             "answers": ("Tidal Wave Forecasting",)}),
        ("names-its-title", {"question": "Which document presents HarborSort with 12 modules and a shared ledger?",
                             "answers": ("A Scheduling System for Container Cranes",), "method": "sentence"}),
        ("unspecific", {"question": "Which system is it in the end?"}),
        ("ambiguous", {"question": "Which document is about tidal wave forecasting to correct estimates?"}),
    ],
)  # fmt: skip
def test_each_reason(material: Material, reason: str, change: dict[str, Any]) -> None:
    assert fails(material, **change) == reason


def test_titles_may_be_wanted(material: Material) -> None:
    question = "Who likes HarborSort: A Scheduling System for Container Cranes?"
    draft = Draft(**{**ASKED, "question": question, "answers": ("Tidal Wave Forecasting",)})
    assert Filters(material).fails(draft) == "names-its-title"
    assert Filters(material, titles=True).fails(draft) is None


def test_a_question_without_documents_must_not_be_answered_by_one(material: Material) -> None:
    asked: dict[str, Any] = {"kind": "none", "gold_ids": (), "made_from": (), "method": "common-knowledge"}
    assert (
        fails(material, **asked, question="tension of mooring lines", answers=("sonar recordings",))
        == "answered-by-corpus"
    )
    assert fails(material, **asked, question="tension of mooring lines", answers=("Paris",)) is None
    assert fails(material, **asked, question="Hello!", answers=()) is None


def test_every_reason_is_explained() -> None:
    assert set(MEANINGS) == set(REASONS)
