"""judge.sufficiency: enough or not, and what to look for."""

from __future__ import annotations

import pytest

from ragkit.components.judge.sufficiency import Sufficiency
from ragkit.errors import LMError
from ragkit.testing import Fault
from ragkit.types import Passages
from tests.components.asking import step
from tests.components.helpers import ranked

FOUND = ranked([0.9, 0.8])


def test_what_is_missing_is_the_next_query():
    judge, lm = step(Sufficiency, {"sufficient": False, "missing": '"size of the\nbuffer"'})
    result = judge.run("How large?", FOUND)
    assert (result.value.sufficient, result.value.missing) == (False, "size of the buffer")
    assert result.decision.reason == "2 passages do not suffice; missing: “size of the buffer”"
    assert (result.decision.score, result.decision.threshold) == (0.0, 1.0)
    assert lm.requests[0].last.index("Text of p1.") < lm.requests[0].last.index("How large?")


def test_where_nothing_is_missing_the_query_is_empty():
    result = step(Sufficiency, {"sufficient": True, "missing": "none"})[0].run("How large?", FOUND)
    assert (result.value.sufficient, result.value.missing, result.warnings) == (True, "", ())


def test_a_verdict_without_what_is_missing_asks_the_question_again():
    result = step(Sufficiency, {"sufficient": False, "missing": ""})[0].run("How large?", FOUND)
    assert result.value.missing == "How large?"
    assert "did not say what is missing" in result.warnings[0]


def test_without_passages_nothing_is_asked():
    judge, lm = step(Sufficiency)
    result = judge.run("How large?", Passages())
    assert (result.value.sufficient, result.value.missing) == (False, "How large?")
    assert lm.requests == []


@pytest.mark.parametrize("reply", [{"sufficient": "perhaps", "missing": "x"}, {"missing": "x"}, Fault("timeout")])
def test_no_verdict_is_an_error(reply):
    with pytest.raises(LMError):
        step(Sufficiency, reply)[0].run("How large?", FOUND)
