"""The sweep over thresholds, and ReAnchor beside it: the same decisions, by the same rule."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.train.anchoring import reanchored
from ragkit.train.thresholds import Case, candidates, sweep


def noisy(n: int, noise: float, seed: int, price: float = 0.05) -> list[Case]:
    """Questions of which half need retrieval and are 1 more uncertain than the others, but for noise."""
    draw = random.Random(seed)
    found = []
    for number in range(n):
        needed = number % 2 == 0
        found.append(Case((1.5 if needed else 0.5) + draw.gauss(0, noise), 1.0 - price, 0.0 if needed else 1.0))
    return found


def decided(cases: list[Case], value: float | None) -> list[bool]:
    return [value is None or case.uncertainty >= value for case in cases]


def test_thresholds_stand_between_neighbours_and_above_all() -> None:
    cuts, widths = candidates([1.0, 3.0, 1.0, 2.0])
    assert cuts.tolist() == pytest.approx([1.5, 2.5, 3.1])
    assert widths.tolist() == pytest.approx([1.0, 1.0, 0.2])


def test_between_neighbouring_floats_the_upper_parts_them() -> None:
    cuts, _ = candidates([1.0, 1.0000000000000002])
    assert 1.0 < cuts[0] <= 1.0000000000000002


def test_what_parts_the_questions_is_found() -> None:
    cases = noisy(40, 0.05, 1)
    found = sweep(cases)
    assert found.value is not None
    assert 0.7 < found.value < 1.3
    assert found.worth == pytest.approx(1 - 0.05 / 2)  # half of the questions pay the price and all are right


def test_of_equal_thresholds_the_widest_gap_wins() -> None:
    cases = [Case(u, 0.9, 1.0) for u in (0.0, 0.1, 0.2)] + [Case(u, 0.9, 0.0) for u in (1.0, 1.1, 1.2)]
    found = sweep(cases * 3)
    assert found.value == pytest.approx(0.6)


def test_where_retrieval_always_pays_no_threshold_is_kept() -> None:
    assert sweep([Case(u / 10, 1.0, 0.0) for u in range(20)]).value is None


def test_where_it_never_pays_the_threshold_is_above_all() -> None:
    found = sweep([Case(u / 10, 0.0, 1.0) for u in range(20)])
    assert found.value is not None
    assert found.value > 1.9


def test_most_gains_by_chance_are_refused() -> None:
    draw = random.Random(3)
    better = kept = 0
    for _ in range(60):
        cases = [Case(draw.random(), float(draw.random() < 0.5), float(draw.random() < 0.45)) for _ in range(40)]
        always = sum(case.retrieved for case in cases)
        cuts, _ = candidates([case.uncertainty for case in cases])
        seen = max(sum(c.retrieved if c.uncertainty >= cut else c.kept for c in cases) for cut in cuts)
        better += seen > always
        kept += sweep(cases).value is not None
    assert better > 35  # on the questions it was chosen on, some threshold mostly looks better
    assert kept < better / 2


@pytest.mark.slow
@pytest.mark.parametrize(("n", "noise"), [(20, 0.1), (36, 0.4)])
def test_reanchor_decides_as_the_sweep_does(n: int, noise: float, capfd: pytest.CaptureFixture[str]) -> None:
    cases = noisy(n, noise, n)
    own, found = sweep(cases), reanchored(cases)
    assert found is not None
    assert found.by.startswith("ReAnchor of DSPy 3.4")
    assert found.worth == pytest.approx(own.worth)
    assert decided(cases, found.value) == decided(cases, own.value)
    assert "examples" not in capfd.readouterr().out  # its progress bar is not our result


@pytest.mark.slow
def test_reanchor_begins_at_retrieving_always() -> None:
    found = reanchored([Case(u / 10, 1.0, 0.0) for u in range(10)])
    assert found is not None
    assert (found.value, found.worth) == (None, 1.0)


def test_without_reanchor_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import dspy.experimental

    monkeypatch.delattr(dspy.experimental, "ReAnchor")
    assert reanchored(noisy(10, 0.1, 0)) is None


CASES = st.lists(
    st.builds(Case, st.floats(-5, 5), st.sampled_from([0.0, 0.95]), st.sampled_from([0.0, 1.0])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60)
@given(CASES)
def test_what_is_kept_is_never_worth_less_than_retrieving_always(cases: list[Case]) -> None:
    found = sweep(cases)
    always = sum(case.retrieved for case in cases) / len(cases)
    said = decided(cases, found.value)
    worth = sum(c.retrieved if yes else c.kept for c, yes in zip(cases, said, strict=True)) / len(cases)
    assert found.worth == pytest.approx(worth)
    assert worth >= always - 1e-9
