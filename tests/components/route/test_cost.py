"""route.cost: the least of loss and cost, where losses come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.route._features import feature_names
from ragkit.components.route.cost import Arm, Cost
from ragkit.errors import TrainedFileError, UsageError
from ragkit.train.fitting import fit
from ragkit.trained import Trained, TrainedFile
from tests.components.fake_corpus import FakeScope, notes

EASY, HARD = "What is BM25?", "Which of adaptive-k and BM25 is newer, and by how much?"


def router(labels, scope=None, **params):
    given = Cost.Params(labels={name: Arm(**arm) for name, arm in labels.items()}, **params)
    assert Cost.check(given) is None
    return Cost(given, scope)


TWO = {"narrow": {"costs": {"passages": 2}}, "wide": {"costs": {"passages": 20}}}


def test_a_dear_branch_is_taken_where_it_is_worth_it():
    step = router(TWO, weights={"passages": 0.01})
    result = step.run(EASY, losses=[0.35, 0.25])
    assert result.value == "narrow"
    assert result.decision.details == {
        "losses": {"narrow": 0.35, "wide": 0.25}, "costs": {"narrow": 0.02, "wide": 0.2},
        "sums": {"narrow": 0.37, "wide": 0.45},
    }  # fmt: skip
    assert result.decision.reason == (
        "'narrow': given loss 0.350 and cost 0.020 make 0.370, the least; 'wide' has 0.250 and 0.200"
    )
    assert step.run(EASY, losses=[0.6, 0.25]).value == "wide"


def test_of_equal_sums_the_first_wins_and_weight_scales_all_costs():
    assert router({"narrow": {}, "wide": {}}).run(EASY, losses=[0.5, 0.5]).value == "narrow"
    fixed = {"narrow": {"loss": 0.5, "costs": {"passages": 2}}, "wide": {"loss": 0.4, "costs": {"passages": 20}}}
    step = router(fixed, weights={"passages": 0.01})
    assert step.run(EASY).value == "narrow"
    assert step.bound({"weight": 0.1}).run(EASY).value == "wide"


def router_file(tmp_path, **changed) -> TrainedFile:
    """A file in which 'narrow' fails on questions like HARD and 'wide' never does."""
    reader = notes()
    from ragkit.components.route._features import question_features

    texts = [EASY, HARD] * 6
    model = fit(question_features(reader, texts), ["right", "wrong"] * 6, feature_names(reader.dimensions), strength=1)
    branches = {
        "narrow": {"model": model.as_state(), "wrong": 0.5, "spent": {"retrieval_calls": 1, "context_tokens": 200}},
        "wide": {"model": None, "wrong": 0.05, "spent": {"retrieval_calls": 2, "context_tokens": 2000}},
    }
    state = {"encoder": reader.encoder_identity, "branches": branches, **changed}
    file = tmp_path / "cost.json"
    return TrainedFile(file, Trained("route.cost", state, {}, {}).write(file))


def trained(tmp_path, labels=None, weights=None, **changed):
    params = {"state": router_file(tmp_path, **changed), "weights": weights or {"context_tokens": 0.0001}}
    step = router(labels or {"narrow": {}, "wide": {}}, FakeScope(notes()), **params)
    step.warm_up()
    return step


def test_predicted_losses_and_measured_costs_decide(tmp_path: Path) -> None:
    step = trained(tmp_path)
    assert [step.run(text).value for text in (EASY, HARD)] == ["narrow", "wide"]
    decision = step.run(HARD).decision
    assert decision.details["costs"] == {"narrow": 0.02, "wide": 0.2}
    assert decision.details["losses"]["wide"] == 0.05
    together = step.run_batch([{"question": EASY}, {"question": HARD}])
    assert [result.value for result in together] == ["narrow", "wide"]


def test_a_cost_in_the_file_stands_before_the_measured_one(tmp_path: Path) -> None:
    dear = trained(tmp_path, {"narrow": {}, "wide": {"costs": {"context_tokens": 90_000}}})
    assert dear.run(HARD).value == "narrow"


def test_untrained_it_takes_the_first_or_the_other_and_says_so(tmp_path: Path) -> None:
    file = TrainedFile(tmp_path / "no.json", None)
    for otherwise, label in ((None, "narrow"), ("wide", "wide")):
        step = router({"narrow": {}, "wide": {}}, state=file, otherwise=otherwise)
        step.warm_up()
        result = step.run(EASY)
        assert result.value == label
        assert "not trained yet" in result.warnings[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"encoder": "another"}, "was trained with the encoder 'another'"),
        ({"branches": None}, "'branches' are no mapping"),
        ({"branches": {"a": {}, "b": {}}}, "was trained for the labels a, b; this step has narrow, wide"),
        ({"branches": {"narrow": {"model": None, "wrong": 2, "spent": {}}, "wide": {}}}, "a share from 0 to 1"),
        ({"branches": {"narrow": {"model": None, "wrong": 0, "spent": {"x": -1}}, "wide": {}}}, "than amounts"),
        ({"branches": {"narrow": {"model": None}, "wide": {}}}, "it needs 'model', 'wrong' and 'spent'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, changed: dict, said: str) -> None:
    with pytest.raises(TrainedFileError, match=said):
        trained(tmp_path, **changed)


@pytest.mark.parametrize(
    ("labels", "params", "said"),
    [
        ({"a": {"loss": 0.1}, "b": {}}, {}, "the label 'a' has a 'loss' and 'b' has none"),
        ({"a": {"costs": {"x": 1}}, "b": {}}, {"weights": {"x": 1}}, "a weight for 'x', and the label 'b' has no such"),
        ({"a": {"costs": {"x": 1}}, "b": {}}, {}, "the label 'a' has a cost 'x', which no weight counts"),
        ({"a": {}, "b": {}}, {"weights": {"x": -1}}, "the weight of 'x' is negative"),
        ({"a": {}, "b": {}}, {"otherwise": "c"}, "'otherwise' is 'c', which is none of the labels a, b"),
    ],
)
def test_parameters_are_held_against_each_other(labels, params, said):
    given = Cost.Params(labels={name: Arm(**arm) for name, arm in labels.items()}, **params)
    assert said in Cost.check(given)


def test_wrong_losses_and_none_at_all():
    with pytest.raises(UsageError, match="was given 3 losses for the labels narrow, wide"):
        router(TWO, weights={"passages": 0.01}).run(EASY, losses=[0.1, 0.2, 0.3])
    with pytest.raises(UsageError, match=r"route\.cost has no losses"):
        router(TWO, weights={"passages": 0.01}).run(EASY)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.lists(st.floats(0, 9), min_size=3, max_size=3))
def test_no_branch_has_a_smaller_sum_than_the_chosen(losses, costs):
    step = router({f"b{i}": {"costs": {"x": cost}} for i, cost in enumerate(costs)}, weights={"x": 0.1})
    chosen = int(str(step.run(EASY, losses=losses).value)[1:])
    sums = np.array(losses) + 0.1 * np.array(costs)
    assert sums[chosen] == pytest.approx(sums.min())
