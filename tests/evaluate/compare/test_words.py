"""Numbers as a person reads them."""

from __future__ import annotations

import pytest

from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.words import costs, ends, number, p_value, primary, quality, sentences, signed
from tests.evaluate.compare.making import row, side, sides


@pytest.mark.parametrize(
    ("value", "measure", "plain", "with_sign"),
    [
        (0.12345, "recall@10", "0.123", "+0.123"),
        (-0.0004, "recall@10", "-0.000", "0.000"),
        (None, "mrr", "–", "–"),
        (0.0, "mrr", "0.000", "0.000"),
        (1234.5, "context_tokens", "1,234", "+1,234"),
        (-3.25, "context_tokens", "-3.2", "-3.2"),
        (0.0125, "p95_seconds", "12.5 ms", "+12.5 ms"),
        (-2.5, "seconds", "-2.50 s", "-2.50 s"),
        (1.5, "retrieval_calls", "1.50", "+1.50"),
        (0.00012345, "cost", "0.0001234", "+0.0001234"),
    ],
)
def test_numbers(value, measure: str, plain: str, with_sign: str) -> None:
    assert number(value, measure) == plain
    assert signed(value, measure) == with_sign


def test_intervals_name_a_unit_once() -> None:
    assert ends(-0.01, 0.02, "mrr") == "[-0.010, +0.020]"
    assert ends(0.5, 0.75, "mrr", plus=False) == "[0.500, 0.750]"
    assert ends(0.001, 0.002, "seconds") == "[+1.0, +2.0] ms"
    assert ends(0.9, 1.5, "seconds") == "[+900.0 ms, +1.50 s]"
    assert ends(None, 1.0, "mrr") == "–"


@pytest.mark.parametrize(
    ("p", "shown"),
    [(None, "–"), (0.0001, "<0.001"), (0.001, "0.001"), (0.0494, "0.049"), (0.25, "0.25"), (1.0, "1.00")],
)
def test_p(p, shown: str) -> None:
    assert p_value(p) == shown


def test_a_difference_that_is_none_is_said_plainly() -> None:
    none = compare(sides("mrr", [0.5, 0.2], [0.5, 0.3]))
    assert sentences(none, ["mrr"], "B", ("B", "A")) == [
        "No difference between B and A can be told from none, in any metric shown."
    ]
    some = compare(sides("mrr", [0.0] * 8, [1.0] * 8))
    assert sentences(some, ["mrr", "recall@10"], "B", ("B", "A")) == [
        "B is better than A in mrr.",
        "Not distinguishable from no difference: recall@10.",
    ]
    assert sentences(some, ["mrr"], "B", ("new", "old")) == ["new is better than old in mrr."]


def test_costs_that_nobody_has_are_not_shown() -> None:
    left, right = [row("q")], [row("q", usage={"prompt_tokens": 5})]
    assert "lm_tokens" not in costs(compare([side("A", left), side("B", left)]))
    assert "lm_tokens" in costs(compare([side("A", left), side("B", right)]))


def test_where_no_usual_metric_is_known_all_that_are_known_are_shown() -> None:
    only = [row("q", {"correct": None, "recall@10": None, "hit@2": 1.0})]
    compared = compare([side("A", only), side("B", only)])
    assert quality(compared) == ("hit@2",)
    assert primary(compared) == "hit@2"
    assert primary(compared, ["retrieval_calls", "hit@2"]) == "hit@2"
