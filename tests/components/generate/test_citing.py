"""Citations by number in a text that an LM wrote."""

from __future__ import annotations

import time

import pytest

from ragkit.components.generate._citing import cited
from ragkit.types import Passage, Passages

PASSAGES = Passages([Passage(f"p{number}", "d", "", "") for number in (1, 2)])


def test_numbers_that_no_passage_has_go_with_the_blanks_before_them() -> None:
    text, citations, warnings = cited("One\t [1] [2], two  [3] and [1, 4].", PASSAGES)
    assert text == "One\t [1] [2], two and [1]."
    assert [citation.passage_id for citation in citations] == ["p1", "p2"]
    assert "[3], [4]" in warnings[0]


def test_a_long_run_of_blanks_takes_no_time() -> None:
    began = time.process_time()
    assert cited("One" + " " * 40_000 + "two [1]", PASSAGES)[1][0].number == 1
    assert time.process_time() - began < 1, "the pattern begins anew at every blank"


@pytest.mark.parametrize(
    ("text", "read", "numbers", "missing"),
    [
        ("All [1-3].", "All [1, 2, 3].", [1, 2, 3], None),
        ("All [1 – 2; 3].", "All [1, 2, 3].", [1, 2, 3], None),
        ("Both [1;2]", "Both [1, 2]", [1, 2], None),
        ("Both [1 ,2]", "Both [1 ,2]", [1, 2], None),
        ("Some [2-9].", "Some [2, 3].", [2, 3], "[2-9]"),
        ("From 0 [0-1].", "From 0 [1].", [1], "[0-1]"),
        ("None [3-1].", "None.", [], "[3-1]"),
        ("Years [2019-2021].", "Years.", [], "[2019-2021]"),
        ("No number [-3], [a-b], [1-], [1-2-3]", "No number [-3], [a-b], [1-], [1-2-3]", [], None),
        (f"Long [{'9' * 5000}]", "Long", [], "[999999999…]"),
    ],
)
def test_ranges_and_long_numbers_are_checked_too(text: str, read: str, numbers: list[int], missing: str | None) -> None:
    passages = Passages([Passage(f"p{number}", "d", "", "") for number in (1, 2, 3)])
    found, citations, warnings = cited(text, passages)
    assert (found, [one.number for one in citations]) == (read, numbers)
    assert [warning.split(",")[0] for warning in warnings] == ([f"the LM cited {missing}"] if missing else [])
