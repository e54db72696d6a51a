"""gate.known, and its training: what an LM can answer by itself, from the question alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.components.gate.known import Known
from ragkit.errors import TrainedFileError, UsageError
from ragkit.testing import FakeReader, FakeScope
from ragkit.train.gate import Measured
from ragkit.train.known import fit_known
from ragkit.trained import Trained, TrainedFile

KNOWN = ["the capital of France", "the colour of grass", "the sum of two and three", "the name of the moon"]
UNKNOWN = ["the gap of Adaptive-k in 2025", "the buffer of BM25 notes", "the flow of Modular RAG", "a cache of notes"]


def measured(n: int = 48) -> list[Measured]:
    """Questions about the world are answered right without documents, those about notes only with them."""
    found = []
    for number in range(n):
        needed = number % 2 == 0
        about = (UNKNOWN if needed else KNOWN)[number // 2 % 4]
        right = (0.0, 1.0) if needed else (1.0, 0.0)
        found.append(Measured(1.0, needed, right, (1.0, 1.0), f"What is {about}, number {number}?"))
    return found


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragkit.train.gate.reanchored", lambda cases: None)


def step(state: TrainedFile, **parameters: Any) -> Known:
    return Known(Known.Params(state=state, **parameters), FakeScope(reader=FakeReader()))


@pytest.mark.usefixtures("swept")
def test_what_it_learned_holds_for_new_questions(tmp_path: Path) -> None:
    fitted = fit_known(FakeReader(), measured(), repeats=2)
    assert fitted.report["roc_auc"] > 0.9
    assert fitted.report["held_out"]["accuracy"]["mean"] > 0.85
    path = tmp_path / "known.json"
    gate = step(TrainedFile(path, Trained("gate.known", fitted.state, {}, {}).write(path)))
    known, unknown = gate.run_batch([{"question": f"What is {about}?"} for about in (KNOWN[0], UNKNOWN[0])])
    assert not known.value.retrieve
    assert unknown.value.retrieve
    assert 0 <= known.value.uncertainty < 0.5 < unknown.value.uncertainty <= 1
    assert unknown.decision is not None
    assert unknown.decision.reason.startswith("retrieve: known 0.")
    always = step(gate.params.state, threshold=0.0)
    assert always.run(f"What is {KNOWN[0]}?").value.retrieve


def test_before_it_is_trained_it_retrieves_always_and_says_so(tmp_path: Path) -> None:
    result = step(TrainedFile(tmp_path / "known.json", None)).run("What?")
    assert result.value == (True, 1.0)
    assert "no threshold was trained" in result.warnings[0]


def test_while_it_is_trained_a_threshold_that_nothing_reaches_never_retrieves(tmp_path: Path) -> None:
    gate = step(TrainedFile(tmp_path / "known.json", None))
    never = gate.params.model_copy(update={"threshold": 1e300})
    assert "untrained" in never.model_dump_json()
    assert Known(never, FakeScope(reader=FakeReader())).run("What?").value == (False, 1.0)


@pytest.mark.usefixtures("swept")
def test_another_encoder_is_refused(tmp_path: Path) -> None:
    state = dict(fit_known(FakeReader(), measured(), repeats=1).state) | {"encoder": "another"}
    path = tmp_path / "known.json"
    with pytest.raises(TrainedFileError, match="was trained with encoder 'another'"):
        step(TrainedFile(path, Trained("gate.known", state, {}, {}).write(path))).warm_up()


def test_too_few_questions_are_said() -> None:
    with pytest.raises(UsageError, match="there are 4 and 4, and 3 of which it is not known"):
        fit_known(FakeReader(), measured(8), left_out=3)
