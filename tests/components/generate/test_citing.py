"""Citations by number in a text that an LM wrote."""

from __future__ import annotations

import time

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
