from __future__ import annotations

import pytest

from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.figures import figures
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.selection import Kept
from tests.evaluate.synth.corpora import library


def about(*questions: tuple[str, str]) -> dict:
    kept = [Kept(Draft("single", "subject", text, ("x",), (id,), (), (id,)), None) for text, id in questions]
    return figures(kept, Material(library(), seed=0))


def test_a_copied_question_overlaps_wholly_and_is_trivial() -> None:
    told = about(("assigns cranes to ships by keel depth", "harborsort"))
    assert told["overlap"] == {"words": 1.0, "copied": 1.0}
    assert told["round_trip"]["bm25"]["recall@1"] == 1.0
    assert told["round_trip"]["bm25"]["trivial"] == 1.0
    assert told["diversity"]["nearest_cosine"] is None


def test_half_a_copy() -> None:
    told = about(("wooden cranes to ships painted yellow", "harborsort"))
    assert told["overlap"]["words"] == pytest.approx(2 / 5, abs=0.001)
    assert told["overlap"]["copied"] == pytest.approx(3 / 6)
    assert told["round_trip"]["bm25"]["trivial"] == 0.0


def test_variety() -> None:
    same = about(("cranes of ships", "harborsort"), ("cranes of ships", "harborsort"))["diversity"]
    other = about(("cranes of ships", "harborsort"), ("salinity along estuaries", "saltmap"))["diversity"]
    assert same["distinct_1"] == 0.5
    assert other["distinct_1"] == 1.0
    assert same["nearest_cosine"] > other["nearest_cosine"]
    assert same["words"] == 3


def test_nothing_is_null() -> None:
    told = about()
    assert told["overlap"] == {"words": None, "copied": None}
    assert told["round_trip"]["dense"]["recall@10"] is None
    assert told["split"] is None
