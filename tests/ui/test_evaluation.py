"""The Evaluation page: saved results over the same questions, the best first."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from ragkit.evaluate.results import Results, SavedResult
from ui.views import breakdown, leaderboard

from .conftest import HOSTILE, everything, parsed

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


def saved(name: str, **data) -> SavedResult:
    found = report(0.5)
    found["conditions"]["data"] |= data
    return SavedResult(name, Path(name), found)


@pytest.mark.parametrize(
    "other",
    [
        {"kinds": ["single"]},
        {"limit": 20},
        {"limit": 20, "seed": 1},
        {"split": "tune"},
        {"n": 19},
        {"sha256": "c" * 64},
    ],
)
def test_results_over_other_questions_are_another_group(other: dict) -> None:
    assert leaderboard.asked(saved("a")) != leaderboard.asked(saved("b", **other))
    assert leaderboard.asked(saved("a", **other)) == leaderboard.asked(saved("b", **other))


def test_conditions_that_differ_are_named() -> None:
    first, second = saved("a"), saved("b")
    second.report["conditions"]["corpus_version"] = {"papers": "000002-aa"}
    first.report["conditions"]["corpus_version"] = {"papers": "000001-bb"}
    assert list(leaderboard.uneven([first, second])) == [
        "version of corpus papers differs: 000001-bb (a); 000002-aa (b)"
    ]
    assert list(leaderboard.uneven([first])) == []


def test_the_last_result_is_not_shown_twice() -> None:
    named, last = saved("named"), saved("last")
    assert leaderboard.distinct([last, named]) == [named]
    other = saved("last", limit=3)
    assert leaderboard.distinct([other, named]) == [other, named]


def test_the_front_is_what_nothing_beats() -> None:
    points = {"dear": (900, 0.9), "cheap": (100, 0.5), "beaten": (200, 0.4), "mid": (300, 0.7)}
    rows = [
        {"result": name, "recall": value, "context_tokens": tokens, "low": value, "high": value}
        for name, (tokens, value) in points.items()
    ]
    assert [row["result"] for row in leaderboard.on_front(rows, "recall")] == ["cheap", "mid", "dear"]
    chart = leaderboard.chart(rows, "recall")
    assert chart["series"][0]["data"] == [[100, 0.5], [300, 0.7], [900, 0.9]]
    assert chart["tooltip"]["renderMode"] == "richText"


def rows_of(count: int) -> list[dict]:
    return [
        {"id": f"q{n}", "kind": "single" if n % 2 else "multi", "question": f"question {n}? {HOSTILE}",
         "trace_id": f"{n:032x}", "metrics": {"recall@5": n / count}, "error": {"message": "no LM"} if n == 0 else None,
         "cause": {"cause": "retrieval_miss", "detail": f"gold 'd{n}' is not among them"} if n in (1, 2) else None}
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def result(project: Path) -> Path:
    found = report(0.5)
    found |= {"kinds": {"single": 12, "multi": 13}, "causes": {"retrieval_miss": 2},
              "failed": {"retrieval_miss": [{"id": "q1"}, {"id": "q2"}], "error": [{"id": "q0"}]},
              "by_kind": {"single": {"recall@5": {"mean": 0.25, "low": 0.1, "high": 0.4, "n": 12}}}}  # fmt: skip
    Results(project / ".ragkit").save("one", found, [orjson.dumps(row) + b"\n" for row in rows_of(25)])
    return project


def test_from_a_number_to_its_questions_to_their_traces(open_app, result: Path) -> None:
    app = open_app("evaluation")
    assert not app.exception
    assert "25 of 25 questions" in everything(app)
    links = app.get("page_link")
    assert len(links) == 20
    assert f"trace={1:032x}" in "".join(link.proto.query_string for link in links)
    tables = [table.value for table in app.dataframe]
    assert next(table for table in tables if "single" in table.columns)["single"][0] == "0.250 [0.100, 0.400] · 12"
    causes = next(table for table in tables if "cause" in table.columns)
    assert list(causes["cause"]) == ["retrieval_miss", "error"]
    assert list(causes["one"]) == [2, 1]
    app.selectbox(key="cause").select("retrieval_miss").run()
    assert "2 of 25 questions" in everything(app)
    app.selectbox(key="kind").select("multi").run()
    assert "1 of 25 questions" in everything(app)
    assert "gold 'd2' is not among them" in everything(app).replace("\\", "")
    app.selectbox(key="cause").select("error").run()
    app.selectbox(key="kind").select("single").run()
    assert "No question is both" in app.info[0].value


def test_questions_of_a_result_are_text(open_app, result: Path) -> None:
    app = open_app("evaluation")
    read = [*(c.value for c in app.caption), *(link.proto.label for link in app.get("page_link"))]
    for value in read:
        assert not set(parsed(value)) & {"html_inline", "html_block", "link_open", "image", "heading_open"}, value


def test_rows_that_are_gone_say_so(open_app, result: Path) -> None:
    (result / ".ragkit" / "results" / "one" / "rows.jsonl").unlink()
    app = open_app("evaluation")
    assert not app.exception
    assert "the rows of 'one' cannot be read" in everything(app)


def test_a_result_can_be_narrowed_by_kind_and_cause() -> None:
    rows = [{"kind": kind, "cause": cause} for kind in ("single", "multi") for cause in (None, "format")]
    assert breakdown.narrowed(rows, None, None) == rows
    assert breakdown.narrowed(rows, "multi", "format") == [{"kind": "multi", "cause": "format"}]


def test_without_searches_it_says_how_to_begin_one(open_app) -> None:
    app = open_app("evaluation", show="Searches")
    assert not app.exception
    assert "No search for better values was begun yet" in everything(app)
    assert "ragkit optimize" in app.code[0].value


def test_a_search_that_cannot_be_read_does_not_hide_the_page(open_app, project: Path) -> None:
    folder = project / ".ragkit" / "studies" / "old"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text('{"name": "old", "subject_to": [], "nonsense": 1}')
    app = open_app("evaluation", show="Searches")
    assert not app.exception
    assert "Something went wrong" in everything(app)
