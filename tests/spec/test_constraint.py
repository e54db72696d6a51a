"""``metric operator number``: read, written and held against values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.spec.written.constraint import OPERATORS, Constraint

numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("recall@10 < -0.02", ("recall@10", "<", -0.02)),
        ("  p95_seconds>=+.5 ", ("p95_seconds", ">=", 0.5)),
        ("cost<=1e-3", ("cost", "<=", 0.001)),
        ("mrr > 1.", ("mrr", ">", 1.0)),
    ],
)
def test_forms(text: str, read: tuple[str, str, float]) -> None:
    found = Constraint.parse(text)
    assert found is not None
    assert (found.metric, found.operator, found.limit) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "mrr", "mrr <", "< 1", "mrr = 1", "mrr == 1", "mrr != 1", "mrr < much", "mrr < 1 2", "mrr << 1", "mrr < 1%",
        "mrr < .", "mrr < 1e", "mrr < nan", "mrr < inf", "mrr < ١", "mrr\x00< 1", "MRR < 1", "mrr < 1 and map < 1",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    assert Constraint.parse(text) is None


@given(st.sampled_from(list(OPERATORS)), numbers)
def test_every_number_that_python_writes_is_read(operator: str, limit: float) -> None:
    found = Constraint.parse(f"map {operator} {limit!r}")
    assert found is not None
    assert found.limit == limit
    assert found.operator == operator


@given(numbers, numbers)
def test_each_operator_means_what_it_says(value: float, limit: float) -> None:
    held = {operator: Constraint("map", operator, limit).holds(value) for operator in OPERATORS}
    assert held == {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    found = Constraint.parse(text)
    assert found is None or Constraint.parse(str(found)) is not None
