"""The cross-encoder: a model made on the spot, held against transformers' own numbers, and what is refused."""

from __future__ import annotations

import json
import math
import re
import textwrap
import threading

import pytest
from pydantic import ValidationError

from ragkit.components.catalogue import Catalogue
from ragkit.components.rerank import _pair_scorer
from ragkit.components.rerank._pair_scorer import PairScorer
from ragkit.components.rerank.cross_encoder import CrossEncoder, sigmoid
from ragkit.errors import EncoderError
from ragkit.spec.load import load_text
from ragkit.types import Passage, Passages
from tests.components.helpers import ids
from tests.components.rerank.tiny_cross_encoder import POSITIONS, write_tiny_cross_encoder

TEXTS = {"a": "the text of it", "b": "a query for the passage", "c": "zebra", "d": "it is in the text and on it"}
FOUND = Passages([Passage(name, name, "", text, {"cosine": 0.5}) for name, text in TEXTS.items()], "cosine")
QUESTION = "what is the passage"


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(_pair_scorer, "_LOADED", {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_cross_encoder(tmp_path_factory.mktemp("models") / "reranker")


def make(folder, **parameters):
    return CrossEncoder(CrossEncoder.Params(model=str(folder), device="cpu", **parameters))


def logits_of(folder, question, texts):
    """The model's logits, by transformers alone and one pair at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return [
            model.eval()(**tokenizer(question, text, return_tensors="pt", truncation=True)).logits.item()
            for text in texts
        ]


@pytest.mark.slow
def test_the_order_and_the_scores_are_the_models(folder):
    result = make(folder).run(QUESTION, FOUND)
    expected = dict(zip(TEXTS, logits_of(folder, QUESTION, TEXTS.values()), strict=True))
    assert len({round(logit, 3) for logit in expected.values()}) == len(TEXTS), "the tiny model must tell texts apart"
    assert ids(result.value) == sorted(expected, key=lambda name: -expected[name])
    assert result.value.ranked_by == "cross_encoder"
    for passage in result.value:
        assert passage.scores["cosine"] == 0.5
        assert passage.scores["cross_encoder_logit"] == pytest.approx(expected[passage.id], abs=1e-5)
        assert passage.scores["cross_encoder"] == pytest.approx(1 / (1 + math.exp(-expected[passage.id])), abs=1e-5)
    assert sorted(result.decision.details["from"]) == [1, 2, 3, 4]
    assert result.warnings == ()


@pytest.mark.slow
def test_a_title_is_read_with_the_text(folder):
    titled = Passages([Passage("t", "t", "A query", "for the passage")])
    (expected,) = logits_of(folder, QUESTION, ["A query\nfor the passage"])
    assert make(folder).run(QUESTION, titled).value[0].scores["cross_encoder_logit"] == pytest.approx(
        expected, abs=1e-5
    )


@pytest.mark.slow
def test_k_cuts_and_a_batch_gives_what_single_runs_give(folder):
    step = make(folder, k=2, batch_size=3)
    items = [
        {"question": QUESTION, "passages": FOUND},
        {"question": "nothing found", "passages": Passages((), "cosine")},
        {"question": "zebra", "passages": FOUND[1:]},
    ]
    together = step.run_batch(items)
    for item, result in zip(items, together, strict=True):
        alone = step.run(**item)
        assert ids(alone.value) == ids(result.value)
        assert alone.value.score_list() == pytest.approx(result.value.score_list(), abs=1e-6)
    assert [len(result.value) for result in together] == [2, 0, 2]
    assert [result.decision.of for result in together] == [4, 0, 3]


@pytest.mark.slow
def test_a_passage_that_is_longer_than_the_model_reads_is_told(folder):
    long = Passage("long", "long", "", "text " * POSITIONS)
    assert len(long.text) > POSITIONS
    result = make(folder).run(QUESTION, Passages([FOUND[0], long]))
    assert result.warnings == (f"1 of 2 passages are longer than {str(folder)!r} reads: it read their beginning",)
    near = Passage("near", "near", "", "the text of it and the passage for it that is on it to in a is it and on it")
    assert make(folder).run(QUESTION, Passages([near])).warnings == (), "long in characters is not long in tokens"


@pytest.mark.slow
def test_it_is_loaded_once_for_the_process_and_shared_by_threads(folder, monkeypatch):
    made = []
    original = PairScorer.__init__
    monkeypatch.setattr(PairScorer, "__init__", lambda self, *given: (made.append(given), original(self, *given))[1])
    steps = [make(folder, k=k) for k in (1, 2, 3, 4)]
    found = {}

    def work(step):
        step.warm_up()
        found[step.params.k] = ids(step.run(QUESTION, FOUND).value)

    threads = [threading.Thread(target=work, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [(str(folder), folder.resolve(), "cpu")]
    assert all(found[4][:k] == found[k] for k in (1, 2, 3))


@pytest.mark.slow
def test_what_is_no_reranker_is_refused(tmp_path):
    several = write_tiny_cross_encoder(tmp_path / "several", labels=3)
    with pytest.raises(EncoderError, match=r"gives 3 numbers for a pair, and a reranker needs 1") as caught:
        make(several).warm_up()
    assert "ms-marco" in caught.value.hint
    pickled = write_tiny_cross_encoder(tmp_path / "pickled", safe=False)
    with pytest.raises(EncoderError, match="no safetensors"):
        make(pickled).warm_up()
    own_code = write_tiny_cross_encoder(tmp_path / "own-code")
    config = json.loads((own_code / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoModelForSequenceClassification": "mine.Mine"}}
    (own_code / "config.json").write_text(json.dumps(config))
    (own_code / "mine.py").write_text("raise SystemExit('code of a model was run')")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        make(own_code).warm_up()


def test_a_model_that_is_not_there_says_where_it_was_looked_for(tmp_path, monkeypatch):
    with pytest.raises(EncoderError, match=r"folder '.*nowhere' does not exist") as caught:
        make(tmp_path / "nowhere").warm_up()
    assert "save_pretrained" in caught.value.hint
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match="holds no config"):
        make(tmp_path / "empty").warm_up()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    with pytest.raises(EncoderError, match="'cross-encoder/none' is neither a folder nor in the local cache, and it"):
        make("cross-encoder/none").warm_up()


@pytest.mark.slow
def test_a_logit_that_is_no_number_is_refused(folder, monkeypatch):
    step = make(folder)
    step.warm_up()
    (scorer,) = _pair_scorer._LOADED.values()
    monkeypatch.setattr(scorer._model, "predict", lambda pairs, **_: [math.nan] * len(pairs))
    with pytest.raises(EncoderError, match="not a finite number"):
        step.run(QUESTION, FOUND)

    def fail(pairs, **_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(scorer._model, "predict", fail)
    with pytest.raises(EncoderError, match="failed on cpu with 4 pairs: out of memory") as caught:
        step.run(QUESTION, FOUND)
    assert "batch_size" in caught.value.hint


def test_a_relative_folder_counts_from_the_pipeline_and_the_plan_keeps_it_as_written(tmp_path):
    (tmp_path / "pipelines").mkdir()
    text = """
    steps:
      best: {use: rerank.cross_encoder, passages: {value: []}, model: ./reranker}
    output: best
    """
    plans = [
        load_text(f"version: 1\n{textwrap.dedent(text)}", "it.yaml", base=base, catalogue=Catalogue())
        for base in (tmp_path / "pipelines", tmp_path)
    ]
    assert plans[0].hash == plans[1].hash, "the same file in another place is the same pipeline"
    step = CrossEncoder(plans[0].root.steps[0].params)
    assert step.params.model == "./reranker"
    with pytest.raises(EncoderError, match=re.escape(str(tmp_path / "pipelines" / "reranker"))):
        step.warm_up()
    assert step.bound({"k": 1}).params.model.beside == tmp_path / "pipelines"


def test_no_passages_load_no_model():
    result = make("not/there").run(QUESTION, Passages((), "cosine"))
    assert (len(result.value), result.value.ranked_by, result.decision.of) == (0, "cross_encoder", 0)
    assert _pair_scorer._LOADED == {}


def test_sigmoid_does_not_overflow():
    assert [sigmoid(x) for x in (-1000.0, 0.0, 1000.0)] == [0.0, 0.5, 1.0]
    assert sigmoid(-2.0) == pytest.approx(1 - sigmoid(2.0))


@pytest.mark.parametrize("given", [{"model": ""}, {"model": "m", "k": -1}, {"model": "m", "device": "gpu"}, {}])
def test_parameters_out_of_range_are_refused(given):
    with pytest.raises(ValidationError):
        CrossEncoder.Params(**given)
