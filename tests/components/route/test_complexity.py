"""``route.complexity``: the most probable label, another where none is sure enough, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.route._form import NAMES, form
from ragkit.components.route.complexity import Complexity
from ragkit.errors import TrainedFileError
from ragkit.train.router import Labelled, fit_router
from ragkit.trained import Trained, TrainedFile
from tests.components.fake_corpus import FakeScope, notes

_NONE = ("Hello!", "thank you", "What is 3 + 4?", "12 * 8", "hi there", "tell me a joke please")
_SINGLE = (
    "What does CRAG grade?", "How many tokens does FLARE look at?", "Which model is the judge?",
    "What is the size of the cache?", "Why does DRAGIN stop?", "Who wrote the survey on routing?",
)  # fmt: skip
_MULTI = (
    "Which of CRAG and FLARE is older?", "Which papers study routing?", "What do both surveys have in common?",
    "List the methods that prune heads.", "Compare DRAGIN and FLARE, and say which one needs less.",
    "Which two systems share a cache?",
)  # fmt: skip
QUESTIONS = [
    Labelled(text, label)
    for label, texts in (("none", _NONE), ("single", _SINGLE), ("multi", _MULTI))
    for text in texts
]
LABELS = ["none", "single", "multi"]


@pytest.fixture(scope="module")
def state() -> dict:
    return dict(fit_router(_reader(), QUESTIONS, LABELS, repeats=2).state)


def _reader() -> object:
    return notes()


def _step(state: dict, tmp_path: Path, **params: object) -> Complexity:
    file = tmp_path / "router.json"
    digest = Trained("route.complexity", state, {}, {}).write(file)
    step = Complexity(Complexity.Params(state=TrainedFile(file, digest), **params), FakeScope(_reader()))  # type: ignore[arg-type]
    step.warm_up()
    return step


def test_it_finds_again_what_it_learned(state: dict, tmp_path: Path) -> None:
    step = _step(state, tmp_path)
    right = sum(step.run(item.question).value == item.label for item in QUESTIONS)
    assert right >= len(QUESTIONS) - 1
    decision = step.run("Which of Self-RAG and CRAG is newer?").decision
    assert decision.label == "multi"
    assert sum(decision.details["probabilities"].values()) == pytest.approx(1.0)
    assert decision.details["spoke for it"]


def test_a_batch_gives_what_single_runs_give(state: dict, tmp_path: Path) -> None:
    step = _step(state, tmp_path)
    together = step.run_batch([{"question": item.question} for item in QUESTIONS])
    alone = [step.run(item.question) for item in QUESTIONS]
    assert [found.value for found in together] == [found.value for found in alone]
    assert [f.decision.score for f in together] == pytest.approx([f.decision.score for f in alone])


def test_where_none_is_sure_enough_it_takes_the_other(state: dict, tmp_path: Path) -> None:
    step = _step(state, tmp_path, at_least=0.999, otherwise="single")
    found = step.run("Hello!")
    assert found.value == "single"
    assert found.decision.threshold == 0.999
    assert "'none', has" in found.decision.reason


def test_a_label_that_must_be_sure_is_passed_over_for_the_next(state: dict, tmp_path: Path) -> None:
    open_to_all = _step(state, tmp_path).run("Hello!").decision
    shares = open_to_all.details["probabilities"]
    assert max(shares, key=shares.get) == "none"
    strict = _step(state, tmp_path, sure={"none": shares["none"] + 0.001}).run("Hello!")
    assert strict.value == max(("single", "multi"), key=shares.get)
    assert strict.decision.score == pytest.approx(shares[strict.value])
    assert "'none' is more probable and has" in strict.decision.reason
    assert _step(state, tmp_path, sure={"none": shares["none"] - 0.001}).run("Hello!").decision == open_to_all


def test_untrained_it_takes_the_first_and_says_so(tmp_path: Path) -> None:
    step = Complexity(Complexity.Params(state=TrainedFile(tmp_path / "no.json", None)), FakeScope(_reader()))
    step.warm_up()
    found = step.run("Hello!")
    assert found.value == "none"
    assert "not trained yet" in found.warnings[0]


@pytest.mark.parametrize(
    ("change", "params", "said"),
    [
        ({"encoder": "another"}, {}, "was trained with the encoder 'another'"),
        ({"model": None}, {}, "is damaged"),
        ({}, {"labels": ["easy", "hard"]}, "was trained for the labels .*; this step has easy, hard"),
    ],
)
def test_what_does_not_fit_is_refused(state: dict, tmp_path: Path, change: dict, params: dict, said: str) -> None:
    with pytest.raises(TrainedFileError, match=said):
        _step({**state, **change}, tmp_path, **params)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"at_least": 0.5}, "'at_least' needs 'otherwise'"),
        ({"otherwise": "hard"}, "'otherwise' is 'hard', which is none of the labels"),
        ({"labels": ["a", "a"]}, "stands twice"),
        ({"sure": {"nome": 0.5}}, "'sure' has 'nome', which is none of the labels none, single, multi; did you mean"),
        ({"sure": {"none": 1.5}}, "'sure' has 1.5 for 'none'; a probability is from 0 to 1"),
        ({"sure": {"none": 0.5, "single": 0.5, "multi": 0.5}}, "'sure' has every label"),
    ],
)
def test_parameters_are_held_against_each_other(tmp_path: Path, params: dict, said: str) -> None:
    built = Complexity.Params(state=TrainedFile(tmp_path / "x.json", None), **params)
    assert said in (Complexity.check(built) or "")


@given(st.lists(st.text(max_size=80), max_size=5))
def test_every_text_has_a_form(texts: list[str]) -> None:
    found = form(texts)
    assert found.shape == (len(texts), len(NAMES))
    assert np.isfinite(found).all()
