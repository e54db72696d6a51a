"""Profiles: which there are, where their overlays stand, and the errors of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from ragkit.spec.profiles import profile_of, profiles_of
from tests.components_for_tests import CATALOGUE

PIPELINE = "steps: {found: {use: make.passages}}\noutput: found\n"
SLO = "slo: {fast: [p95_seconds < 2, cost < 0.1], best: []}\n"


def plan(folder: Path, slo: str = SLO) -> Plan:
    path = folder / "my.yaml"
    path.write_text(f"version: 1\n{slo}{PIPELINE}")
    return load(path, catalogue=CATALOGUE, env={})


def test_they_stand_in_the_order_of_the_file_with_their_overlays_beside_it(tmp_path: Path) -> None:
    fast, best = profiles_of(plan(tmp_path)).values()
    assert (fast.name, str(fast), fast.overlay) == ("fast", "p95_seconds < 2, cost < 0.1", tmp_path / "my.fast.yaml")
    assert (best.name, str(best), best.tuned) == ("best", "no limit", False)
    best.overlay.touch()
    assert best.tuned


def test_one_that_cannot_be_used_is_told_with_those_that_can(tmp_path: Path) -> None:
    found = plan(tmp_path)
    with pytest.raises(UsageError, match="no profile 'fas'; it names 'fast', 'best'; did you mean 'fast'"):
        profile_of(found, "fas")
    with pytest.raises(UsageError, match=r"'fast' has not been tuned: there is no .*my.fast.yaml") as caught:
        profile_of(found, "fast")
    assert "ragkit optimize" in (caught.value.hint or "")
    (tmp_path / "my.best.yaml").touch()
    with pytest.raises(UsageError, match="tuned are 'best'"):
        profile_of(found, "fast")
    assert profile_of(found, "best").name == "best"
    with pytest.raises(UsageError, match="it names none under `slo`"):
        profile_of(plan(tmp_path, ""), "fast")
