"""A phrase is said by its own words, inflected or not, and not by other words of the same stem."""

from __future__ import annotations

import pytest

from ragkit.evaluate.synth.inflection import says


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("We study Learning Adaptability.", "learning adaptability"),
        ("A fine-tuned LLM.", "fine-tuning LLMs"),
        ("on CIFAR-100 and", "CIFAR100"),
        ("the bodies of water", "body of water"),
        ("He planned routes", "planning route"),
        ("the model", "models"),
        ("a KV cache", "KV-cache"),
    ],
)
def test_said(text: str, phrase: str) -> None:
    assert says(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("a learned adapter", "learning adaptability"),
        ("learning adaptive neighbourhoods", "learning adaptability"),
        ("the LLM-Adapters family", "LLM adaptation"),
        ("generation of texts", "generative text"),
        ("learning. It has adaptability", "learning adaptability"),
        ("", "model"),
        ("model", ""),
    ],
)
def test_not_said(text: str, phrase: str) -> None:
    assert not says(text, phrase)
