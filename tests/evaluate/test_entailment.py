from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.component import Component
from ragkit.engine import Pipeline
from ragkit.errors import EncoderError, UsageError
from ragkit.evaluate.entailment import EntailmentModel
from ragkit.evaluate.evaluation import evaluate
from ragkit.evaluate.questions import read_questions
from ragkit.evaluate.settings import Settings
from ragkit.project import Project
from ragkit.spec.load import load_text
from ragkit.types import Answer, Citation, Passages
from tests.components.rerank.tiny_cross_encoder import POSITIONS, write_tiny_cross_encoder
from tests.engine.parts import CATALOGUE

LABELS = {"0": "contradiction", "1": "ENTAILMENT", "2": "neutral"}
PAIRS = [(f"the text of {one}", f"a query for {other}") for one in ("it", "that") for other in ("zebra", "the passage")]
PAIRS += [("on and on", "is"), ("what", "the passage is on it"), ("zebra zebra", "query"), ("it", "it")]


def named(folder: Path, labels: dict[str, str]) -> Path:
    config = json.loads((folder / "config.json").read_text())
    config |= {"id2label": labels, "label2id": {label: int(number) for number, label in labels.items()}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return named(centred(write_tiny_cross_encoder(tmp_path_factory.mktemp("models") / "nli", labels=3)), LABELS)


def logits(folder: Path) -> Any:
    """The model's logits for every pair, by transformers alone: ``[pairs, classes]``."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return torch.cat([model.eval()(**tokenizer(*pair, return_tensors="pt")).logits for pair in PAIRS]).numpy()


def centred(folder: Path) -> Path:
    """The model with a bias by which each class is likeliest for some pairs: random weights prefer one for all."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"] -= logits(folder).mean(axis=0)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.mark.slow
def test_yes_is_where_entailment_is_the_likeliest_class(folder: Path) -> None:
    classes = dict(zip(PAIRS, logits(folder).argmax(axis=1).tolist(), strict=True))
    assert len(set(classes.values())) > 1, "the tiny model must tell pairs apart"
    for number in set(classes.values()):
        swapped = dict(LABELS)
        swapped[str(number)], swapped["1"] = swapped["1"], swapped[str(number)]
        model = EntailmentModel(named(folder, swapped))
        assert {pair: model(*pair) for pair in PAIRS} == {pair: found == number for pair, found in classes.items()}


@pytest.mark.slow
def test_a_pair_is_read_once_and_one_that_is_cut_is_counted(folder: Path) -> None:
    model = EntailmentModel(named(folder, LABELS))
    assert model("it", "is") == model("it", "is")
    assert (model.asked, model.cut) == (1, 0)
    model("the passage " * POSITIONS, "is")
    assert (model.asked, model.cut) == (2, 1)
    assert model.card == {"name": "nli", "digest": model.digest}
    assert len(model.digest) == 64


@pytest.mark.slow
def test_a_model_without_such_a_class_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no class named 'entailment'; its classes are 'no', 'yes', 'maybe'"):
        EntailmentModel(named(folder, {"0": "no", "1": "yes", "2": "maybe"}))
    one = named(write_tiny_cross_encoder(tmp_path / "one"), {"0": "entailment"})
    with pytest.raises(EncoderError, match="no class named 'entailment'"):
        EntailmentModel(one)


@pytest.mark.slow
def test_weights_that_are_a_pickle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no safetensors weights"):
        EntailmentModel(write_tiny_cross_encoder(tmp_path / "unsafe", labels=3, safe=False))


def test_a_model_that_is_not_there_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        EntailmentModel(Path("cross-encoder/nli-deberta-v3-base"))
    with pytest.raises(UsageError, match=r"holds no config\.json"):
        EntailmentModel(tmp_path)


class Believer:
    """An entailment model that believes everything and cuts what is long."""

    card = {"name": "believer", "digest": "0"}  # noqa: RUF012

    def __init__(self) -> None:
        self.asked = self.cut = 0

    def __call__(self, premise: str, hypothesis: str) -> bool:
        self.asked += 1
        self.cut += len(premise) > 10
        return True


class Cite(Component):
    """An answer in words of its own, with a mark."""

    def run(self, passages: Passages) -> Answer:
        return Answer("It is so [1].", (Citation(1, passages[0].id, passages[0].doc_id),), passages)


@pytest.mark.parametrize(("entailment", "precision"), [(None, 0.0), (Believer(), 1.0)])
def test_a_report_says_who_compared_the_citations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entailment: Any, precision: float
) -> None:
    monkeypatch.setitem(CATALOGUE._mine, "t.cite", Cite)
    text = "version: 1\nname: toy\nsteps: {found: {use: t.search}, a: {use: t.cite, passages: found}}\noutput: a\n"
    plan = load_text(text, str(tmp_path / "toy.yaml"), base=tmp_path, catalogue=CATALOGUE)
    (tmp_path / "q.jsonl").write_text('{"id": "a", "question": "a long question", "gold_ids": ["d1"]}\n')
    report = evaluate(
        Pipeline(plan), read_questions(tmp_path / "q.jsonl"), project=Project(tmp_path),
        settings=Settings(entailment=entailment),
    ).report  # fmt: skip
    assert report["metrics"]["citation_precision"]["mean"] == precision
    if entailment is None:
        assert report["conditions"]["citations"] == "verbatim"
        assert report["warnings"] == []
    else:
        assert report["conditions"]["citations"]["name"] == "believer"
        assert "1 of 1 premises are longer than the entailment model reads" in report["warnings"][0]
