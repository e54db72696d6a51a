"""Which questions trained steps have seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.evaluate.seen import DIGITS, asked_again, digest_of, digests_of, seen_by
from ragkit.spec.load import load_text
from ragkit.trained import Trained

PIPELINE = """
version: 1
name: x
corpus: papers
steps:
  found: {use: retrieve.hybrid}
  few: {use: select.learned, passages: found, state: new.json, recall: 0.9}
  kept: {use: select.conformal, passages: few, state: old.json}
output: kept
"""


@pytest.mark.parametrize("other", ["what is crag", " What  is CRAG ? ", "What is CRAG?!", "What is \uff23RAG?"])
def test_a_question_is_the_same_however_it_is_typed(other: str) -> None:
    assert digest_of(other) == digest_of("What is CRAG?")


@pytest.mark.parametrize("other", ["What was CRAG?", "What is CRAG-2?", "What is C RAG?"])
def test_another_question_is_another(other: str) -> None:
    assert digest_of(other) != digest_of("What is CRAG?")
    assert digest_of("7*8") != digest_of("7+8")


def test_digests_are_short_and_tell_no_order() -> None:
    texts = [f"What is {i}?" for i in range(50)]
    found = digests_of([*texts, *texts])
    assert found == digests_of(reversed(texts))
    assert {len(one) for one in found} == {DIGITS}
    assert len(found) == 50
    assert asked_again([*texts[:2], "Else?"], {"gate": found, "kind": ()}) == {"gate": 2, "kind": 0}


def test_a_plan_says_what_its_steps_have_seen_and_files_of_before_say_nothing(tmp_path: Path) -> None:
    learned = digests_of(["What is CRAG?"])
    Trained("select.learned", {}, {}, {}, learned).write(tmp_path / "new.json")
    Trained("select.conformal", {}, {}, {}).write(tmp_path / "old.json")
    assert "questions" not in json.loads((tmp_path / "old.json").read_bytes())
    plan = load_text(PIPELINE, "x.yaml", base=tmp_path, catalogue=Catalogue())
    assert seen_by(plan) == {"few": frozenset(learned)}


def test_what_is_shipped_has_seen_no_question_of_the_half_that_is_for_reporting(repository: Path) -> None:
    lines = (repository / "corpora" / "papers" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    halves = {half: [one["question"] for one in asked if one["split"] == half] for half in ("tune", "report")}
    for file in sorted((repository / "pipelines" / "trained").glob("*.json")):
        digests = json.loads(file.read_bytes())["questions"].split()
        seen = {half: asked_again(texts, {file.name: digests})[file.name] for half, texts in halves.items()}
        assert seen == {"tune": len(halves["tune"]), "report": 0}, file.name
