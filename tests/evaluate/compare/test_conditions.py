"""Warnings: what is not the same on all sides, and what nobody knows."""

from __future__ import annotations

import pytest

from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.conditions import conditions, settings
from tests.evaluate.compare.making import CARD, row, side


def warnings(*sides) -> str:
    return "\n".join(compare(list(sides)).warnings)


def test_equal_conditions_need_no_warning() -> None:
    assert warnings(side("A", [row("q")]), side("B", [row("q")])) == ""


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ({"corpus_version": {"papers": "20260202-bbbb"}}, "version of corpus papers differs: 20260101-aaa (A); 2026"),
        ({"data": {"sha256": "e" * 64}}, "data differs: dddddddddddd (A); eeeeeeeeeeee (B)"),
        (
            {"models": {"encoder of papers": {"name": "all-MiniLM-L6-v2", "digest": "77"}}},
            "encoder of papers differs: all-MiniLM-L6-v2 53aa5117 (A); all-MiniLM-L6-v2 77 (B)",
        ),
        ({"tokenizer": {"papers": "other"}}, "tokenizer of papers differs"),
        ({"machine": {"system": "Linux x86_64", "cpu": "A slow one", "cores": 2}}, "machine differs: A fast one, 2"),
        ({"versions": {"python": "3.11.9", "ragkit": "0.2.0", "numpy": "2.4.6"}}, "version of ragkit differs: 0.1.0"),
        ({"mode": "batch"}, "seconds are not compared, for the sides did not run alike: A singly, B batch"),
    ],
)  # fmt: skip
def test_what_differs_is_told(card: dict, told: str) -> None:
    found = warnings(side("A", [row("q")]), side("B", [row("q")], **card))
    assert told in found
    assert len(found.splitlines()) == 1


def test_two_corpora_are_told_apart() -> None:
    found = warnings(side("A", [row("q")]), side("B", [row("q")], corpus_version={"notes": "1"}))
    assert "version of corpus papers differs: 20260101-aaa (A); none (B)" in found
    assert "version of corpus notes differs: none (A); 1 (B)" in found


def test_another_pipeline_overlay_or_language_model_is_what_is_compared() -> None:
    other = {
        "pipeline": {"name": "other", "hash": "ff", "file": "other.yaml"},
        "overlay": {"file": "tuned.yaml", "sha256": "ab" * 32},
        "choices": {"evidence.buffer": 2},
        "models": {**CARD["models"], "answer": {"name": "openai/gpt"}},
    }
    sides = [side("A", [row("q")]), side("B", [row("q")], **other)]
    assert warnings(*sides) == ""
    shown = settings(sides)
    assert shown["pipeline"] == ("pipelines/naive.yaml", "other.yaml")
    assert shown["overlay"] == ("none", "tuned.yaml abababababab")
    assert shown["choices"] == ("none", "evidence.buffer 2")
    assert shown["LM answer"] == ("none", "openai/gpt")
    assert shown["size of papers"] == ("documents 100, passages 300",) * 2


def test_what_is_not_known_is_told_and_not_taken_for_equal() -> None:
    rows = side("B", [row("q")])
    bare = type(rows)("B", "b.jsonl", rows.outcomes, {"models": {"encoder of papers": "all-MiniLM-L6-v2"}})
    found = warnings(side("A", [row("q")]), bare)
    assert "not known of B, so not compared: version of corpus papers, data, tokenizer of papers, machine, " in found
    assert "differs" not in found
    assert conditions([bare])["machine"] == ("not known",)


def test_an_encoder_without_a_digest_is_compared_by_name() -> None:
    rows = side("B", [row("q")], models={"encoder of papers": "all-MiniLM-L6-v2"})
    assert "encoder" not in warnings(side("A", [row("q")]), rows)
    other = side("B", [row("q")], models={"encoder of papers": "e5"})
    assert "encoder of papers differs: all-MiniLM-L6-v2 (A); e5 (B)" in warnings(side("A", [row("q")]), other)


def test_metrics_of_another_version_are_named() -> None:
    found = warnings(side("A", [row("q", {"novelty": 1.0})]), side("B", [row("q")]))
    assert found == "not compared, for this version of ragkit does not know what they are: novelty"


def test_questions_that_are_left_out_are_counted() -> None:
    found = warnings(side("A", [row("q")]), side("B", [row("q"), row("r"), row("s")]))
    assert found == "2 of 3 questions of B are left out: not every side has them"


def test_passages_only_and_answers_do_not_mean_the_same_by_correct() -> None:
    found = warnings(side("A", [row("q")]), side("B", [row("q", answer=None)]))
    assert "B gives passages and no answers" in found
    failed = side("B", [row("q", answer=None, error={"code": "step"})])
    assert "gives passages" not in warnings(side("A", [row("q")]), failed)


def test_questions_that_were_asked_for_and_no_side_has_are_told() -> None:
    sides = [side("A", [row("q"), row("r")]), side("B", [row("r")])]
    told = compare(sides, wanted=["q", "r", "s", "t"]).warnings
    assert "2 of the 4 questions asked for are on no side" in told
    assert "1 of 2 questions of A are left out: not every side has them" in told
    assert not any("asked for" in warning for warning in compare(sides, wanted=["q", "r"]).warnings)
