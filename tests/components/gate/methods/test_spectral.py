"""Measures on the graph of answers, computed by hand for graphs whose eigenvalues are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.spectral import (
    degree_matrix,
    eccentricity,
    eigenvalue_laplacian,
    semantic_sets,
)

ALIKE = [[1.0] * 4] * 4
APART = np.eye(4).tolist()
TWO_PAIRS = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]


def test_of_answers_that_are_all_alike() -> None:
    assert degree_matrix(ALIKE) == 0.0
    assert eigenvalue_laplacian(ALIKE) == pytest.approx(1.0)  # λ = 0, 1, 1, 1
    assert eccentricity(ALIKE) == pytest.approx(0.0, abs=1e-6)
    assert semantic_sets(ALIKE, 1.0) == 1


def test_of_answers_that_have_nothing_in_common() -> None:
    assert degree_matrix(APART) == pytest.approx(3 / 4)  # 1 - 4/16
    assert eigenvalue_laplacian(APART) == pytest.approx(4.0)  # λ = 0, 0, 0, 0
    assert eccentricity(APART) == pytest.approx(math.sqrt(3))
    assert semantic_sets(APART, 1.0) == 4


def test_of_two_pairs() -> None:
    assert degree_matrix(TWO_PAIRS) == pytest.approx(0.5)  # 1 - 8/16
    assert eigenvalue_laplacian(TWO_PAIRS) == pytest.approx(2.0)  # λ = 0, 0, 1, 1
    # Coordinates of rank 2 with rows of norm 1/√2: ‖V‖² = 2, less n‖mean‖² = ‖Vᵀ1‖²/4 = (√2² + √2²)/4 = 1.
    assert eccentricity(TWO_PAIRS) == pytest.approx(1.0)
    assert semantic_sets(TWO_PAIRS, 1.0) == 2


def test_of_two_answers_half_alike() -> None:
    half = [[1.0, 0.5], [0.5, 1.0]]  # D = 1.5 I, so 1 - λ are the eigenvalues of W / 1.5: 1 and 1/3
    assert degree_matrix(half) == pytest.approx(0.25)
    assert eigenvalue_laplacian(half) == pytest.approx(4 / 3)
    assert eccentricity(half) == pytest.approx(1.0)  # both λ = 0 and λ = 2/3 are kept: ‖V‖² = 2, less 2²·½·½ = 1
    assert eccentricity(half, below=0.5) == pytest.approx(0.0, abs=1e-6)
    assert (semantic_sets(half, 0.5), semantic_sets(half, 0.6)) == (1, 2)


def test_a_chain_of_likeness_joins_its_ends() -> None:
    assert semantic_sets([[1, 1, 0], [1, 1, 1], [0, 1, 1]], 1.0) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "no samples"), ([[1.0, 0.5]], "a square"), ([[1.0, 0.2], [0.5, 1.0]], "symmetric"),
        ([[0.5]], "1 of an answer and itself"), ([[1.0, -0.5], [-0.5, 1.0]], "between 0 and 1"),
    ],
)  # fmt: skip
def test_what_is_no_likeness_is_refused(wrong: list[list[float]], said: str) -> None:
    for measure in (degree_matrix, eigenvalue_laplacian, eccentricity):
        with pytest.raises(ValueError, match=said):
            measure(wrong)


@st.composite
def likenesses(draw: st.DrawFn) -> list[list[float]]:
    n = draw(st.integers(1, 6))
    found = np.eye(n)
    for i in range(n):
        for j in range(i):
            found[i, j] = found[j, i] = draw(st.floats(0, 1))
    return found.tolist()


@given(likenesses())
def test_ranges(likeness: list[list[float]]) -> None:
    n = len(likeness)
    assert -1e-9 <= degree_matrix(likeness) <= 1 - 1 / n + 1e-9
    assert 1 - 1e-9 <= eigenvalue_laplacian(likeness) <= n + 1e-9
    assert -1e-9 <= eccentricity(likeness) <= math.sqrt(n - 1) + 1e-6
    assert 1 <= semantic_sets(likeness, 0.5) <= semantic_sets(likeness, 0.9) <= n


@given(likenesses(), st.randoms())
def test_the_order_of_answers_does_not_count(likeness: list[list[float]], random: object) -> None:
    order = list(range(len(likeness)))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = [[likeness[i][j] for j in order] for i in order]
    for measure in (degree_matrix, eigenvalue_laplacian):
        assert measure(turned) == pytest.approx(measure(likeness), abs=1e-9)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_groups_that_share_nothing_are_counted(groups: list[int]) -> None:
    likeness = [[float(a == b) for b in groups] for a in groups]
    assert eigenvalue_laplacian(likeness) == pytest.approx(len(set(groups)))
    assert semantic_sets(likeness, 1.0) == len(set(groups))
