"""The pipeline as a ``dspy.Module``: DSPy's own tools take it as it is."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from ragkit.engine import Pipeline
from ragkit.errors import StepError
from ragkit.spec.load import load_text
from tests.engine.parts import CATALOGUE

dspy = pytest.importorskip("dspy")

TEXT = """
version: 1
name: module
steps:
  risky: {use: t.fail, text: question}
  n: {use: t.count, text: risky}
  found: {use: t.make, n: {from: n}}
  answer: {use: t.ids, passages: found}
output: answer
"""


@pytest.fixture
def program() -> object:
    from ragkit.engine.module import PipelineModule

    return PipelineModule(Pipeline(load_text(TEXT, "module.yaml", base=Path(), catalogue=CATALOGUE)))


def test_forward_gives_a_prediction(program: object) -> None:
    prediction = program(question="one two")  # type: ignore[operator]
    assert isinstance(prediction, dspy.Prediction)
    assert prediction.answer == "p1 p2"
    assert [p["id"] for p in prediction.passages] == ["p1", "p2"]
    assert [c["passage_id"] for c in prediction.citations] == ["p1", "p2"]
    assert len(prediction.trace_id) == 32
    assert prediction.route is None


def test_it_is_a_module_without_lm_steps_yet_and_copies_share_the_pipeline(program: object) -> None:
    assert isinstance(program, dspy.Module)
    assert program.named_predictors() == []
    assert copy.deepcopy(program).pipeline is program.pipeline
    assert program.deepcopy().pipeline is program.pipeline


def test_a_failing_step_is_raised(program: object) -> None:
    with pytest.raises(StepError, match="risky"):
        program(question="bad")  # type: ignore[operator]


def test_state_is_saved_and_loaded_as_json(program: object, tmp_path: Path) -> None:
    program.save(str(tmp_path / "state.json"))  # type: ignore[attr-defined]
    program.load(str(tmp_path / "state.json"))  # type: ignore[attr-defined]
    assert program(question="one").answer == "p1"  # type: ignore[operator]


def test_dspy_evaluates_it_on_many_threads(program: object) -> None:
    examples = [
        dspy.Example(question=" ".join(["w"] * n), answer=" ".join(f"p{i}" for i in range(1, n + 1))).with_inputs(
            "question"
        )
        for n in range(1, 13)
    ]
    evaluate = dspy.Evaluate(
        devset=examples, metric=lambda gold, found, trace=None: gold.answer == found.answer, num_threads=6,
        display_progress=False,
    )  # fmt: skip
    assert evaluate(program).score == 100.0
