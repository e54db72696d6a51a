"""The study of gates: its scripted LM is what it says it is, and the table counts what the engine counted."""

from __future__ import annotations

import argparse
import importlib
import math
from collections import Counter
from types import ModuleType

import pytest


@pytest.fixture
def gates() -> ModuleType:
    return importlib.import_module("gates")


@pytest.fixture
def knowing() -> ModuleType:
    return importlib.import_module("knowing")


def test_the_tree_gives_each_answer_its_probability(knowing: ModuleType) -> None:
    for number in range(20):
        belief = knowing.believe(number, 0)
        assert sum(belief.probabilities) == pytest.approx(1.0)
        for answer, p in zip(belief.answers, belief.probabilities, strict=True):
            steps = [belief.following(answer[:at])[token] for at, token in enumerate(answer)]
            assert math.prod(steps) == pytest.approx(p)
        assert belief.answers[belief.greedy()][0] == next(iter(belief.following(())))


def test_the_right_answer_is_drawn_from_the_belief(knowing: ModuleType) -> None:
    sure = Counter()
    for number in range(3000):
        belief = knowing.believe(number, 0)
        held = max(belief.of_meaning(meaning) for meaning in range(4))
        right = belief.of_meaning(belief.truth) == held
        sure[round(held, 1), right] += 1
    for tenth in (0.5, 0.9):
        share = sure[tenth, True] / (sure[tenth, True] + sure[tenth, False])
        assert share == pytest.approx(tenth, abs=0.08)


@pytest.mark.slow
def test_the_table_counts_what_the_engine_counted(gates: ModuleType) -> None:
    options = argparse.Namespace(questions=24, seed=0, price=0.05, repeats=1)
    rows = {row["method"]: row for row in gates.study(options)}
    assert rows["never"]["rate"]["mean"] == 0.0
    assert rows["always"]["over_always"]["mean"] == 0.0
    draft, sampled, asked = rows["perplexity"], rows["sar"], rows["p_true"]
    assert draft["lm_calls"]["mean"] == pytest.approx(1 + draft["rate"]["mean"])
    assert sampled["lm_calls"]["mean"] == pytest.approx(1 + gates.SAMPLES + sampled["rate"]["mean"])
    assert asked["lm_calls"]["mean"] == pytest.approx(2 + asked["rate"]["mean"])
    assert rows["known"]["roc_auc"] > 0.6
    for row in rows.values():
        assert row["accuracy"]["mean"] + row["overconfidence"]["mean"] + row["underconfidence"]["mean"] == (
            pytest.approx(1.0)
        )
    assert gates.table(list(rows.values())).count("\n") == len(rows) + 1
