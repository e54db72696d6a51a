"""The selectors: what they read, keep, say and refuse."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ragkit.components.catalogue import Catalogue
from ragkit.components.select.adaptive_k import AdaptiveK
from ragkit.components.select.autocut import Autocut
from ragkit.components.select.knee import Knee
from ragkit.components.select.score import Score
from ragkit.components.select.token_budget import TokenBudget
from ragkit.components.select.top_k import TopK
from ragkit.components.select.top_p import TopP
from ragkit.errors import UsageError
from ragkit.types import Passages
from tests.components.helpers import ids, passage, ranked

TWELVE = [0.90, 0.88, 0.87, 0.60, 0.59, 0.58, 0.57, 0.56, 0.55, 0.54, 0.53, 0.10]
COMPARING = [(AdaptiveK, {}), (Autocut, {}), (Knee, {}), (TopP, {"temperature": 0.1}), (Score, {"relative": 0.5})]
COUNTING = [(TopK, {"k": 2}), (TokenBudget, {"max_tokens": 250})]


def make(cls, **parameters):
    return cls(cls.Params(**parameters))


def test_there_is_a_component_for_each_rule():
    rules = ("adaptive_k", "autocut", "knee", "score", "token_budget", "top_k", "top_p")
    assert {f"select.{name}" for name in rules} <= set(Catalogue().names())


def test_adaptive_k_says_what_it_decided():
    result = make(AdaptiveK).run(ranked(TWELVE))
    assert ids(result.value) == [f"p{i}" for i in range(8)]
    assert result.value.ranked_by == "cosine"
    decision = result.decision
    assert decision.reason == ("kept 8 of 12: the scores fall most after rank 3 (0.87 to 0.6), and 5 more for safety")
    assert (decision.kind, decision.kept, decision.of, decision.score) == ("select", 8, 12, 0.87)
    assert decision.details["curve"] == TWELVE
    assert decision.details["score_name"] == "cosine"
    assert (decision.details["rank"], decision.details["next_score"]) == (3, 0.60)
    assert result.warnings == ()


@pytest.mark.parametrize(("cls", "parameters"), [*COMPARING, *COUNTING])
def test_an_empty_list_stays_one(cls, parameters):
    result = make(cls, **parameters).run(Passages())
    assert len(result.value) == 0
    assert (result.decision.kept, result.decision.of) == (0, 0)


@pytest.mark.parametrize(("cls", "parameters"), [*COMPARING, *COUNTING])
@given(scores=st.lists(st.floats(-5, 5), min_size=1, max_size=40), seed=st.integers(0, 9))
def test_the_order_of_the_input_does_not_matter_to_a_named_score(cls, parameters, scores, seed):
    items = list(ranked(scores))
    random.Random(seed).shuffle(items)
    shuffled = make(cls, score="cosine", **parameters).run(Passages(items))
    ordered = make(cls, **parameters).run(ranked(sorted(scores, reverse=True)))
    assert shuffled.value.score_list() == ordered.value.score_list("cosine")
    assert shuffled.value.ranked_by == "cosine"
    json.dumps(shuffled.decision.details, allow_nan=False)


@pytest.mark.parametrize(("cls", "parameters"), COMPARING)
def test_a_list_that_no_score_ordered_is_an_error_that_says_what_to_write(cls, parameters):
    with pytest.raises(UsageError, match="was not ordered by a score") as caught:
        make(cls, **parameters).run(Passages([passage("a", cosine=0.5, bm25=3.0)]))
    assert "'bm25', 'cosine'" in str(caught.value)
    assert "'score: bm25'" in caught.value.hint
    assert "order.by_score" in caught.value.hint


@pytest.mark.parametrize(("cls", "parameters"), [*COMPARING, *COUNTING])
def test_a_passage_without_the_score_is_named(cls, parameters):
    mixed = Passages([passage("a", cosine=0.5), passage("b", bm25=0.4)], "cosine")
    with pytest.raises(
        UsageError, match=r"passage 'b' has no score 'cosin'|passage 'a' has no score 'cosin'"
    ) as caught:
        make(cls, score="cosin", **parameters).run(mixed)
    assert "did you mean 'cosine'?" in str(caught.value)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(UsageError, match="'cosine' of passage 'p1' is nan"):
        make(AdaptiveK).run(ranked([0.5, float("nan")]))


@pytest.mark.parametrize(("cls", "parameters"), COMPARING)
def test_ranks_are_no_distances(cls, parameters):
    fused = Passages([passage(str(i), rrf=1 / (61 + i), cosine=0.5) for i in range(30)], "rrf")
    result = make(cls, **parameters).run(fused)
    assert any("made of ranks" in warning and "'cosine'" in warning for warning in result.warnings)


@pytest.mark.parametrize(("cls", "parameters"), COUNTING)
def test_counting_does_not_mind_ranks(cls, parameters):
    fused = Passages([passage(str(i), rrf=1 / (61 + i)) for i in range(30)], "rrf")
    assert make(cls, **parameters).run(fused).warnings == ()


@pytest.mark.parametrize(("cls", "parameters"), COUNTING)
def test_counting_an_unordered_list_keeps_its_order_and_warns(cls, parameters):
    result = make(cls, **parameters).run(Passages([passage(name, cosine=0.1) for name in "bac"]))
    assert ids(result.value) == ["b", "a"]
    assert result.value.ranked_by is None
    assert "not ordered by a score" in result.warnings[0]


def test_another_score_orders_first_and_the_reason_tells():
    both = Passages([passage("a", convex=0.9, cosine=0.2), passage("b", convex=0.8, cosine=0.7)], "convex")
    result = make(Score, score="cosine", threshold=0.5).run(both)
    assert ids(result.value) == ["b"]
    assert result.decision.reason == "kept 1 of 2: ordered by 'cosine' first; 1 scored at least 0.5"
    assert result.warnings == ()


def test_a_list_that_breaks_its_own_promise_is_put_in_order_with_a_warning():
    result = make(AdaptiveK, buffer=0).run(ranked([0.2, 0.9, 0.1]))
    assert ids(result.value) == ["p1"]
    assert "do not descend" in result.warnings[0]


def test_equal_scores_keep_their_order():
    assert ids(make(TopK, k=3, score="cosine").run(ranked([0.1, 0.5, 0.5, 0.5])).value) == ["p1", "p2", "p3"]


def test_minimum_maximum_and_tokens_hold_and_say_so():
    found = ranked(TWELVE)
    assert len(make(AdaptiveK, minimum=10).run(found).value) == 10
    assert "raised to the minimum of 10" in make(AdaptiveK, minimum=10).run(found).decision.reason
    assert len(make(AdaptiveK, minimum=99).run(found).value) == 12
    held = make(AdaptiveK, maximum=4).run(found)
    assert len(held.value) == 4
    assert held.warnings == ("'maximum' held the selection to 4 of 8 passages",)
    capped = make(AdaptiveK, max_tokens=550).run(found)
    assert len(capped.value) == 5
    assert capped.warnings == ("'max_tokens' (550) cut the selection from 8 to 5 passages",)
    assert capped.decision.reason.endswith("; the first 5 fit into 550 tokens")
    assert make(AdaptiveK, maximum=8, max_tokens=800).run(found).warnings == ()


@pytest.mark.parametrize(("cls", "parameters"), [(AdaptiveK, {"max_tokens": 100}), (TokenBudget, {"max_tokens": 100})])
def test_a_token_limit_needs_token_counts(cls, parameters):
    with pytest.raises(UsageError, match="'p0' has no token count"):
        make(cls, **parameters).run(ranked([0.5, 0.4], tokens=None))


def test_nothing_kept_is_said():
    result = make(Score, threshold=0.95).run(ranked(TWELVE))
    assert len(result.value) == 0
    assert result.decision.reason == "kept 0 of 12: the best scores 0.9, and none scored at least 0.95"
    assert (result.decision.score, result.decision.threshold) == (0.90, 0.95)
    assert result.warnings == ("none of the 12 passages was kept",)


def test_token_budget_stops_or_skips():
    found = Passages([passage("a", 60), passage("b", 50), passage("c", 30)], "cosine")
    stop = make(TokenBudget, max_tokens=100).run(found)
    assert ids(stop.value) == ["a"]
    assert stop.decision.reason == "kept 1 of 3: they have 60 tokens, and the next 50 would pass 100"
    assert ids(make(TokenBudget, max_tokens=100, overflow="skip").run(found).value) == ["a", "c"]
    assert ids(make(TokenBudget, max_tokens=140).run(found).value) == ["a", "b", "c"]
    none = make(TokenBudget, max_tokens=10).run(found)
    assert len(none.value) == 0
    assert "the first passage has 60 tokens" in none.warnings[0]


@pytest.mark.parametrize(
    ("cls", "parameters", "text"),
    [
        (AdaptiveK, {"minimum": 5, "maximum": 3}, "'minimum' (5) is above 'maximum' (3)"),
        (AdaptiveK, {"head": 0.5, "tail": 0.5}, "leave no gap"),
        (Score, {}, "no bound is given"),
    ],
)
def test_parameters_that_contradict_each_other(cls, parameters, text):
    assert text in cls.check(cls.Params(**parameters))
    if "head" not in parameters:
        with pytest.raises(UsageError):
            make(cls, **parameters).run(ranked([0.5, 0.4, 0.3]))


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (AdaptiveK, {"buffer": -1}), (AdaptiveK, {"tail": 1.0}), (AdaptiveK, {"bufer": 3}),
        (AdaptiveK, {"buffer": "5"}),
        (Autocut, {"jumps": 0}), (TopP, {"p": 0.0}), (TopP, {"temperature": 0.0}), (Score, {"relative": 1.2}),
        (TokenBudget, {"max_tokens": 0}), (TopK, {"k": -1}), (Knee, {"sensitivity": -0.1}),
    ],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(cls, parameters):
    with pytest.raises(ValidationError):
        cls.Params(**parameters)


def test_good_parameters_pass_their_check():
    for cls, parameters in [*COMPARING, *COUNTING]:
        assert cls.check(cls.Params(**parameters)) is None


def test_a_bound_parameter_takes_the_place_of_the_written_one():
    step = make(TopK, k=5)
    assert len(step.bound({"k": 2}).run(ranked(TWELVE)).value) == 2
    assert len(step.run(ranked(TWELVE)).value) == 5


def test_a_long_curve_is_kept_as_far_as_it_matters_and_its_length_told():
    result = make(AdaptiveK).run(ranked([1 / (i + 1) for i in range(1000)]))
    assert len(result.decision.details["curve"]) == 200
    assert result.decision.details["curve_of"] == 1000
