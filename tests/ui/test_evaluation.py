"""The Evaluation page: saved results over the same questions, the best first."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.evaluate.results import Results

from .conftest import everything

pytestmark = pytest.mark.slow


def report(mean: float | None, sha: str = "a" * 64) -> dict:
    metrics = {"recall@5": None if mean is None else {"mean": mean, "low": mean - 0.1, "high": mean + 0.1, "n": 20}}
    metrics["context_tokens"] = {"mean": 900.0, "low": 800.0, "high": 1000.0, "n": 20}
    asked = {"name": "questions", "n": 20, "of": 20, "split": None, "sha256": sha}
    return {"n": 20, "errors": 0, "metrics": metrics,
            "conditions": {"data": asked, "pipeline": {"name": "naive"}, "intervals": "95% bootstrap"}}  # fmt: skip


def test_without_results_it_says_how_to_make_one(open_app) -> None:
    app = open_app("evaluation")
    assert not app.exception
    assert "No evaluation was saved yet" in everything(app)


def test_results_over_the_same_questions_stand_side_by_side(open_app, project: Path) -> None:
    results = Results(project / ".ragkit")
    for name, mean in (("low", 0.5), ("high", 0.8), ("unknown", None)):
        results.save(name, report(mean), [])
    results.save("elsewhere", report(0.9, "b" * 64), [])
    app = open_app("evaluation")
    assert not app.exception
    app.selectbox[0].select("questions: 20 of 20 (aaaaaaaa)").run()
    table = app.dataframe[0].value
    assert list(table["result"]) == ["high", "low", "unknown"]
    assert table["recall@5"].isna().tolist() == [False, False, True]
    assert table["low"].tolist()[:2] == pytest.approx([0.7, 0.4])
    assert "95% bootstrap" in everything(app).replace("\\", "")


def test_a_damaged_result_does_not_hide_the_others(open_app, project: Path) -> None:
    results = Results(project / ".ragkit")
    results.save("good", report(0.5), [])
    results.save("bad", report(0.5), [])
    (project / ".ragkit" / "results" / "bad" / "report.json").write_text("{}")
    app = open_app("evaluation")
    assert not app.exception
    assert "the report of 'bad' is damaged" in everything(app)
    assert list(app.dataframe[0].value["result"]) == ["good"]
