"""How much each passage counts that a query is made of."""

from __future__ import annotations

import pytest

from ragkit.components.query._weighing import shares_of
from ragkit.types import Passage, Passages


@pytest.mark.parametrize(
    ("scores", "shares"),
    [
        ([8.0, 4.0, -2.0], [1.0, 0.5, 0.0]),
        ([-1.0, -2.0], [1.0, 1.0]),
        ([0.0, -2.0], [1.0, 1.0]),
        ([2.0, None], [1.0, 0.0]),
        ([], []),
    ],
)
def test_a_share_of_the_best_or_all_alike(scores, shares):
    found = [Passage(f"{n}", f"{n}", "", "x", {} if score is None else {"s": score}) for n, score in enumerate(scores)]
    assert shares_of(Passages(found, "s")) == shares


def test_a_list_that_no_score_ordered():
    assert shares_of(Passages([Passage(name, name, "", "x", {"s": 3.0}) for name in "ab"])) == [1.0, 1.0]
