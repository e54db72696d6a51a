"""How a budget is shared: judging and later phases are kept for, and what is left over rolls on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.optimize.limits import Limits, Spent, SpentError
from ragkit.optimize.shares import JUDGING, Phase, Shares
from ragkit.optimize.spending import Spending

ALL: tuple[Phase, ...] = ("values", "prompts", "values again", "random")


def test_each_phase_leaves_what_the_next_ones_need() -> None:
    shares = Shares(Limits(900, 8000, 1.0, 10.0), 100, ALL)
    assert [shares.keep(phase).calls for phase in ALL] == [700, 400, 300, 100]
    assert shares.keep("random") == Limits(100, 1600, JUDGING, 2.0)
    assert shares.keep("values").tokens == 6400
    assert Shares(Limits(), 100, ALL).keep("values") == Limits()


@given(st.integers(2, 10_000), st.integers(0, 10_000), st.sets(st.sampled_from(ALL), min_size=1))
def test_nothing_is_kept_beyond_the_budget_and_less_from_phase_to_phase(
    calls: int, judging: int, chosen: set[Phase]
) -> None:
    phases = tuple(phase for phase in ALL if phase in chosen)
    if judging >= calls:
        with pytest.raises(UsageError, match="leaves nothing to search with"):
            Shares(Limits(calls), judging, phases)
        return
    kept = [Shares(Limits(calls), judging, phases).keep(phase).calls or 0 for phase in phases]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == judging
    assert kept[0] <= calls


def test_what_a_phase_did_not_use_the_next_has() -> None:
    shares, spending = Shares(Limits(900), 100, ALL), Spending(Limits(900))
    assert shares.calls("values", spending) == 200
    assert shares.calls("prompts", spending) == 500
    assert Shares(Limits(), 0, ALL).calls("prompts", Spending(Limits())) is None


def test_what_judging_takes_is_reckoned_from_the_first_requests() -> None:
    shares = Shares(Limits(None, 10_000, 1.0), 100, ("values",))
    shares.measure(Spent(0, 50))
    assert shares.keep("values") == Limits(None, 2000, JUDGING)
    shares.measure(Spent(10, 0, 500, 0.05))
    assert shares.keep("values") == Limits(None, 6000, pytest.approx(0.6))  # type: ignore[arg-type]
    with pytest.raises(SpentError, match=r"--max-tokens 10,000 leaves nothing .* 12,000 by an estimate"):
        shares.measure(Spent(10, 0, 1000, 0.05))
