"""number.grow: k, 2k, 4k … up to a most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.number.grow import Grow
from ragkit.errors import UsageError


def test_it_doubles_up_to_the_most():
    grow, values = Grow(Grow.Params(most=16)), [2]
    for _ in range(4):
        values.append(grow.run(values[-1]).value)
    assert values == [2, 4, 8, 16, 16]


@given(st.integers(1, 10**6), st.floats(1.001, 1000), st.integers(1, 10**6))
def test_it_grows_and_never_beyond_the_most(value, factor, most):
    grown = Grow(Grow.Params(factor=factor, most=most)).run(value).value
    assert grown <= most
    assert grown == most or grown > value


def test_nothing_grows_from_nothing():
    with pytest.raises(UsageError, match="was given 0; a number from 1 on is expected"):
        Grow(Grow.Params()).run(0)
