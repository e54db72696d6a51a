"""The better of two notes."""

from __future__ import annotations

import pytest

from ragkit.components.judge.preferred import Preferred
from ragkit.errors import LMError
from tests.components.asking import step


@pytest.mark.parametrize(("better", "best"), [(True, "New."), (False, "Old.")])
def test_the_better_one_is_kept(better, best):
    asking, lm = step(Preferred, {"second_is_better": better})
    result = asking.run("Where?", "Old.", "New.")
    assert result.value == (best, better, not better)
    assert (result.decision.score, result.decision.threshold) == (float(better), 1.0)
    assert (lm.requests[0].field("first"), lm.requests[0].field("second")) == ("Old.", "New.")


@pytest.mark.parametrize(("after", "told"), [("", "empty"), (" \n", "empty"), ("old", "says the same")])
def test_where_nothing_new_is_said_nothing_is_asked(after, told):
    asking, lm = step(Preferred)
    result = asking.run("Where?", "Old.", after)
    assert result.value == ("Old.", False, True) and told in result.decision.reason
    assert lm.requests == []


def test_a_reply_without_a_verdict_is_an_error_and_no_preference():
    asking, _ = step(Preferred, "The first one is true to the facts.")
    with pytest.raises(LMError):
        asking.run("Where?", "Old.", "New.")
