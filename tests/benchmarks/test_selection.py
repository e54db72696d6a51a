"""What the study of selectors computes from lists of passages."""

from __future__ import annotations

import pytest

from ragkit.evaluate.questions import Question
from ragkit.types import Passage, Passages


def ranked(scores: list[float], prefix: str = "d") -> Passages:
    items = [Passage(f"{prefix}{i}#0", f"{prefix}{i}", "", "", {"bm25": s}, tokens=100) for i, s in enumerate(scores)]
    return Passages(items, "bm25")


CLEAR = ranked([9.0, 8.9, 2.0, *[1 - 0.01 * i for i in range(27)]])
NARROW = ranked([9.0, 2.0, 1.9, *[1 - 0.01 * i for i in range(27)]])
QUESTIONS = [Question("q1", "two?", gold={"d0": 1.0, "d1": 1.0}), Question("q2", "one?", gold={"d0": 1.0})]


def test_every_selector_without_training_is_in_the_study() -> None:
    from selection import SETTINGS

    from ragkit.component import Need
    from ragkit.components.catalogue import Catalogue

    catalogue = Catalogue()
    names = {name for name in catalogue.names() if name.startswith("select.")}
    alone = {name for name in names if Need.LM not in catalogue.get(name).needs}
    # top_k is the curve that the others are held against, unseen leaves out what is known; trained ones are fitted.
    trained = {name for name in alone if getattr(catalogue.get(name), "trained_by", None)}
    assert alone - {setting.use for setting in SETTINGS} - trained == {"select.top_k", "select.unseen"}
    assert trained == {"select.learned", "select.conformal"}
    assert len(set(map(str, SETTINGS))) == len(SETTINGS)


def test_a_rule_that_follows_the_scores_gains_where_they_tell() -> None:
    from selection import cut_all, judge, untrained_rules

    rules = untrained_rules("bm25")
    assert "score (within 0.1)" not in rules  # in the unit of other scores
    rows = cut_all(QUESTIONS, [CLEAR, NARROW], rules)
    found = {rule["rule"]: rule for rule in judge(rows)}
    exact = found["adaptive_k (buffer 0)"]
    assert (exact["recall"], exact["tokens"], exact["passages"]) == (1.0, 150.0, 1.5)
    assert exact["k"] == pytest.approx(1.5)
    assert exact["gain"]["mean"] == pytest.approx(1 - (0.75 + 0.5 * 0.25))  # between k = 1 and k = 2
    assert found["token_budget (max_tokens 500)"]["gain"]["mean"] == 0


def test_the_table_marks_what_is_above_and_below_the_fixed_k() -> None:
    from selection import RETRIEVERS, correct, table

    def rule(mean: float, low: float, high: float, p: float) -> dict[str, object]:
        return {
            "rule": "knee",
            "recall": 0.5,
            "tokens": 100.0,
            "gain": {"mean": mean, "low": low, "high": high},
            "p": p,
        }

    cells = [rule(0.02, 0.01, 0.03, 0.001), rule(0.0, -0.01, 0.01, 0.9), rule(-0.02, -0.03, -0.01, 0.04)]
    curve = [{"k": k, "recall": 0.1 * k, "tokens": 100.0 * k} for k in (1, 2, 3)]
    study = {name: {"rules": [cell], "fixed_k": curve} for name, cell in zip(RETRIEVERS, cells, strict=True)}
    correct({"set": study})
    assert [cell["holm"] for cell in cells] == pytest.approx([0.003, 0.9, 0.08])
    text = table(study)
    assert "| fixed k = 2 | 0.200 / 200 | 0.200 / 200 | 0.200 / 200 |" in text
    assert "0.500 / 100 / +0.020 [+0.010, +0.030] ▲* |" in text
    assert "0.500 / 100 / +0.000 [-0.010, +0.010] |" in text
    assert "0.500 / 100 / -0.020 [-0.030, -0.010] ▼ |" in text
