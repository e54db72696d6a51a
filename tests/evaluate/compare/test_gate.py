"""``--fail-if``: how it is read and what it comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.gate import Gate, judge
from ragkit.evaluate.compare.measures import MEASURES
from ragkit.spec.written.constraint import OPERATORS
from tests.evaluate.compare.making import sides


def judged(text: str, *columns):
    return list(judge([Gate.parse(text)], compare(sides("recall@10", *columns))))


@pytest.mark.parametrize(
    ("text", "bound", "shown"),
    [
        ("recall@10 < -0.02", "mean", "recall@10 < -0.02"),
        (" low ( recall@10 )<-.02", "low", "low(recall@10) < -0.02"),
        ("high(p95_seconds) >= 1e-3", "high", "high(p95_seconds) >= 0.001"),
        ("failed > 0", "mean", "failed > 0"),
    ],
)
def test_forms(text: str, bound: str, shown: str) -> None:
    gate = Gate.parse(text)
    assert (gate.bound, str(gate)) == (bound, shown)


@pytest.mark.parametrize(
    "text",
    [
        "", "recall@10", "recall@10 == 1", "mean(recall@10) < 1", "low(recall@10 < 1", "low recall@10 < 1",
        "low(high(recall@10)) < 1", "low() < 1", "recall@10 < 1e999", "recall@10 < 1 and mrr < 1", "low(recall@10) 1",
        "low(recall@10 < 1) < 2",
    ],
)  # fmt: skip
def test_other_forms_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="is not METRIC OPERATOR NUMBER") as raised:
        Gate.parse(text)
    assert raised.value.hint == '--fail-if "recall@10 < -0.02"'


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown metric 'recal@10'; did you mean 'recall@10'\?") as raised:
        Gate.parse("recal@10 < 0")
    assert "recall@k" in (raised.value.hint or "")


@given(
    st.sampled_from(["mean", "low", "high"]),
    st.sampled_from(list(MEASURES)),
    st.sampled_from(list(OPERATORS)),
    st.floats(-1e6, 1e6),
)
def test_what_a_gate_writes_it_reads(bound: str, measure: str, operator: str, limit: float) -> None:
    text = f"{measure if bound == 'mean' else f'{bound}({measure})'} {operator} {limit!r}"
    gate = Gate.parse(text)
    assert (gate.bound, gate.constraint.metric, gate.constraint.operator) == (bound, measure, operator)
    assert gate.constraint.limit == limit


@given(st.text(max_size=30))
def test_no_text_is_anything_but_read_or_refused(text: str) -> None:
    try:
        Gate.parse(text)
    except UsageError as error:
        assert error.hint


def test_it_looks_at_the_difference_to_the_baseline_of_every_side() -> None:
    found = judged("recall@10 < -0.2", [1.0, 1.0], [1.0, 0.5], [0.0, 0.0])
    assert [(one.label, one.value, one.failed, one.n) for one in found] == [("B", -0.25, True, 2), ("C", -1.0, True, 2)]
    assert [one.failed for one in judged("recall@10 < -0.25", [1.0, 1.0], [1.0, 0.5])] == [False]
    assert [one.failed for one in judged("recall@10 <= -0.25", [1.0, 1.0], [1.0, 0.5])] == [True]


def test_the_ends_of_the_interval() -> None:
    """A loss on two of eight questions is a loss in the mean, and may be none."""
    left, right = [1.0] * 8, [1.0] * 6 + [0.0] * 2
    assert judged("recall@10 < 0", left, right)[0].failed
    assert not judged("high(recall@10) < 0", left, right)[0].failed
    assert judged("low(recall@10) < -0.5", left, right)[0].failed


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("recall@10 < 1", ([None, None], [1.0, 1.0])),
        ("recall@10 < 1", ([1.0, 1.0], [None, None])),
        ("recall@10 < 1", ([1.0, None], [None, 1.0])),
        ("answer_rouge_l < 1", ([1.0, 1.0], [1.0, 1.0])),
        ("low(recall@10) < 1", ([1.0], [1.0])),
    ],
)
def test_what_is_not_known_neither_passes_nor_fails(text: str, columns) -> None:
    found = judged(text, *columns)
    assert [one.failed for one in found] == [None]
    assert found[0].document["value"] is None
