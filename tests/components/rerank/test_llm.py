"""rerank.llm: windows, permutations, and permutations that are none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.component import Calls
from ragkit.components.rerank.llm import Llm, windows
from ragkit.errors import LMError
from ragkit.testing import FakeScope, Fault, ScriptedLM
from ragkit.types import Passage, Passages
from tests.components.asking import step
from tests.components.helpers import ids, ranked

FOUR = ranked([0.9, 0.8, 0.7, 0.6])


def rank(ranking, found=FOUR, **parameters):
    reranker, lm = step(Llm, {"ranking": ranking}, **parameters)
    return reranker.run("Which?", found), lm


def test_a_permutation_is_the_order():
    result, lm = rank("[3] > [1] > [4] > [2]")
    assert ids(result.value) == ["p2", "p0", "p3", "p1"]
    assert result.value.ranked_by == "llm_rank"
    assert result.value.score_list() == [1.0, 0.5, pytest.approx(1 / 3), 0.25]
    assert result.value[0].scores["cosine"] == 0.7
    assert result.decision.details == {"from": [3, 1, 4, 2], "windows": 1}
    assert lm.requests[0].last.index("Text of p3.") < lm.requests[0].last.index("Which?")
    assert result.warnings == ()
    assert ids(rank("[3] > [1] > [4] > [2]", k=2)[0].value) == ["p2", "p0"]


@pytest.mark.parametrize(
    ("ranking", "order", "told"),
    [
        ("[3] > [1]", [3, 1, 2, 4], "leaves out 2 passages of 4: put behind the others, in their order"),
        ("4, 4, 2, 3, 1", [4, 2, 3, 1], None),
        ("[2] > [9] > [1] > [3] > [4]", [2, 1, 3, 4], "named passage 9, and there are 4 passages"),
        ("I would not like to judge.", [1, 2, 3, 4], "could not be read: they keep their order"),
        ("[0] > [17]", [1, 2, 3, 4], "could not be read"),
    ],
)
def test_of_a_bad_permutation_what_can_be_read_is_used_and_the_rest_told(ranking, order, told):
    result, _ = rank(ranking)
    assert ids(result.value) == [f"p{number - 1}" for number in order]
    assert (told is None) == (result.warnings == ())
    if told is not None:
        assert told in result.warnings[0]


def test_the_best_rises_from_the_end_of_a_long_list_to_its_top():
    names = [f"text {n:02d}" for n in range(30)]
    found = Passages([Passage(name, name, "", name) for name in names])

    def by_name_backwards(asked):
        shown = [line for line in asked.field("passages").split("\n\n")]
        order = sorted(range(len(shown)), key=lambda i: shown[i].split("] ")[1], reverse=True)
        return {"ranking": " > ".join(f"[{i + 1}]" for i in order)}

    lm = ScriptedLM(by_name_backwards)
    result = Llm(Llm.Params(k=10), FakeScope(lm)).run("Which?", found)
    assert ids(result.value) == [f"text {n}" for n in range(29, 19, -1)]
    assert len(lm.requests) == 2


@given(many=st.integers(1, 200), size=st.integers(2, 30), data=st.data())
@settings(max_examples=200)
def test_windows_cover_the_list_overlap_and_go_up(many, size, data):
    stride = data.draw(st.integers(1, size - 1))
    spans = windows(many, size, stride)
    assert spans[0][1] == many
    assert spans[-1][0] == 0
    assert all(1 <= last - first <= size for first, last in spans)
    assert all(above[1] > below[0] for below, above in pairwise(spans)), "they overlap"
    assert Llm.calls({"most": many, "window": size, "step": stride}) == Calls(lm=len(spans))
    assert all(len(windows(fewer, size, stride)) <= len(spans) for fewer in range(1, many)), "a true upper bound"


def test_only_so_many_are_read_and_the_rest_stays_behind():
    result, lm = rank("[2] > [1]", most=2)
    assert ids(result.value) == ["p1", "p0", "p2", "p3"]
    assert result.decision.reason.endswith("; what stands behind the first 2 ('most') was not read")
    assert result.warnings == ()
    assert "p2" not in lm.requests[0].prompt


def test_one_or_none_asks_nothing():
    reranker, lm = step(Llm)
    assert ids(reranker.run("Which?", FOUR[:1]).value) == ["p0"]
    assert (len(reranker.run("Which?", Passages()).value), lm.requests) == (0, [])


def test_a_passage_that_stands_twice_stays_twice():
    twice = Passages([FOUR[0], FOUR[0], FOUR[1]])
    assert ids(rank("[3] > [1] > [2]", twice)[0].value) == ["p1", "p0", "p0"]


def test_windows_that_do_not_overlap_are_refused():
    assert "less than 'window'" in Llm.check(Llm.Params(window=5, step=5))
    assert Llm.check(Llm.Params()) is None


@pytest.mark.parametrize("reply", [Fault("server"), ""])
def test_no_reply_is_an_error(reply):
    with pytest.raises(LMError):
        step(Llm, reply)[0].run("Which?", FOUR)
