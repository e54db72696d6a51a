"""Conformal thresholds keep their promise on questions they were not calibrated on, and say when they cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.cli.training import selector as selector_text
from ragkit.components.select.conformal import Conformal, lowest_miss
from ragkit.components.select.rules.conformal import all_gold_threshold, recall_threshold
from ragkit.errors import TrainedFileError, UsageError
from ragkit.train.conformal import fit_conformal
from ragkit.trained import Trained, TrainedFile
from ragkit.types import Passages
from tests.train.making import examples

ROWS = st.lists(
    st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=1, max_size=4), min_size=1, max_size=30
)  # fmt: skip


def _recall(scores: list[float | None], threshold: float) -> float:
    return sum(score is not None and score >= threshold for score in scores) / len(scores)


@given(ROWS, st.floats(0.01, 0.99))
def test_the_threshold_is_the_highest_that_keeps_the_promise(rows: list[list[float | None]], miss: float) -> None:
    found = recall_threshold(rows, miss)
    known = sorted({score for row in rows for score in row if score is not None})
    risks = {t: (sum(1 - _recall(row, t) for row in rows) + 1) / (len(rows) + 1) for t in known}
    kept = [t for t, risk in risks.items() if risk <= miss + 1e-12]
    assert found == (max(kept) if kept else None) or abs(risks[max(kept)] - miss) < 1e-9
    if found is None:
        assert miss < lowest_miss(rows, "recall") + 1e-9


@given(ROWS, st.floats(0.01, 0.99))
def test_all_gold_is_the_quantile_of_the_lowest_scores(rows: list[list[float | None]], miss: float) -> None:
    found = all_gold_threshold(rows, miss)
    if found is None:
        assert miss < lowest_miss(rows, "all")
    else:
        lost = sum(any(score is None or score < found for score in row) for row in rows)
        assert lost <= miss * (len(rows) + 1)


@pytest.mark.parametrize("miss", [0.1, 0.3])
def test_the_promise_holds_on_new_questions(miss: float) -> None:
    rng = np.random.default_rng(1)
    rows = [[float(value) for value in rng.normal(size=rng.integers(1, 4))] for _ in range(4000)]
    recalls, everything = [], []
    for start in range(0, 4000, 100):
        calibrate, fresh = rows[start : start + 50], rows[start + 50 : start + 100]
        low, lowest = recall_threshold(calibrate, miss), all_gold_threshold(calibrate, miss)
        assert low is not None
        assert lowest is not None
        recalls += [_recall(row, low) for row in fresh]
        everything += [_recall(row, lowest) == 1 for row in fresh]
    assert np.mean(recalls) >= 1 - miss - 0.015
    assert np.mean(everything) >= 1 - miss - 0.015
    assert np.mean(everything) <= 1 - miss + 0.05, "it keeps far more than it promised"


def _step(state: dict, tmp_path: Path, **params: object) -> Conformal:
    file = tmp_path / "conformal.json"
    digest = Trained("select.conformal", state, {}, {}).write(file)
    step = Conformal(Conformal.Params(state=TrainedFile(file, digest), **params))  # type: ignore[arg-type]
    step.warm_up()
    return step


def test_from_questions_to_a_cut(tmp_path: Path) -> None:
    fitted = fit_conformal(examples(120))
    by_miss = {(row["promise"], row["miss"]): row for row in fitted.report["promises"]}
    assert by_miss["recall", 0.1]["missed"] <= 0.12
    assert by_miss["recall", 0.3]["kept"] < by_miss["recall", 0.05]["kept"]
    step = _step(dict(fitted.state), tmp_path, miss=0.1)
    kept, shares = [], []
    for example in examples(200, seed=9):
        result = step.run(example.inputs["passages"])
        gold = set(example.question.gold_ids)
        shares.append(len(gold & {p.doc_id for p in result.value}) / len(gold))
        kept.append(len(result.value))
        assert "at least 90% of the relevant documents are kept on average (calibrated on 120" in result.decision.reason
    assert np.mean(shares) >= 0.85
    assert len(set(kept)) > 2


def test_lists_that_are_ordered_by_several_scores_are_refused() -> None:
    found = examples(30)
    other = found[7].inputs["passages"]
    found[7] = replace(found[7], inputs={**found[7].inputs, "passages": Passages(list(other), "bm25")})
    with pytest.raises(UsageError, match="the lists are ordered by 'convex' and by 'bm25'") as raised:
        fit_conformal(found)
    assert "score: NAME" in (raised.value.hint or "")
    assert fit_conformal(found, "bm25").report["score"] == "bm25"


def test_tokens_that_nobody_counted_are_not_known() -> None:
    found = examples(30)
    bare = Passages([replace(passage, tokens=None) for passage in found[3].inputs["passages"]], "convex")
    found[3] = replace(found[3], inputs={**found[3].inputs, "passages": bare})
    promises = fit_conformal(found).report["promises"]
    assert {row["tokens"] for row in promises} == {None}
    assert "not known" in selector_text({**fit_conformal(found).report})


def test_a_promise_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    state = {"score": "convex", "questions": [[0.5], [None], [0.4, 0.3]]}
    with pytest.raises(UsageError, match=r"the 3 questions of the training cannot promise a miss of 0\.1") as raised:
        _step(state, tmp_path, miss=0.1)
    assert raised.value.hint is not None
    assert "0.500" in raised.value.hint


@pytest.mark.parametrize("state", [{}, {"score": "convex"}, {"score": "convex", "questions": [[]]},
                                   {"score": "convex", "questions": [["a"]]}])  # fmt: skip
def test_a_damaged_file_is_refused(tmp_path: Path, state: dict) -> None:
    with pytest.raises(TrainedFileError, match="it has no score and no questions"):
        _step(state, tmp_path)


def test_another_score_is_refused_and_untrained_keeps_all(tmp_path: Path) -> None:
    with pytest.raises(TrainedFileError, match="is for the score 'convex', not for 'bm25'"):
        _step({"score": "convex", "questions": [[0.5]] * 30}, tmp_path, score="bm25")
    step = Conformal(Conformal.Params(state=TrainedFile(tmp_path / "no.json", None)))
    step.warm_up()
    assert "not trained yet" in step.run(examples(1)[0].inputs["passages"]).warnings[0]
