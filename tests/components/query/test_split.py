"""query.split: parts by the form of the question."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.query.split import Split, split


@pytest.mark.parametrize(
    ("question", "form", "parts"),
    [
        ("Who is older, A. Penn or Am Rong?", "alternatives", ["Who is older, A. Penn?", "Who is older, Am Rong?"]),
        (
            "Which artist was Italian, Sergio Leone or Jon Puno?",
            "alternatives",
            ["Which artist was Italian, Sergio Leone?", "Which artist was Italian, Jon Puno?"],
        ),
        ("Are ELT, DSP, and MIPRO alike?", "alternatives", ["Are ELT alike?", "Are DSP alike?", "Are MIPRO alike?"]),
        ("How do ELT, DSP and MIPRO differ?", "alternatives", [f"How do {n} differ?" for n in ("ELT", "DSP", "MIPRO")]),
        ("FlexiDepth vs Dr.LLM: which is it?", "alternatives", ["FlexiDepth: which is it?", "Dr.LLM: which is it?"]),
        ("How do A^2FM and ARES adapt?", "alternatives", ["How do A^2FM adapt?", "How do ARES adapt?"]),
        ("Do C++ and C# differ?", "alternatives", ["Do C++ differ?", "Do C# differ?"]),
        (
            "What do the RAG system CORAG and the AutoML agent SELA share?",
            "alternatives",
            ["What do the RAG system CORAG share?", "What do the AutoML agent SELA share?"],
        ),
        ("Is SELA or the RAG system CORAG it?", "alternatives", ["Is SELA it?", "Is the RAG system CORAG it?"]),
        ("Is Rome or the Bay of Pigs it?", "alternatives", ["Is Rome it?", "Is the Bay of Pigs it?"]),
        ("Did the Dane visit Rome or Ulm?", "alternatives", ["Did the Dane visit Rome?", "Did the Dane visit Ulm?"]),
        (
            "What is the nationality of the poet who wrote Une Tempete?",
            "chain",
            ["poet who wrote Une Tempete", "What is the nationality of the poet who wrote Une Tempete?"],
        ),
        ("What is BM25?", "one", ["What is BM25?"]),
        ("salt and pepper", "one", ["salt and pepper"]),
        ("", "one", [""]),
    ],
)  # fmt: skip
def test_forms(question, form, parts):
    assert split(question) == (form, parts)


@given(st.text(max_size=120))
def test_any_text_has_at_least_one_part(text):
    form, parts = split(text)
    assert parts
    assert (form == "one") == (parts == [text])
    assert len(set(parts)) == len(parts)


def test_the_decision_says_the_form():
    result = Split(Split.Params()).run("Who is older, A or B?")
    assert result.value.several
    assert result.decision.reason == "alternatives: Who is older, A? | Who is older, B?"
    assert "no form fits" in Split(Split.Params()).run("Why?").decision.reason


@pytest.mark.parametrize(
    "text", ["Alpha Beta Gamma Delta " * 260, "Alpha, Beta, Gamma, " * 300, "The A of " * 660, "A (" * 2000]
)
def test_a_long_text_of_names_takes_no_square_of_its_length(text):
    began = time.process_time()
    split(text[:6000])
    assert time.process_time() - began < 1.0, "2 to 18 seconds where every part of a name was tried alone"
