from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.synth.abbreviations import abbreviations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We introduce Adaptive Feature Transfer (AFT).", [("AFT", "Adaptive Feature Transfer")]),
        ("for large language models (LLMs) and more", [("LLM", "large language models")]),
        ("the mammalian target of rapamycin (mTOR) pathway", [("mTOR", "mammalian target of rapamycin")]),
        ("by EpCAM-regulated intramembrane proteolysis (RIP)", [("RIP", "regulated intramembrane proteolysis")]),
        ("mixture of experts (MoE), and salt (NaCl), tensor parallelism (TP)",
         [("MoE", "mixture of experts"), ("TP", "tensor parallelism")]),
        ("Graph Neural Networks (GNN) and graphs (see below)", [("GNN", "Graph Neural Networks")]),
    ],
)  # fmt: skip
def test_explained(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.short, one.long) for one in abbreviations(text)] == found
    assert all(text[one.start :].startswith(one.long) and text[one.end - 1] == ")" for one in abbreviations(text))


@pytest.mark.parametrize(
    "text",
    [
        "as the figure shows (ABC)",  # no such letters
        "1-aminoindan acid (AIDA)",  # begins inside of a word
        "in the year (2019)",
        "influx and the CRAC current (ICRAC)",  # an article is in no name
        "He laughed. Big Old Bear (HLBOB)",  # across a sentence
        "Transfer (T)",
    ],
)
def test_not_explained(text: str) -> None:
    assert list(abbreviations(text)) == []


@given(st.text(max_size=80), st.text(alphabet="ABCDEFabc1-", min_size=1, max_size=8), st.text(max_size=20))
def test_the_letters_stand_in_the_long_form_in_order(before: str, short: str, after: str) -> None:
    text = f"{before} ({short}) {after}"
    for one in abbreviations(text):
        assert text[one.start :].startswith(one.long)
        at = -1
        for letter in (c for c in one.short.lower() if c.isalnum()):
            at = one.long.lower().find(letter, at + 1)
            assert at >= 0
