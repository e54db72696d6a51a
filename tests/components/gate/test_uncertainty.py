"""gate.uncertainty: every method over what it reads, what the trace says, and what is refused."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any, get_args

import pytest

from ragkit.component import Need
from ragkit.components.gate._measures import MEASURES, Method
from ragkit.components.gate.uncertainty import Uncertainty
from ragkit.components.logistic import Logistic
from ragkit.errors import LMError, SpecError, TrainedFileError
from ragkit.testing import FakeReader, FakeScope, Said, ScriptedLM, opened
from ragkit.trained import Trained, TrainedFile
from ragkit.types import Answer, Token

TOKENS = [
    Token("Paris", math.log(0.5), (("Paris", math.log(0.5)), ("Lyon", math.log(0.5)))),
    Token(" France", math.log(0.25), ((" France", math.log(0.25)), (" Texas", math.log(0.25)))),
]
TEXTS = ["Paris", "The Paris!", "Lyon"]
SAMPLES = [[Token("Paris", math.log(0.5))], [Token("The Paris!", math.log(0.25))], [Token("Lyon", math.log(0.125))]]
LN2 = math.log(2)
WANTED = {
    "sequence_probability": 3 * LN2, "perplexity": math.sqrt(8), "mean_token_probability": 1 - 0.375,
    "max_token_probability": 0.75, "mean_token_entropy": LN2, "max_token_entropy": LN2,
    "token_sar": 1.5 * LN2,  # each of the two words is half of the text: both are as relevant
    "ccp": 1 - 0.25,
    "monte_carlo_entropy": 2 * LN2, "normalised_monte_carlo_entropy": 2 * LN2,
    "semantic_entropy": -(2 * math.log(0.75) + math.log(0.125)) / 3,
    "discrete_semantic_entropy": -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3)),
    "lexical_similarity": 1 - (2 / 3) / 3,  # "paris" in "the paris": P 1, R 1/2; the other pairs share nothing
    "degree_matrix": 4 / 9, "eigenvalue_laplacian": 2.0, "semantic_sets": 2.0,
    # Two alike and one apart: ‖V‖² = 2, less ‖Vᵀ1‖²/3 = (√2² + 1)/3 = 1.
    "eccentricity": 1.0,
    "sentence_sar": -(math.log(0.5 + 0.25 / 0.001) + math.log(0.25 + 0.5 / 0.001) + math.log(0.125)) / 3,
    "verbalised": 0.2,
}  # fmt: skip


def gate(method: str, reader: Any = None, **parameters: Any) -> Any:
    cls = Uncertainty.shaped(method)
    return cls(cls.Params(method=method, **{"threshold": 1.0, **parameters}), FakeScope(reader=reader))


def inputs(method: str) -> dict[str, Any]:
    source = MEASURES[method].source
    if source == "draft":
        return {"draft": Answer("Paris France"), "logprobs": TOKENS}
    if source == "confidence":
        return {"confidence": "80%"}
    return {"samples": TEXTS} | ({"sample_logprobs": SAMPLES} if source != "samples" else {})


def test_the_parameter_lists_the_measures() -> None:
    assert set(get_args(Method)) == set(MEASURES)
    assert WANTED.keys() == MEASURES.keys() - {"sar"}


@pytest.mark.parametrize("method", WANTED)
def test_each_method_gives_what_it_should_and_says_so(method: str) -> None:
    result = gate(method).run("Where is the Louvre?", **inputs(method))
    value = result.value.uncertainty
    assert value == pytest.approx(WANTED[method], abs=1e-6)
    assert result.value.retrieve == (value >= 1.0)
    decision = result.decision
    assert (decision.kind, decision.score, decision.threshold) == ("gate", value, 1.0)
    assert decision.details["direction"] == "higher is less certain"
    assert decision.details["scale"] == MEASURES[method].scale
    assert ("compared" in decision.details) == MEASURES[method].compares


def test_sar_weighs_tokens_and_samples() -> None:
    # Texts of one token: all of the meaning hangs on it, so token SAR is -log p, and SAR is sentence SAR.
    given = inputs("sar")
    assert gate("sar").run("?", **given).value == gate("sentence_sar").run("?", **given).value


@pytest.mark.parametrize("method", sorted(MEASURES))
def test_agreement_is_never_less_certain_than_disagreement(method: str) -> None:
    source = MEASURES[method].source
    if source == "draft":
        sure = [Token(t.text, math.log(0.99), ((t.text, math.log(0.99)), ("x", math.log(0.01)))) for t in TOKENS]
        pair = ({"draft": "d", "logprobs": sure}, {"draft": "d", "logprobs": TOKENS})
    elif source == "confidence":
        pair = ({"confidence": 0.9}, {"confidence": 0.1})
    else:
        tokens = {"sample_logprobs": [[Token("Paris", math.log(0.9))]] * 3} if source != "samples" else {}
        doubted = {"sample_logprobs": SAMPLES} if source != "samples" else {}
        pair = ({"samples": ["Paris"] * 3, **tokens}, {"samples": ["Paris", "Lyon", "Rome"], **doubted})
    sure_value, unsure_value = (gate(method).run("?", **given).value.uncertainty for given in pair)
    assert sure_value < unsure_value


PIPELINE = """
corpus: notes
lm: scripted/lm
steps:
  draft: {use: generate.direct}
  samples: {use: gate.samples, n: 3}
  gate: {GATE}
  hits: {use: retrieve.dense, k: 2, when: gate.retrieve}
  informed: {use: generate.answer, passages: hits}
  answer: {use: flow.first, of: [informed, draft]}
output: answer
"""
OF_DRAFT = "use: gate.uncertainty, method: perplexity, draft: draft, logprobs: draft.logprobs"


def written(gate: str, *, samples: bool = False) -> str:
    text = PIPELINE.replace("GATE", gate)
    return text if samples else text.replace("  samples: {use: gate.samples, n: 3}\n", "")


def test_log_probabilities_are_asked_for_where_the_gate_reads_them() -> None:
    spelled = [("[[ ## answer ## ]]\n", 0.0), ("Paris", -2.0), ("\n\n[[ ## completed ## ]]", 0.0)]
    draft, informed = Said({"answer": "Paris"}, spelled), {"answer": "At a gap [1]."}
    lm = ScriptedLM(lambda asked: informed if asked.field("passages") else draft)
    with opened(written(f"{OF_DRAFT}, threshold: 2"), lm=lm, reader=FakeReader()) as pipeline:
        assert Need.LOGPROBS in pipeline.plan.needs
        result = pipeline.run("Where?")
    assert result.answer is not None
    assert result.answer.text == "At a gap [1]."
    assert "logprobs" in lm.requests[0].settings
    assert "logprobs" not in lm.requests[1].settings
    gate = next(decision for decision in result.decisions if decision["kind"] == "gate")
    assert gate["reason"] == "retrieve: perplexity 7.389 is at least 2"


def test_an_lm_without_log_probabilities_is_an_error_that_names_what_does_without() -> None:
    lm = ScriptedLM([{"answer": "Paris"}])
    with opened(written(f"{OF_DRAFT}, threshold: 2"), lm=lm, reader=FakeReader()) as pipeline:
        result = pipeline.run("Where?")
    assert result.error is not None
    assert "the method 'perplexity' reads log-probabilities, and the LM gave none" in str(result.error)
    assert "lexical_similarity" in (result.error.hint or "")
    assert "perplexity" not in (result.error.hint or "")


def test_an_lm_without_alternatives_is_an_error_for_entropies_alone() -> None:
    bare = {"draft": "Paris", "logprobs": [Token("Paris", -1.0)]}
    assert gate("perplexity").run("?", **bare).value.retrieve
    with pytest.raises(LMError, match="'max_token_entropy' cannot be computed: the token 'Paris' has no alt") as error:
        gate("max_token_entropy").run("?", **bare)
    assert "perplexity" in (error.value.hint or "")
    assert "ccp" not in (error.value.hint or "")


def test_a_draft_that_the_budget_does_not_pay_skips_the_gate() -> None:
    text = f"{written(f'{OF_DRAFT}, threshold: 2')}budget: {{lm_calls: 0}}\n"
    with opened(text, lm=ScriptedLM([]), reader=FakeReader()) as pipeline:
        result = pipeline.run("Where?")
    assert result.error is None, "a gate without a draft fails nothing"
    assert result.stopped == "budget: lm_calls"
    assert [span.status for span in result.trace.spans if span.step == "gate"] == ["skipped"]


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("use: gate.uncertainty, method: perplexity, draft: draft, threshold: 1", "the input 'logprobs' (list[Token])"),
        (f"{OF_DRAFT}", "a gate needs 'threshold', or 'state'"),
        (f"{OF_DRAFT}, threshold: 1, compare: encoder", "compares no answers, so 'compare' says nothing here"),
        (f"{OF_DRAFT}, threshold: 1, samples: draft", "unknown key 'samples' for gate.uncertainty"),
        ("use: gate.uncertainty, method: entropy, threshold: 1", "there is no method 'entropy'"),
        ("use: gate.uncertainty, threshold: 1", "has no 'method', on which its ports hang"),
        (
            "use: gate.uncertainty, method: ccp, draft: draft, logprobs: draft.logprobs, threshold: 1, "
            "compare: entailment",
            "'compare: entailment' and 'entailment', the model that compares, go together",
        ),
        (f"{OF_DRAFT}, threshold: .inf", "threshold"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_found_before_anything_is_asked(gate: str, said: str) -> None:
    with pytest.raises(SpecError) as error, opened(written(gate), lm=ScriptedLM([]), reader=FakeReader()):
        pass
    assert said in str(error.value)


def test_comparing_by_the_encoder_needs_a_corpus() -> None:
    encoder = "use: gate.uncertainty, method: degree_matrix, samples: samples, threshold: 0.5, compare: encoder"
    homeless = written(encoder, samples=True).replace("corpus: notes\n", "")
    with pytest.raises(SpecError, match=r"gate\.uncertainty reads a corpus and none is set"), opened(homeless):
        pass
    lm = ScriptedLM(lambda asked: {"answer": "the gap"})
    with opened(written(encoder, samples=True), lm=lm, reader=FakeReader()) as pipeline:
        assert Need.ENCODER in pipeline.plan.needs
        result = pipeline.run("Where does it cut?")
    assert result.error is None
    span = next(span for span in result.trace.spans if span.step == "gate")
    assert span.decision is not None
    assert span.decision.details["compared"].startswith("by vectors of all-MiniLM-L6-v2")


def test_words_need_no_corpus_and_no_encoder() -> None:
    cls = Uncertainty.shaped("degree_matrix")
    assert cls.needs_for(cls.Params(method="degree_matrix", threshold=1.0)) == frozenset()


def test_one_sample_cannot_be_compared() -> None:
    with pytest.raises(LMError, match="compares samples, and there is 1"):
        gate("lexical_similarity").run("?", samples=["Paris"])


def test_a_confidence_that_is_none_is_told() -> None:
    with pytest.raises(LMError, match="'verbalised' cannot be computed: 'quite sure' has no probability"):
        gate("verbalised").run("?", confidence="quite sure")


def trained(folder: Path, **changes: Any) -> TrainedFile:
    calibration = Logistic(("needed", "not needed"), ("uncertainty",), (0.0,), (1.0,), ((-1.0,),), (0.0,))
    state = {"method": "perplexity", "threshold": 2.0, "calibration": calibration.as_state(), **changes}
    path = folder / "gate.json"
    digest = Trained("gate.uncertainty", state, {}, {}).write(path)
    return TrainedFile(path, digest)


DRAFT = {"draft": "Paris", "logprobs": TOKENS}


def test_a_trained_gate_decides_by_what_it_learned_and_says_how_likely_it_is(tmp_path: Path) -> None:
    step = gate("perplexity", threshold=None, state=trained(tmp_path))
    result = step.run("?", **DRAFT)
    assert (result.value.retrieve, result.decision.threshold) == (True, 2.0)
    chance = result.decision.details["chance that retrieval is needed"]
    assert chance == pytest.approx(1 / (1 + math.exp(-math.sqrt(8))))


def test_a_gate_whose_training_found_nothing_better_retrieves_always(tmp_path: Path) -> None:
    result = gate("perplexity", threshold=None, state=trained(tmp_path, threshold=None)).run("?", **DRAFT)
    assert result.value.retrieve
    assert result.warnings == ()
    assert "training found no threshold that is worth more" in result.decision.reason


def test_before_it_is_trained_it_retrieves_always_and_says_so(tmp_path: Path) -> None:
    result = gate("perplexity", threshold=None, state=TrainedFile(tmp_path / "gate.json", None)).run("?", **DRAFT)
    assert result.value.retrieve
    assert result.decision.threshold is None
    assert "no threshold was trained ('ragkit train gate')" in result.warnings[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "max_token_probability"}, "was trained with method 'max_token_probability'"),
        ({"threshold": "2"}, "is damaged: its threshold is '2'"), ({"threshold": True}, "is damaged"),
        ({"calibration": {}}, "is damaged"),
    ],
)  # fmt: skip
def test_a_trained_file_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainedFileError, match=said):
        gate("perplexity", threshold=None, state=trained(tmp_path, **changes)).warm_up()


def test_a_trained_file_without_a_threshold_is_damaged(tmp_path: Path) -> None:
    file = trained(tmp_path)
    document = json.loads(file.path.read_text())
    del document["state"]["threshold"]
    file.path.write_text(json.dumps(document))
    with pytest.raises(TrainedFileError, match="its threshold is None"):
        gate(
            "perplexity",
            threshold=None,
            state=TrainedFile(file.path, hashlib.sha256(file.path.read_bytes()).hexdigest()),
        ).warm_up()


def test_how_answers_were_compared_is_part_of_the_training(tmp_path: Path) -> None:
    reader = FakeReader()
    file = trained(tmp_path, method="degree_matrix", compare="words")
    with pytest.raises(TrainedFileError, match="was trained with compare 'words'; this step has 'encoder'"):
        gate("degree_matrix", reader, threshold=None, compare="encoder", state=file).warm_up()


def test_at_the_threshold_it_retrieves() -> None:
    assert gate("verbalised").run("?", confidence=0.0).value == (True, 1.0)
