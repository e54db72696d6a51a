from __future__ import annotations

import pytest

from ragkit.evaluate.synth.names import definition, describe, document_name


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        ("ZipCache: Accurate KV Cache Quantization", "We present ZipCache, a method.", "ZipCache"),
        ("FLoRA: Federated Fine-Tuning", "FLORA enables fine-tuning of Large Language Models (LLMs).", "FLoRA"),
        ("Red (2008 film)", "Red is a 2008 thriller film.", "Red"),
        ("Tim Duncan", "Timothy Theodore Duncan is a player.", None),
        ("Terrence Jones", "Terrence Alexander Jones (born 1992) is a player.", "Terrence Jones"),
        ("Transferring Knowledge", "To this end we introduce Adaptive Feature Transfer (AFT).", "AFT"),
        ("On Cranes", "We build a tool called CraneLab for ports.", "CraneLab"),
        ("A study: its results", "We look at large language models (LLMs).", None),
        ("", "", None),
    ],
)
def test_what_a_document_is_about(title: str, text: str, name: str | None) -> None:
    assert document_name(title, text) == name


@pytest.mark.parametrize(
    ("text", "phrase", "head", "rest"),
    [
        ("novel scheduling system that assigns cranes", "scheduling system", "system", "that assigns cranes"),
        ("accurate and efficient cache quantization method for models",
         "accurate and efficient cache quantization method", "method", "for models"),
        ("fast, scalable library designed for ports", "fast, scalable library", "library", "designed for ports"),
        ("existing method", "existing method", "method", ""),
        ("layer skipping framework of great beauty", "layer skipping framework", "framework", "of great beauty"),
    ],
)  # fmt: skip
def test_a_description_is_taken_apart(text: str, phrase: str, head: str, rest: str) -> None:
    found = describe(text)
    assert found is not None
    assert tuple(found) == (phrase, head, rest)


@pytest.mark.parametrize("text", ["lightweight", "best of all", "", "novel", "LLM"])
def test_no_noun_no_description(text: str) -> None:
    assert describe(text) is None


def test_definitions_before_and_behind_the_name() -> None:
    behind = ["It rains.", "We present ZipCache (ZC), a cache quantization method for models."]
    found = definition("ZipCache", behind)
    assert found is not None
    assert (found[0].head, found[1]) == ("method", behind[1])
    before = definition("CraneLab", ["We use a planning tool called CraneLab in ports."])
    assert before is not None
    assert before[0].phrase == "planning tool"
    assert definition("Zip", behind) is None
