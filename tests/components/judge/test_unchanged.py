from __future__ import annotations

import pytest

from ragkit.component import output_ports
from ragkit.components.judge.unchanged import Unchanged
from ragkit.types import Answer, Label, Passages
from tests.components.helpers import passage, ranked

ONE, TWO = passage("a", cosine=0.3), passage("b", cosine=0.2)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("", "", True),
        ("", "a draft", False),
        ("Over 30 % [1].", "over 30 % [2, 3]", True),
        ("It  is\nfast", "it is fast!", True),
        ("STRASSE", "straße", True),
        ("ﬁne", "fine", True),
        ("30 %", "31 %", False),
        ("?", "!", False),
        ("no", "not", False),
        (Answer("Yes [1]"), Answer("yes"), True),
        (Answer("yes"), Answer("yes", abstained=True), False),
        (Answer("yes"), "yes", False),
        (Passages([ONE, TWO], "cosine"), Passages([TWO, ONE]), True),
        (Passages([ONE]), Passages([ONE, TWO]), False),
        (ONE, ONE.scored("bm25", 3.0), True),
        (ranked([0.5]), ranked([0.4]), True),
        (["A", "b"], ["a", "B"], True),
        (["a", "b"], ["b", "a"], False),
        ([], [], True),
        (1, 1, True),
        (1, 2, False),
        (True, 1, False),
        ({"a": "X"}, {"a": "x"}, True),
        (Label("multi"), Label("Multi"), True),
    ],
)
def test_unchanged(before, after, same):
    result = Unchanged(Unchanged.Params()).run(before, after)
    assert result.value.unchanged is same
    assert ("the same" in result.decision.reason) is same


def test_the_port_is_called_unchanged():
    assert [port.name for port in output_ports(Unchanged)] == ["unchanged"]
