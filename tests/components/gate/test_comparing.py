"""How answers are compared: by words, by vectors, by a model for inference; and what measures read of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ragkit.components.gate._by_entailment import ByEntailment
from ragkit.components.gate._by_vectors import ByVectors
from ragkit.components.gate._by_words import ByWords
from ragkit.components.gate._comparing import Answers, Judgement
from ragkit.errors import EncoderError
from ragkit.testing import FakeReader
from tests.components.rerank.tiny_cross_encoder import write_tiny_cross_encoder


class OneWay:
    """Says that a longer answer entails a shorter one, and keeps what it was asked."""

    told = "by length"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def judge(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        self.asked.extend(pairs)
        return [
            Judgement(0.8, "same", True) if len(one) >= len(two) else Judgement(0.2, "other", len(two) < 5)
            for one, two in pairs
        ]


def test_both_directions_must_say_the_same() -> None:
    answers = Answers(OneWay(), "?", ["in Paris", "Paris", "Rouen"])
    assert not answers.same(0, 1)
    assert answers.same(1, 2)
    assert answers.same(0, 0)
    assert answers.likeness()[0] == [1.0, 0.5, 0.5]
    assert answers.joined() == [[1, 0, 0], [0, 1, 1], [0, 1, 1]]


def test_a_pair_is_judged_once() -> None:
    comparing = OneWay()
    Answers(comparing, "?", ["Paris", "Lyon", "Paris", "Paris"])
    assert sorted(comparing.asked) == [("Lyon", "Paris"), ("Paris", "Lyon"), ("Paris", "Paris")]


def test_by_words() -> None:
    same, apart = ByWords().judge("?", [("The Louvre.", "louvre"), ("Paris in France", "Paris, Texas")])
    assert same == Judgement(1.0, "same", True)
    assert apart == Judgement(0.25, "against", False)


def test_by_vectors() -> None:
    reader = FakeReader()
    comparing = ByVectors(reader, at_least=0.9)
    same, apart = comparing.judge(
        "?", [("the largest gap", "largest the gap"), ("the largest gap", "a semantic cache")]
    )
    assert same == Judgement(pytest.approx(1.0), "same", True)
    assert 0 < apart.likeness < 0.9
    assert apart.relation == "against"
    assert comparing.judge("?", []) == []
    assert "the same from 0.9" in comparing.told


LABELS = {"0": "contradiction", "1": "ENTAILMENT", "2": "neutral"}
PAIRS = [("the text", "it"), ("a query for zebra", "the passage"), ("what", "is"), ("it", "that")]


def named(folder: Path, labels: dict[str, str]) -> Path:
    config = json.loads((folder / "config.json").read_text())
    config |= {"id2label": labels, "label2id": {label: int(number) for number, label in labels.items()}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.slow
def test_by_entailment_it_is_what_transformers_says_of_the_pair_behind_the_question(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = named(write_tiny_cross_encoder(tmp_path / "nli", labels=3), LABELS)
    comparing = ByEntailment.load(str(folder))
    assert ByEntailment.load(str(folder)) is comparing, "loaded once"
    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    kinds = ("against", "same", "other")
    for (one, two), judged in zip(PAIRS, comparing.judge("what is it", PAIRS), strict=True):
        with torch.inference_mode():
            read = tokenizer(f"what is it {one}", f"what is it {two}", return_tensors="pt")
            shares = model.eval()(**read).logits.softmax(-1)[0]
        assert judged.likeness == pytest.approx(float(shares[1]), abs=1e-5)
        assert judged.relation == kinds[int(shares.argmax())]
        assert judged.joined == bool(shares[1] > shares[0])
    assert comparing.judge("?", []) == []


@pytest.mark.slow
def test_a_model_without_the_classes_of_inference_is_refused(tmp_path: Path) -> None:
    folder = named(write_tiny_cross_encoder(tmp_path / "other", labels=3), {"0": "no", "1": "yes", "2": "maybe"})
    with pytest.raises(EncoderError, match="has the classes 'no', 'yes', 'maybe', and comparing answers takes"):
        ByEntailment.load(str(folder))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"the entailment model's folder .* holds no config\.json"):
        ByEntailment.load(str(tmp_path))
