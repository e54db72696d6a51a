"""judge.retrieval: three labels by two thresholds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.judge.retrieval import LABELS, Retrieval
from ragkit.errors import UsageError
from ragkit.types import Passages
from tests.components.helpers import ids, ranked


def judge(scores, upper=0.6, lower=0.2, name="relevance", **params):
    return Retrieval(Retrieval.Params(upper=upper, lower=lower, **params)).run(ranked(scores, name))


@pytest.mark.parametrize(
    ("scores", "label", "kept"),
    [
        ([0.6, 0.1], "correct", 1),
        ([0.9, 0.8, 0.2], "correct", 3),
        ([0.59, 0.3], "ambiguous", 2),
        ([0.2], "ambiguous", 1),
        ([0.19, 0.0], "incorrect", 0),
    ],
)
def test_thresholds_are_inclusive(scores, label, kept):
    result = judge(scores)
    assert (result.value.label, len(result.value.relevant), result.value.found) == (label, kept, kept > 0)
    assert result.value.best == scores[0] == result.decision.score
    assert result.decision.threshold == (0.6 if label == "correct" else 0.2)
    assert result.decision.details["scores"] == scores


def test_nothing_found_is_incorrect_and_has_no_best():
    result = Retrieval(Retrieval.Params(upper=1, lower=0)).run(Passages())
    assert (result.value.label, result.value.best) == ("incorrect", None)


def test_another_score_can_be_named_and_is_the_order_then():
    found = Passages([p.scored("cosine", s) for p, s in zip(ranked([0.9, 0.8], "relevance"), (0.1, 0.7), strict=True)])
    result = Retrieval(Retrieval.Params(upper=0.6, lower=0.05, score="cosine")).run(found)
    assert (result.value.label, ids(result.value.relevant)) == ("correct", ["p1", "p0"])
    assert result.value.relevant.ranked_by == "cosine"


def test_ranks_are_no_confidence():
    assert "is made of ranks" in judge([0.03], name="rrf", upper=0.02, lower=0.01).warnings[0]
    with pytest.raises(UsageError, match="was not ordered by a score"):
        Retrieval(Retrieval.Params(upper=1, lower=0)).run(Passages(ranked([0.5]).items))


def test_the_lower_is_not_above_the_upper():
    assert Retrieval.check(Retrieval.Params(upper=0.1, lower=0.5)) == "'lower' is 0.5, above 'upper', 0.1"
    assert Retrieval.declared_labels({}) == LABELS


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_more_is_never_judged_worse(scores, one, other):
    low, high = sorted((one, other))
    ordered = sorted(scores, reverse=True)
    fewer, more = judge(ordered[-1:], high, low).value.label, judge(ordered, high, low).value.label
    assert LABELS.index(more) <= LABELS.index(fewer)
