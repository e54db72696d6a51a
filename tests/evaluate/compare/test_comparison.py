"""What a comparison says: differences with their sign, verdicts, counts, flips, and what holds on every input."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.difference import Difference
from ragkit.evaluate.compare.holm import holm
from tests.evaluate.compare.making import row, side, sides, wrong

values = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))
pairs = st.lists(st.tuples(values, values), min_size=1, max_size=40)
few = settings(max_examples=60)


def one(metric: str, *columns) -> Difference:
    """The difference of the last side to the first."""
    compared = compare(sides(metric, *columns), measures=[metric])
    return compared.measures[metric].differences["ABCDEFGH"[len(columns) - 1]]


def test_a_difference_is_side_minus_baseline() -> None:
    found = one("recall@5", [0.5] * 10, [0.75] * 10)
    assert (found.mean, found.low, found.high, found.n) == (0.25, 0.25, 0.25, 10)
    assert (found.wins, found.losses, found.ties) == (10, 0, 0)
    assert found.p == 2 / 2**10
    assert found.verdict == "better"


def test_less_of_a_cost_is_a_win() -> None:
    found = one("context_tokens", [100, 200, 300, 400, 500, 600, 700], [50, 100, 200, 300, 400, 500, 700])
    assert found.mean is not None
    assert found.mean < 0
    assert (found.wins, found.losses, found.ties, found.verdict) == (6, 0, 1, "better")


def test_five_questions_can_never_show_a_difference() -> None:
    """Of five signs all are equal in 2 of 32 cases: p is 0.06 however large the gain."""
    assert one("mrr", [0.0] * 5, [1.0] * 5).verdict == "not distinguishable"
    assert one("mrr", [0.0] * 6, [1.0] * 6).verdict == "better"


def test_one_question_has_no_interval_and_no_verdict_in_its_favour() -> None:
    found = one("mrr", [0.0], [1.0])
    assert (found.mean, found.low, found.high, found.n) == (1.0, None, None, 1)
    assert found.verdict == "not distinguishable"


def test_a_question_without_a_number_on_one_side_is_left_out_on_every_side() -> None:
    found = compare(sides("map", [1.0, 0.0, None, 0.5], [0.0, 0.0, 1.0, None], [1.0, 1.0, 1.0, 1.0])).measures["map"]
    assert found.n == 2
    assert {label: level.mean for label, level in found.levels.items()} == {"A": 0.5, "B": 0.0, "C": 1.0}
    assert [found.differences[label].mean for label in "BC"] == [-0.5, 0.5]


def test_a_side_without_the_metric_does_not_take_it_from_the_others() -> None:
    found = compare(sides("answer_f1", [1.0, 0.0], [0.0, 0.0], [None, None])).measures["answer_f1"]
    assert found.n == 2
    assert set(found.levels) == {"A", "B"}
    assert set(found.differences) == {"B"}


def test_without_a_baseline_there_are_levels_and_no_differences() -> None:
    found = compare(sides("answer_f1", [None, None], [0.0, 1.0])).measures["answer_f1"]
    assert found.levels["B"].mean == 0.5
    assert found.differences == {}


def test_two_sides_have_no_correction_and_three_have_one() -> None:
    low, high = [0.0] * 8 + [1.0] * 4, [1.0] * 8 + [1.0] * 4
    two = compare(sides("mrr", low, high))
    three = compare(sides("mrr", low, high, low))
    alone, beside = two.measures["mrr"].differences["B"], three.measures["mrr"].differences["B"]
    assert alone.p == alone.p_holm == 2 / 2**8
    assert beside.p_holm == 2 * alone.p
    assert two.method["correction"] is None
    assert three.method["correction"] == "Holm over the 2 comparisons with the baseline, in each metric"


def test_the_correction_can_take_a_verdict_back() -> None:
    low, high = [0.0] * 6, [1.0] * 6
    assert one("mrr", low, high).verdict == "better"
    found = compare(sides("mrr", low, high, low)).measures["mrr"].differences["B"]
    assert (found.p_holm, found.verdict) == (0.0625, "not distinguishable")


@given(pairs)
@few
def test_a_side_compared_with_itself_differs_in_nothing(column) -> None:
    mine = [left for left, _ in column]
    for found in compare(sides("ndcg@5", mine, mine)).measures.values():
        for difference in found.differences.values():
            assert difference.mean == 0
            assert difference.p in (1.0, None)  # None: a percentile is not tested
            assert difference.low in (0.0, None)
            assert difference.high in (0.0, None)
            assert difference.wins in (0, None)
            assert difference.losses in (0, None)
            assert difference.verdict == "not distinguishable"


@given(pairs)
@few
def test_exchanging_the_sides_turns_every_sign(column) -> None:
    left, right = [a for a, _ in column], [b for _, b in column]
    there = compare(sides("ndcg@5", left, right), measures=["ndcg@5"]).measures.get("ndcg@5")
    back = compare(sides("ndcg@5", right, left), measures=["ndcg@5"]).measures.get("ndcg@5")
    if there is None or "B" not in there.differences:
        assert back is None or "B" not in back.differences
        return
    assert back is not None
    a, b = there.differences["B"], back.differences["B"]
    assert a.mean == pytest.approx(-b.mean, abs=1e-12)
    assert (a.n, a.p, a.wins, a.losses, a.ties) == (b.n, b.p, b.losses, b.wins, b.ties)
    if a.low is not None:
        assert (a.low, a.high) == (pytest.approx(-b.high, abs=1e-9), pytest.approx(-b.low, abs=1e-9))
    if "not distinguishable" not in (a.verdict, b.verdict):
        assert {a.verdict, b.verdict} == {"better", "worse"}


@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=30))
@few
def test_differences_are_the_differences_of_the_levels_and_lie_in_their_interval(column) -> None:
    found = compare(sides("hit@3", *zip(*column, strict=True)), measures=["hit@3"]).measures.get("hit@3")
    for label, difference in () if found is None else found.differences.items():
        assert difference.mean == pytest.approx(found.levels[label].mean - found.levels["A"].mean, abs=1e-9)
        assert difference.n == found.n == difference.wins + difference.losses + difference.ties
        assert 0 < difference.p <= difference.p_holm <= 1
        if difference.low is not None:
            assert difference.low - 1e-9 <= difference.mean <= difference.high + 1e-9


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_order_and_lies_between_p_and_bonferroni(p) -> None:
    adjusted = holm(p)
    assert all(mine <= theirs <= min(1.0, mine * len(p)) + 1e-15 for mine, theirs in zip(p, adjusted, strict=True))
    assert all(
        (a <= b) or not (x < y) for x, a in zip(p, adjusted, strict=True) for y, b in zip(p, adjusted, strict=True)
    )


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_percentiles_have_an_interval_and_no_test() -> None:
    rows = [[row(f"q{i}", usage={"seconds": seconds * (1 + i / 100)}) for i in range(100)] for seconds in (1.0, 2.0)]
    found = compare([side("A", rows[0]), side("B", rows[1])]).measures
    assert found["p95_seconds"].levels["A"].mean == pytest.approx(1 + 0.99 * 0.95)
    slower = found["p95_seconds"].differences["B"]
    assert slower.mean == pytest.approx(1 + 0.99 * 0.95)
    assert (slower.p, slower.wins, slower.verdict) == (None, None, "worse")
    assert found["seconds"].differences["B"].p is not None


@pytest.mark.parametrize("change", ["mode", "cached", "error"])
def test_seconds_that_are_not_a_questions_own_are_not_compared(change: str) -> None:
    given = {"cached": {"cached": 3}, "error": {"error": {"code": "step"}}}.get(change, {})
    card = {"mode": "batch"} if change == "mode" else {}
    found = compare([side("A", [row("q", **given)], **card), side("B", [row("q", **given)], **card)]).measures
    assert {"seconds", "p50_seconds", "p95_seconds"} & set(found) == set()
    assert "recall@10" in found


def test_language_model_tokens_are_prompt_and_completion() -> None:
    left = [row("q", usage={"prompt_tokens": 10, "completion_tokens": 5}), row("r", usage={"prompt_tokens": None})]
    right = [row("q", usage={"prompt_tokens": 1, "completion_tokens": 1}), row("r")]
    found = compare([side("A", left), side("B", right)]).measures["lm_tokens"]
    assert (found.n, found.differences["B"].mean) == (1, -13)


def test_failed_runs_are_a_measure_of_their_own() -> None:
    broken = row("q2", {"correct": None, "recall@10": None}, error={"code": "step", "message": "no"})
    compared = compare([side("A", [row("q1"), row("q2")]), side("B", [row("q1"), broken])])
    assert compared.measures["failed"].differences["B"].mean == 0.5
    assert compared.measures["recall@10"].n == 1
    assert compared.states["B"] == {"right": 1, "error": 1}
    assert any("runs that failed: 1 of B" in warning for warning in compared.warnings)


def test_flips_name_causes_and_traces_and_begin_with_what_was_lost() -> None:
    left = [row("kept"), wrong("won", "cut_by_selector", trace_id="t1"), row("lost"), wrong("still")]
    right = [row("kept"), row("won", trace_id="t2"), wrong("lost", "lost_in_rerank"), wrong("still", "format")]
    compared = compare([side("A", left), side("B", right)])
    assert [(f.id, f.turned, f.before, f.after) for f in compared.flips["B"]] == [
        ("lost", "lost", "right", "lost_in_rerank"),
        ("won", "won", "cut_by_selector", "right"),
    ]
    assert compared.flips["B"][1].traces == ("t1", "t2")
    assert compared.causes == ("cut_by_selector", "retrieval_miss", "lost_in_rerank", "format")
    assert compared.document["causes"]["retrieval_miss"] == {"A": 1, "B": 0}


def test_what_the_data_cannot_judge_is_neither_right_nor_wrong_and_does_not_flip() -> None:
    unknown = row("q", {"correct": None})
    compared = compare([side("A", [unknown, row("r")]), side("B", [wrong("q"), row("r", {"correct": None})])])
    assert compared.flips["B"] == ()
    assert compared.states["A"] == {"not judged": 1, "right": 1}
    assert compared.endings == ("right", "retrieval_miss", "not judged")
    assert compared.causes == ("retrieval_miss",)


def test_kinds_are_compared_apart() -> None:
    kinds = ["single", "multi", None]
    left = [row(f"q{i}", {"map": 0.0}, kind=kind) for i, kind in enumerate(kinds)]
    right = [row(f"q{i}", {"map": float(i)}, kind=kind) for i, kind in enumerate(kinds)]
    compared = compare([side("A", left), side("B", right)])
    means = {kind: found["map"].differences["B"].mean for kind, found in compared.by_kind.items()}
    assert means == {"multi": 1.0, "single": 0.0, "unlabelled": 2.0}
    assert compared.kinds == {"single": 1, "multi": 1, "unlabelled": 1}


def test_the_document_is_plain_json_and_says_how_its_numbers_were_made() -> None:
    document = compare(sides("mrr", [0.0, 1.0], [1.0, 1.0], [0.5, None])).document
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["method"]["interval"].startswith("95 %, paired percentile bootstrap over questions, ")
    assert [one["label"] for one in document["sides"]] == ["A", "B", "C"]
    assert document["metrics"]["mrr"]["direction"] == "higher"


def test_one_side_is_no_comparison() -> None:
    with pytest.raises(UsageError, match="two sides or more"):
        compare(sides("mrr", [1.0]))


@pytest.mark.slow
def test_p_is_uniform_where_there_is_no_difference() -> None:
    """Both sides are drawn alike 400 times: p is below each level about as often as the level says, and never more."""
    import numpy as np

    rng = np.random.default_rng(1)
    drawn = sorted(one("map", *rng.normal(0.5, 0.1, (2, 30)).tolist()).p for _ in range(400))
    for level in (0.05, 0.2, 0.5, 0.8):
        share = sum(p <= level for p in drawn) / len(drawn)
        assert share == pytest.approx(level, abs=3 * math.sqrt(level * (1 - level) / 400)), level


@pytest.mark.slow
def test_verdicts_err_as_rarely_as_they_promise() -> None:
    import numpy as np

    rng = np.random.default_rng(2)
    wrong_ones = sum(
        one("map", *rng.normal(0.5, 0.1, (2, 40)).tolist()).verdict != "not distinguishable" for _ in range(400)
    )
    assert wrong_ones / 400 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
