"""query.decompose: parts that stand alone, at least one and never too many."""

from __future__ import annotations

import pytest

from ragkit.components.query.decompose import Decompose
from ragkit.errors import LMError
from tests.components.asking import step

QUESTION = "How do BM25 and HNSW differ?"


def run(questions, **parameters):
    decompose, lm = step(Decompose, {"questions": questions}, **parameters)
    return decompose.run(QUESTION), lm


def test_parts():
    result, lm = run(["What is BM25?", "What is HNSW?"], most=3)
    assert (result.value.questions, result.value.several) == (["What is BM25?", "What is HNSW?"], True)
    assert result.decision.reason == "split into 2 parts"
    assert lm.requests[0].field("most") == "3"


def test_a_question_of_one_part_is_said():
    result, _ = run([QUESTION])
    assert (result.value.questions, result.value.several) == ([QUESTION], False)
    assert result.decision.reason == "the question asks one thing"


def test_too_many_are_cut_and_repeated_ones_left_out():
    result, _ = run(["a", "A.", "b", "c"], most=2)
    assert result.value.questions == ["a", "b"]
    assert result.warnings == (
        "1 part said nothing new: left out", "the LM wrote 3 parts: the first 2 were taken ('most')",
    )  # fmt: skip


def test_no_part_is_the_question_with_a_warning():
    result, _ = run(["", " "])
    assert result.value.questions == [QUESTION]
    assert result.warnings[-1] == "the LM gave no part: the question goes on as it is"


def test_a_reply_that_is_no_list_is_an_error():
    with pytest.raises(LMError, match="questions"):
        step(Decompose, "I would rather not.")[0].run(QUESTION)
