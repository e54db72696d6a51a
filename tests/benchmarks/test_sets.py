"""The halves of the question sets: nothing that one half knows stands in the other."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.questions import Question

golds = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3, unique=True), min_size=1, max_size=12)


def questions(gold: list[list[str]]) -> list[Question]:
    return [Question(f"q{number}", "?", gold=dict.fromkeys(ids, 1.0)) for number, ids in enumerate(gold)]


@given(golds)
def test_no_gold_document_is_in_both_halves(gold: list[list[str]]) -> None:
    from sets import halves_by_gold

    asked = questions(gold)
    halves = halves_by_gold(asked)
    documents = {
        half: {identity for each in asked if halves[each.id] == half for identity in each.gold_ids}
        for half in ("tuned", "held_out")
    }
    assert documents["tuned"].isdisjoint(documents["held_out"])
    assert set(halves) == {each.id for each in asked}


def test_questions_that_share_nothing_take_turns() -> None:
    from sets import halves_by_gold

    assert list(halves_by_gold(questions([["a"], ["b"], ["c"], ["d"]])).values()) == [
        "tuned", "held_out", "tuned", "held_out",
    ]  # fmt: skip


def test_sharing_goes_through_others() -> None:
    from sets import halves_by_gold

    halves = halves_by_gold(questions([["a", "b"], ["c", "d"], ["x"], ["b", "c"]]))
    assert halves["q0"] == halves["q1"] == halves["q3"] != halves["q2"]


def test_papers_are_cut_by_their_numbers() -> None:
    from sets import PAPERS, load_set

    papers = load_set(PAPERS, Path("nowhere"))
    assert {papers.halves[each.id] for each in papers.questions if int(each.id[1:]) % 2} == {"tuned"}
    assert set(Counter(papers.halves.values())) == {"tuned", "held_out"}
    assert all(each.gold_ids for each in papers.questions)


def test_a_set_that_is_absent_is_told_with_its_remedy(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/sets.py", "--only", "scifact", "--sets", str(tmp_path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert str(tmp_path / "scifact" / "questions.jsonl") in done.stderr
    assert "--sets or RAGKIT_BENCHMARKS" in done.stderr
