"""select.llm_filter: one request for the whole list."""

from __future__ import annotations

import pytest

from ragkit.component import Calls
from ragkit.components.select.llm_filter import LlmFilter
from ragkit.errors import LMError
from ragkit.testing import Fault
from ragkit.types import Passages
from tests.components.asking import step
from tests.components.helpers import ids, ranked

FOUR = ranked([0.9, 0.8, 0.7, 0.6])


def keep(helpful, **parameters):
    select, lm = step(LlmFilter, {"helpful": helpful}, **parameters)
    return select.run("Which?", FOUR), lm


def test_what_the_lm_names_is_kept_in_the_order_of_the_list():
    result, lm = keep([4, 2])
    assert ids(result.value) == ["p1", "p3"]
    assert result.value.ranked_by == "cosine"
    assert result.decision.reason == "kept 2 of 4: the LM named 2 of the 4 it was shown"
    assert (result.decision.kept, result.decision.of) == (2, 4)
    assert result.decision.details == {"named": [4, 2], "shown": 4}
    assert lm.requests[0].last.index("Text of p3.") < lm.requests[0].last.index("Which?")
    assert LlmFilter.calls({}) == Calls(lm=1)


def test_a_minimum_is_filled_from_the_top():
    result, _ = keep([3], minimum=2)
    assert ids(result.value) == ["p0", "p2"]
    assert result.decision.reason.endswith("; raised to the minimum of 2")
    assert len(keep([], minimum=9)[0].value) == 4


def test_nothing_named_keeps_nothing_and_is_told():
    result, _ = keep("none")
    assert len(result.value) == 0
    assert result.warnings[-1] == "none of the 4 passages was kept"


def test_a_number_of_no_passage_is_told():
    result, _ = keep([1, 9])
    assert ids(result.value) == ["p0"]
    assert result.warnings == ("the LM named passage 9, and there are 4 passages: not taken into account",)


def test_what_was_not_shown_is_dropped_and_told():
    result, lm = keep([1], most=3)
    assert "p3" not in lm.requests[0].prompt
    assert result.warnings == ("1 passage behind the first 3 not shown to the LM ('most') and dropped",)


def test_without_passages_nothing_is_asked():
    select, lm = step(LlmFilter)
    assert len(select.run("Which?", Passages()).value) == 0
    assert lm.requests == []


@pytest.mark.parametrize("reply", [{"helpful": "the first, and perhaps 3"}, Fault("rate_limit")])
def test_no_list_is_an_error(reply):
    with pytest.raises(LMError):
        step(LlmFilter, reply)[0].run("Which?", FOUR)
