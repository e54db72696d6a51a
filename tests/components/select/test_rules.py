"""The cut rules as pure functions: pinned vectors, then what must hold for any scores."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ragkit.components.select.rules.adaptive_k import adaptive_k
from ragkit.components.select.rules.autocut import autocut
from ragkit.components.select.rules.count import fit_tokens, pack_tokens, top_k
from ragkit.components.select.rules.cut import gap_details, show
from ragkit.components.select.rules.knee import knee
from ragkit.components.select.rules.threshold import threshold
from ragkit.components.select.rules.top_p import top_p

TWELVE = [0.90, 0.88, 0.87, 0.60, 0.59, 0.58, 0.57, 0.56, 0.55, 0.54, 0.53, 0.10]
BLOCKS = [0.95, *[0.80 - 0.005 * i for i in range(9)], *[0.40 - 0.001 * i for i in range(30)]]

# Whole numbers over a power of two: shifting and scaling by powers of two is exact, so that ties stay ties.
exact = st.lists(st.integers(-4000, 4000), max_size=60).map(lambda raw: sorted((x / 64 for x in raw), reverse=True))
several = exact.filter(lambda scores: len(scores) >= 2)
RULES = (adaptive_k, autocut, knee, top_p, lambda scores: threshold(scores, within=1.0))


@pytest.mark.parametrize(
    ("scores", "parameters", "rank", "kept"),
    [
        (TWELVE, {}, 3, 8),
        (TWELVE, {"tail": 0.0}, 11, 12),
        ([0.9, 0.5], {}, 1, 2),
        ([0.9, 0.8, 0.1], {}, 2, 3),
        ([0.5] * 20, {}, 1, 6),
        ([0.9, *[0.5 - 0.003 * i for i in range(19)]], {}, 1, 6),
        (BLOCKS, {}, 10, 15),
        ([0.9], {}, None, 1),
        ([], {}, None, 0),
    ],
)
def test_adaptive_k_vectors(scores, parameters, rank, kept):
    cut = adaptive_k(scores, **parameters)
    assert (cut.rank, cut.kept) == (rank, kept)


def test_adaptive_k_ignores_a_tail_outlier_only_where_the_tail_is_a_gap_long():
    ten = [0.9, 0.8, *[0.79 - 0.001 * i for i in range(7)], 0.1]
    eleven = [0.9, 0.8, *[0.79 - 0.001 * i for i in range(8)], 0.1]
    assert adaptive_k(ten).rank == 9
    assert adaptive_k(eleven).rank == 1


def test_adaptive_k_head_skips_the_first_gaps():
    scores = [0.99, *[0.5 - 0.001 * i for i in range(40)], *[0.3 - 0.001 * i for i in range(60)]]
    assert adaptive_k(scores, buffer=0).rank == 1
    assert adaptive_k(scores, buffer=0, head=0.05).rank == 41


def test_adaptive_k_keeps_all_and_says_so_where_no_gap_is_left():
    cut = adaptive_k([0.9, 0.8, 0.1], head=0.5, tail=0.5)
    assert cut.kept == 3
    assert "leave no gap" in cut.warnings[0]


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        ([0.5] * 20, "all 20 scores are equal"),
        ([0.9, 0.5, 0.49, 0.48], "right after the first"),
        ([0.9, 0.8, 0.6, 0.41, 0.40], "hardly a choice"),
    ],
)
def test_adaptive_k_says_when_it_decided_little(scores, text):
    assert any(text in warning for warning in adaptive_k(scores).warnings)


def test_adaptive_k_is_silent_on_a_clear_cut():
    assert adaptive_k(BLOCKS).warnings == ()


def test_adaptive_k_explains_itself():
    cut = adaptive_k(TWELVE)
    assert cut.why == "the scores fall most after rank 3 (0.87 to 0.6), and 5 more for safety"
    assert cut.details["gap"] == pytest.approx(0.27)
    assert cut.details["second_gap"] == pytest.approx(0.02)
    assert cut.details["gap_over_second"] == pytest.approx(13.5)
    assert (cut.details["searched_from"], cut.details["searched_to"]) == (1, 10)


@given(several, st.integers(0, 8), st.integers(-100, 100), st.integers(-3, 6))
def test_adaptive_k_depends_on_differences_only(scores, buffer, shift, power):
    moved = [s * 2.0**power + shift for s in scores]
    assert adaptive_k(moved, buffer=buffer).kept == adaptive_k(scores, buffer=buffer).kept


@given(several, st.floats(0.001, 1000), st.floats(-1000, 1000))
def test_adaptive_k_survives_rounding_where_the_gap_is_clear(scores, scale, shift):
    gaps = sorted((a - b for a, b in itertools.pairwise(scores)), reverse=True)
    assume(len(gaps) > 1 and gaps[0] > gaps[1])
    moved = [s * scale + shift for s in scores]
    assume(scale * (gaps[0] - gaps[1]) > 1e-6 * (1 + abs(shift)))
    assert adaptive_k(moved, tail=0.0).rank == adaptive_k(scores, tail=0.0).rank


@given(exact, st.integers(0, 10))
def test_adaptive_k_bounds_and_monotone_in_the_buffer(scores, buffer):
    n, kept = len(scores), adaptive_k(scores, buffer=buffer).kept
    assert min(n, 1 + buffer) <= kept <= n
    assert kept <= adaptive_k(scores, buffer=buffer + 1).kept <= kept + 1


@given(several)
def test_adaptive_k_takes_the_earliest_of_the_largest_gaps(scores):
    gaps = [a - b for a, b in itertools.pairwise(scores)]
    assert adaptive_k(scores, tail=0.0).rank == 1 + gaps.index(max(gaps))


def test_adaptive_k_ties_are_not_decided_by_rounding():
    scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert scores[1] - scores[2] > scores[0] - scores[1]
    assert adaptive_k(scores, tail=0.0, buffer=0).rank == 1


@pytest.mark.parametrize(
    ("scores", "jumps", "kept"),
    [
        ([2, 1.95, 1.9, 0.2, 0.1, 0.1, -1], 1, 3),
        ([2, 1.95, 1.9, 0.2, 0.1, 0.1, -2], 2, 6),
        ([5, 1, 1, 1, 1, 0, 0], 1, 1),
        ([5, 1, 1, 1, 1, 0, 0], 2, 5),
        ([0.298, 0.260, 0.169, 0.108, 0.108, 0.104, 0.093], 1, 3),
        ([0.5, 0.32, 0.31, 0.30, 0.29, 0.15], 1, 1),
        ([0.5, 0.32, 0.31, 0.30, 0.29, 0.15, 0.15, 0.15], 2, 5),
        ([1, 0.98, 0.95, 0.9, 0.88, 0.87, 0.80, 0.79], 1, 3),
        ([1, 0.98, 0.95, 0.9, 0.88, 0.87, 0.80, 0.79], 2, 6),
        ([1, 0.98, 0.95, 0.9, 0.88, 0.87, 0.80, 0.79], 3, 8),
        ([0.5868, 0.5450, 0.3414, 0.3048, 0.2753], 1, 2),
        ([0.3666, 0.3382, 0.04516, 0.04516], 1, 2),
        # the last point rises above its neighbour but not above the one before: no jump
        ([1, 0.4, 0.35, 0], 2, 4),
    ],
)
def test_autocut_vectors(scores, jumps, kept):
    assert autocut(scores, jumps=jumps).kept == kept


@pytest.mark.parametrize("scores", [[], [1.0], [1.0, 0.5], [0.3] * 9])
def test_autocut_keeps_all_where_there_is_no_jump(scores):
    assert autocut(scores).kept == len(scores)


def test_autocut_says_when_there_are_fewer_jumps():
    cut = autocut([5, 1, 1, 1, 1, 0, 0], jumps=4)
    assert cut.kept == 7
    assert cut.warnings == ("the curve has 2 jumps, autocut was asked to cut at jump 4: everything is kept",)


@given(st.integers(3, 200), st.floats(0.001, 10))
def test_a_straight_line_has_neither_jump_nor_knee(n, step):
    line = [1 - step * i for i in range(n)]
    assert autocut(line).kept == n
    assert knee(line).kept == n


@given(several, st.integers(1, 4))
def test_autocut_keeps_more_at_a_later_jump(scores, jumps):
    assert autocut(scores, jumps=jumps).kept <= autocut(scores, jumps=jumps + 1).kept <= len(scores)


@pytest.mark.parametrize(
    ("scores", "sensitivity", "kept"),
    [
        ([5, 1, 1, 1, 1, 1, 1], 1, 1),
        ([0.9, 0.8, 0.3, 0.28, 0.26, 0.24, 0.22, 0.2], 1, 2),
        # y = 1/(x + 0.1) over ten points: the curve's knee is at x = 2/9 in the paper's own units, the third rank.
        ([1 / (i / 9 + 0.1) for i in range(10)], 1, 2),
        # the bend is confirmed by the flat part that follows it; a high sensitivity asks for more of it than there is
        ([10, 9, 8, 3, 2.9, 2.8], 1, 3),
        ([10, 9, 8, 3, 2.9, 2.8], 20, 6),
        # a level stretch of the difference curve is one point
        ([8, 4, 3, 2, 1.5, 1, 0.5, 0.25, 0], 1, 1),
    ],
)
def test_knee_vectors(scores, sensitivity, kept):
    assert knee(scores, sensitivity=sensitivity).kept == kept


def test_knee_takes_the_first_of_two():
    scores = [10, 5, 4.9, 4.8, 4.7, 4.6, 1, 0.9, 0.8, 0.7]
    assert knee(scores).kept == 1
    assert knee(scores[1:]).kept == 5


def test_knee_without_one_keeps_all_and_says_so():
    cut = knee([10, 9.9, 9.7, 9.3, 8.5, 6.9, 3.7, 0])
    assert cut.kept == 8
    assert "has no knee" in cut.warnings[0]


@given(exact, st.floats(0, 3))
def test_knee_keeps_more_the_less_sensitive_it_is(scores, sensitivity):
    assert knee(scores, sensitivity=sensitivity).kept <= knee(scores, sensitivity=sensitivity + 1).kept


@given(exact, st.integers(-100, 100), st.integers(-3, 6))
def test_curve_rules_do_not_depend_on_scale_or_shift(scores, shift, power):
    moved = [s * 2.0**power + shift for s in scores]
    assert autocut(moved).kept == autocut(scores).kept
    assert knee(moved).kept == knee(scores).kept


def test_top_p_leaves_the_crossing_one_out():
    scores = [math.log(x) for x in (0.5, 0.3, 0.15, 0.05)]
    assert [top_p(scores, p=p).kept for p in (0.4, 0.5, 0.79, 0.8, 0.95, 1.0)] == [1, 1, 1, 2, 3, 4]


def test_top_p_temperature_sharpens():
    cosines = [0.7 - 0.01 * i for i in range(50)]
    assert top_p(cosines, p=0.95).kept >= 45
    assert "nearly uniform" in top_p(cosines, p=0.95).warnings[0]
    sharp = top_p(cosines, p=0.95, temperature=0.02)
    assert sharp.kept < 10
    assert sharp.warnings == ()


@given(exact, st.floats(0.01, 1), st.floats(0.01, 10), st.integers(-100, 100))
def test_top_p_bounds_shift_and_monotone(scores, p, temperature, shift):
    cut = top_p(scores, p=p, temperature=temperature)
    assert min(1, len(scores)) <= cut.kept <= len(scores)
    assert top_p([s + shift for s in scores], p=p, temperature=temperature).kept == cut.kept
    assert cut.kept <= top_p(scores, p=min(1.0, p * 1.5), temperature=temperature).kept


@pytest.mark.parametrize(
    ("scores", "bounds", "kept"),
    [
        ([0.8, 0.6, 0.3], {"at_least": 0.6}, 2),
        ([0.8, 0.6, 0.3], {"at_least": 0.9}, 0),
        ([0.8, 0.6, 0.3], {"relative": 0.5}, 2),
        ([0.8, 0.6, 0.3], {"relative": 1.0}, 1),
        ([0.8, 0.6, 0.3], {"relative": 0.0}, 3),
        ([0.8, 0.6, -0.3], {"relative": 0.0}, 2),
        ([0.8, 0.6, 0.3], {"within": 0.2}, 1),
        ([0.8, 0.6, 0.3], {"within": 0.25}, 2),
        ([0.8, 0.6, 0.3], {"relative": 0.2, "at_least": 0.7}, 1),
        ([-1.0, -1.4, -1.6, -3.0], {"relative": 0.5}, 2),
        ([0.0, -0.1], {"relative": 0.5}, 1),
        ([], {"relative": 0.5}, 0),
    ],
)
def test_threshold_vectors(scores, bounds, kept):
    assert threshold(scores, **bounds).kept == kept


def test_threshold_warns_where_a_share_of_the_top_is_no_bound_below_it():
    assert "the same distance is taken downwards" in threshold([-1.0, -1.4], relative=0.5).warnings[0]
    assert threshold([1.0, -1.4], relative=0.5).warnings == ()


@given(several, st.floats(0, 1))
def test_a_relative_threshold_never_drops_the_best(scores, share):
    cut = threshold(scores, relative=share)
    assert cut.kept >= 1
    assert threshold([s * 4 for s in scores], relative=share).kept == cut.kept


@given(several, st.integers(0, 640), st.integers(-50, 50))
def test_within_does_not_depend_on_a_shift(scores, distance, shift):
    assert (
        threshold([s + shift for s in scores], within=distance / 64).kept
        == threshold(scores, within=distance / 64).kept
    )


@given(exact)
def test_every_rule_keeps_at_most_what_there_is_and_says_why(scores):
    for rule in RULES:
        cut = rule(scores)
        assert 0 <= cut.kept <= len(scores)
        assert cut.why


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("scores", [[0.1, 0.2, 0.05], [0.5, math.nan, 0.1], [math.inf, 0.2, 0.1]])
def test_rules_refuse_scores_that_they_would_misread(rule, scores):
    with pytest.raises(ValueError, match=r"descend|finite"):
        rule(scores)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 200))
def test_token_counts(sizes, budget):
    head = fit_tokens(sizes, budget)
    assert sum(sizes[:head]) <= budget
    assert head == len(sizes) or sum(sizes[: head + 1]) > budget
    packed = pack_tokens(sizes, budget)
    assert packed[:head] == list(range(head))
    assert sum(sizes[i] for i in packed) <= budget
    assert all(sizes[i] > 0 for i in range(len(sizes)) if i not in packed)


def test_top_k():
    assert [top_k(5, k).kept for k in (0, 3, 5, 9)] == [0, 3, 5, 5]


def test_gap_details_has_no_division_by_zero():
    details = gap_details([1.0, 0.5, 0.5, 0.5], 1)
    assert details["gap_over_second"] is None
    assert details["gap_over_median"] is None
    assert gap_details([1.0, 0.5], 1)["second_gap"] == 0.0


@pytest.mark.parametrize(
    ("value", "beside", "text"),
    [(0.87, None, "0.87"), (0.5678, 0.5681, "0.5678"), (0.5681, 0.5678, "0.5681"), (12.3456, 0.1, "12.3"), (2, 2, "2")],
)
def test_show_tells_two_scores_apart(value, beside, text):
    assert show(value, beside) == text


def test_a_gap_over_next_to_nothing_is_not_told_as_infinite():
    details = gap_details([1.0, 2.225073858507203e-309, 0.0], 1)
    assert details["gap_over_second"] is None
    assert details["gap"] == 1.0
