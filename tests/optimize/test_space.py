"""The search space: which marks count, what is cheapest, and that every drawn value is one that the file allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from ragkit.errors import UsageError
from ragkit.optimize.space import active, cheapest, combinations, defaults, encoded, marks_of, suggest
from ragkit.spec.load import load_text
from ragkit.spec.plan import SearchMark
from ragkit.spec.written.mark_form import allows
from tests.components_for_tests import CATALOGUE

TEXT = """
version: 1
steps:
  made: {use: make.passages, n: {range: [1, 9], step: 2, default: 5}, prefix: {choice: [a, b], default: b}}
  kept:
    one_of:
      few: {use: select.top, passages: made, k: {range: [1, 3], default: 2}}
      turned: {use: order.reverse, passages: made}
    default: few
    enabled: {choice: [true, false], default: true}
output: kept
"""


@pytest.fixture(scope="module")
def plan():
    return load_text(TEXT, "p.yaml", base=Path(), catalogue=CATALOGUE)


def test_numbers_and_structure_are_told_apart(plan) -> None:
    assert {mark.path for mark in marks_of(plan, "numbers")} == {"made.n", "made.prefix", "kept.few.k"}
    assert {mark.path for mark in marks_of(plan, "structure")} == {"kept.use", "kept.enabled"}
    assert len(marks_of(plan, None)) == 5


def test_how_many_different_trials_there_are(plan) -> None:
    assert combinations(marks_of(plan, "numbers")) == 5 * 2 * 3
    assert combinations(marks_of(plan, None)) == 5 * 2 * 3 * 2 * 2
    assert combinations(()) == 1
    weight = SearchMark("a.w", "range", 0.5, low=0.3, high=0.7)
    assert combinations((weight,)) is None, "there is always one more between two"
    assert combinations((replace(weight, step=0.1),)) == 5


def test_a_plain_run_takes_the_defaults(plan) -> None:
    assert defaults(marks_of(plan, None)) == {
        "made.n": 5, "made.prefix": "b", "kept.use": "few", "kept.enabled": True, "kept.few.k": 2,
    }  # fmt: skip


def test_the_cheapest_is_the_lowest_with_nothing_optional(plan) -> None:
    assert cheapest(marks_of(plan, None)) == {"made.n": 1, "made.prefix": "b", "kept.enabled": False}


def test_marks_of_an_alternative_count_only_while_it_is_chosen(plan) -> None:
    marks = marks_of(plan, None)
    values = {**{mark.path: mark.default for mark in marks}, "kept.use": "turned"}
    assert "kept.few.k" not in active(values, marks)
    assert "kept.few.k" in active(values, marks_of(plan, "numbers"))  # searched alone, the default alternative holds


def test_every_drawn_value_is_allowed_and_compiles(plan) -> None:
    marks = {mark.path: mark for mark in marks_of(plan, None)}
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    seen = set()
    for _ in range(60):
        found = suggest(study.ask(), tuple(marks.values()))
        assert all(allows(marks[path], value) for path, value in found.items())
        load_text(TEXT, "p.yaml", base=Path(), catalogue=CATALOGUE, choices=found)
        seen.add(tuple(sorted(found)))
    assert len(seen) >= 3  # with and without the alternative's own mark, with and without the optional step


def test_values_can_be_proposed_as_they_are_drawn(plan) -> None:
    marks = marks_of(plan, None)
    study = optuna.create_study()
    study.enqueue_trial(encoded(defaults(marks), marks))
    assert suggest(study.ask(), marks) == defaults(marks)


def test_nothing_open_is_said() -> None:
    closed = load_text(
        "version: 1\nsteps: {made: {use: make.passages, n: {range: [1, 9], default: 5}}}\noutput: made\n", "p.yaml",
        base=Path(), catalogue=CATALOGUE,
    )  # fmt: skip
    with pytest.raises(UsageError, match=r"p\.yaml leaves open no structure; it leaves open made\.n"):
        marks_of(closed, "structure")
