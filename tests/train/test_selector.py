"""Fitting a selector: it beats a fixed k where there is something to learn, and says so where there is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ragkit.components.select.learned import Learned
from ragkit.errors import TrainedFileError, UsageError
from ragkit.train.selector import fit_selector
from ragkit.trained import Trained, TrainedFile
from ragkit.types import Label, Passages
from tests.train.making import examples


@pytest.fixture(scope="module")
def fitted():
    return fit_selector(examples(80))


def _step(state: dict, tmp_path: Path, **target: object) -> Learned:
    file = tmp_path / "selector.json"
    digest = Trained("select.learned", state, {}, {}).write(file)
    step = Learned(Learned.Params(state=TrainedFile(file, digest), **target))  # type: ignore[arg-type]
    step.warm_up()
    return step


def test_at_equal_tokens_it_finds_more_than_a_fixed_k(fitted) -> None:
    rows = {row["k"]: row for row in fitted.report["against_fixed_k"]}
    assert rows[3]["learned"]["tokens"] <= rows[3]["fixed"]["tokens"]
    assert rows[3]["gain"]["low"] > 0
    assert fitted.report["auc"] > 0.8
    assert fitted.report["calibration_error"] < 0.1


def test_the_same_seed_gives_the_same_file(fitted) -> None:
    assert fit_selector(examples(80)).state == fitted.state


def test_the_step_meets_its_target_on_other_questions(fitted, tmp_path: Path) -> None:
    step = _step(fitted.state, tmp_path, recall=0.9)
    shares, kept = [], []
    for example in examples(200, seed=1):
        result = step.run(**example.inputs)
        gold = set(example.question.gold_ids)
        shares.append(len(gold & {p.doc_id for p in result.value}) / len(gold))
        kept.append(len(result.value))
        assert result.value.ranked_by == "relevance"
        assert result.decision.kept == len(result.value)
    assert sum(shares) / len(shares) == pytest.approx(0.9, abs=0.05)
    assert len(set(kept)) > 2, "it keeps the same number for every question: it has learned nothing"


def test_the_reason_names_target_and_what_it_gave(fitted, tmp_path: Path) -> None:
    example = examples(1, seed=2)[0]
    reason = _step(fitted.state, tmp_path, recall=0.9).run(**example.inputs).decision.reason
    assert "on the 80 questions of the training, for recall 0.9" in reason
    reason = _step(fitted.state, tmp_path, threshold=0.5).run(**example.inputs).decision.reason
    assert "at least 0.5; on the 80 questions of the training this gave recall" in reason


def test_without_evidence_each_document_is_kept_once(fitted, tmp_path: Path) -> None:
    assert fitted.state["further"] is None
    for example in examples(30, seed=3):
        documents = [p.doc_id for p in _step(fitted.state, tmp_path, recall=0.95).run(**example.inputs).value]
        assert len(documents) == len(set(documents))


def test_with_evidence_further_passages_of_a_document_are_kept(tmp_path: Path) -> None:
    learned = fit_selector(examples(80, evidence=True))
    assert learned.state["further"] is not None
    step = _step(learned.state, tmp_path, recall=0.9)
    kept = [[p.id for p in step.run(**e.inputs).value] for e in examples(40, seed=4, evidence=True)]
    assert sum("p8" in found for found in kept) > 5
    assert fit_selector(examples(80, evidence=True), aim="documents").state["further"] is None


def test_a_label_is_read_where_there_was_one(tmp_path: Path) -> None:
    learned = fit_selector(examples(80, label=True))
    assert learned.state["labels"] == ["multi", "single"]
    example = examples(1, seed=5)[0]
    step = _step(learned.state, tmp_path, tokens=200)
    assert step.run(**example.inputs, label=Label("multi")).warnings == ()
    assert "'label' is not given here" in step.run(**example.inputs).warnings[-1]


def test_an_empty_list_stays_empty_and_an_untrained_step_keeps_all(fitted, tmp_path: Path) -> None:
    example = examples(1)[0]
    step = _step(fitted.state, tmp_path, recall=0.9)
    assert len(step.run("q", Passages()).value) == 0
    untrained = Learned(Learned.Params(state=TrainedFile(tmp_path / "none.json", None), recall=0.9))
    untrained.warm_up()
    result = untrained.run(**example.inputs)
    assert result.value == example.inputs["passages"]
    assert "not trained yet" in result.warnings[0]


def test_limits_hold(fitted, tmp_path: Path) -> None:
    example = examples(1, seed=6)[0]
    assert len(_step(fitted.state, tmp_path, threshold=0.999, minimum=3).run(**example.inputs).value) == 3
    assert len(_step(fitted.state, tmp_path, threshold=0.0, maximum=2).run(**example.inputs).value) == 2
    assert len(_step(fitted.state, tmp_path, threshold=0.0, max_tokens=120).run(**example.inputs).value) == 2


def test_a_target_beyond_the_training_is_refused_when_it_is_loaded(fitted, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one passage for each takes 50"):
        _step(fitted.state, tmp_path, tokens=10)


@pytest.mark.parametrize("target", [{}, {"recall": 0.9, "tokens": 100.0}])
def test_one_target_is_needed(target: dict, tmp_path: Path) -> None:
    params = Learned.Params(state=TrainedFile(tmp_path / "x.json", None), **target)
    assert "one target is needed" in (Learned.check(params) or "")


def test_a_damaged_file_is_refused(fitted, tmp_path: Path) -> None:
    with pytest.raises(TrainedFileError, match="'labels' is missing"):
        _step({key: value for key, value in fitted.state.items() if key != "labels"}, tmp_path, recall=0.9)


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(UsageError, match=r"19 of 19 questions have gold documents.*at least 20") as raised:
        fit_selector(examples(19))
    assert "ragkit data synth" in (raised.value.hint or "")
    without = [replace(e, question=replace(e.question, gold={"elsewhere": 1.0})) for e in examples(30)]
    with pytest.raises(UsageError, match="no list holds a gold document"):
        fit_selector(without)
