"""Each thing that can be wrong is found at its line, and what is right is not complained about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.evaluate.checking import duplicates
from ragkit.evaluate.checking.check import check_questions
from ragkit.evaluate.checking.finding import CODES, MEANINGS, WARNINGS, CheckReport
from tests.evaluate.fake_index import FakeIndex

SENTENCES = {
    "alpha-net": ["AlphaNet is a small network for reading maps.", "It holds 130 maps of northern harbours."],
    "beta-cache": ["BetaCache keeps answers that were given before.", "It saves 40% of the requests."],
    "gamma-sort": ["GammaSort orders ships by the depth of their keel."],
    "delta-log": ["DeltaLog writes down every arrival in a port."],
}
GOOD = {"id": "q1", "question": "How many maps does AlphaNet hold?", "answers": ["130"], "gold_ids": ["alpha-net"],
        "kind": "single", "evidence": "It holds 130 maps of northern harbours."}  # fmt: skip


def index() -> FakeIndex:
    return FakeIndex((id, id.replace("-", " ").title(), sentences) for id, sentences in SENTENCES.items())


def check(tmp_path: Path, *rows: dict[str, Any] | str, **options: Any) -> CheckReport:
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return check_questions(file, index(), **options)  # type: ignore[arg-type]


def found(report: CheckReport) -> list[tuple[int, str]]:
    return [(finding.line, finding.code) for finding in report.findings]


def test_nothing_is_wrong_with_a_good_question(tmp_path: Path) -> None:
    report = check(tmp_path, GOOD)
    assert found(report) == []
    assert report.as_dict()["ok"] is True
    assert report.kinds == {"single": 1}
    assert report.reach == {"bm25": 1.0, "dense": 1.0, "hybrid": 1.0}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": None}, "no-kind"),
        ({"gold_ids": []}, "gold-missing"),
        ({"kind": "none"}, "gold-unexpected"),
        ({"kind": "multi"}, "gold-few"),
        ({"answers": []}, "answers-missing"),
        ({"kind": "unanswerable", "gold_ids": [], "evidence": []}, "answers-unexpected"),
        ({"answers": ["130", "the"]}, "answer-empty"),
        ({"answers": ["131"]}, "answer-not-in-gold"),
        ({"answers": ["13"]}, "answer-not-in-gold"),
        ({"evidence": ["It holds 131 maps."]}, "evidence-not-in-gold"),
        ({"evidence": ["it holds 130 maps of northern harbours"]}, "evidence-differs"),
    ],
)
def test_one_thing_wrong(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    assert found(check(tmp_path, {**GOOD, **change})) == [(1, code)]


def test_an_unknown_id_is_told_with_the_nearest(tmp_path: Path) -> None:
    report = check(tmp_path, {**GOOD, "gold_ids": ["alpha-net", "beta-cashe"], "kind": "multi"})
    assert found(report) == [(1, "gold-unknown")]
    assert "did you mean 'beta-cache'?" in report.findings[0].message
    assert report.findings[0].details == {"gold_id": "beta-cashe", "nearest": "beta-cache"}


def test_an_answer_of_two_parts_may_stand_in_two_documents(tmp_path: Path) -> None:
    both = {**GOOD, "kind": "multi", "gold_ids": ["alpha-net", "beta-cache"], "evidence": []}
    for answer in ("130 and 40%", "130, 40 %", "130 vs 40%"):
        assert found(check(tmp_path, {**both, "answers": [answer]})) == []
    assert found(check(tmp_path, {**both, "answers": ["130 and 41%"]})) == [(1, "answer-not-in-gold")]


def test_evidence_of_another_document_is_told(tmp_path: Path) -> None:
    report = check(tmp_path, {**GOOD, "evidence": ["It saves 40% of the requests."]})
    assert found(report) == [(1, "evidence-not-in-gold")]
    assert report.findings[0].hint == "it stands in 'beta-cache': is that gold as well?"
    assert report.findings[0].details["stands_in"] == "beta-cache"


def test_one_accepted_answer_is_enough_but_every_item_of_a_list_is_needed(tmp_path: Path) -> None:
    answers = ["a hundred and thirty", "130"]
    assert found(check(tmp_path, {**GOOD, "answers": answers})) == []
    listed = {**GOOD, "kind": "aggregate", "gold_ids": ["alpha-net", "beta-cache"], "answers": ["AlphaNet", "Gamma"]}
    report = check(tmp_path, listed)
    assert found(report) == [(1, "answer-not-in-gold")]
    assert report.findings[0].details == {"answers": ["Gamma"]}


def test_yes_stands_in_no_document_and_need_not(tmp_path: Path) -> None:
    assert found(check(tmp_path, {**GOOD, "answers": ["Yes"]})) == []


def test_duplicates_name_the_first(tmp_path: Path) -> None:
    again = {**GOOD, "id": "q2", "question": "how many  maps does alphanet hold"}
    report = check(tmp_path, GOOD, again)
    assert found(report) == [(2, "duplicate")]
    assert report.findings[0].details == {"other": "q1", "other_line": 1}
    history = [{"role": "user", "text": "About harbours."}]
    assert found(check(tmp_path, GOOD, {**again, "history": history})) == []


def test_near_duplicates_are_a_warning_unless_a_name_or_a_number_parts_them(tmp_path: Path) -> None:
    long = "please tell me how many of the maps of northern harbours that one finds there are held by AlphaNet"
    near = [{**GOOD, "question": f"{long}?"}, {**GOOD, "id": "q2", "question": f"{long} now?"}]
    report = check(tmp_path, *near)
    assert found(report) == [(2, "near-duplicate")]
    assert report.counts == {"error": 0, "warning": 1}
    near[1]["question"] = f"{long} in 1998?"
    assert found(check(tmp_path, *near)) == []


def test_gold_out_of_reach(tmp_path: Path) -> None:
    far = {**GOOD, "gold_ids": ["gamma-sort"], "answers": ["depth"], "evidence": []}
    report = check(tmp_path, GOOD, {**far, "id": "q2", "question": "Which maps does AlphaNet know?"}, within=1)
    assert found(report) == [(2, "gold-unreachable")]
    ranks = report.findings[0].details["ranks"]["gamma-sort"]
    assert ranks["bm25"] is None
    assert 1 < ranks["dense"] <= len(SENTENCES)
    assert 1 < ranks["hybrid"] <= len(SENTENCES)
    assert report.reach["bm25"] == 0.5
    some = {**GOOD, "kind": "multi", "gold_ids": ["alpha-net", "gamma-sort"]}
    report = check(tmp_path, some, within=1)
    assert found(report) == [(1, "gold-far")]
    assert report.counts["error"] == 0


def test_lines_that_are_no_question_do_not_hide_the_others(tmp_path: Path) -> None:
    report = check(tmp_path, '{"id": "x",', GOOD, {"id": "q3"}, {**GOOD, "question": "Another?"})
    assert found(report) == [(1, "not-a-question"), (3, "not-a-question"), (4, "not-a-question")]
    assert report.findings[0].column is not None
    assert "line 2" in report.findings[2].message
    assert report.questions == 1


def test_ignored_findings_are_counted(tmp_path: Path) -> None:
    report = check(tmp_path, {**GOOD, "answers": ["131"]}, ignore=["answer-not-in-gold"])
    assert found(report) == []
    assert report.ignored == {"answer-not-in-gold": 1}
    with pytest.raises(UsageError, match="did you mean 'gold-few'"):
        check(tmp_path, GOOD, ignore=["gold-fw"])


def test_no_gold_is_no_reach(tmp_path: Path) -> None:
    report = check(tmp_path, {"id": "q", "question": "What is 2 + 2?", "answers": ["4"], "kind": "none"})
    assert found(report) == []
    assert report.reach == {"bm25": None, "dense": None, "hybrid": None}


def test_an_empty_or_absent_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no questions"):
        check(tmp_path, "")
    with pytest.raises(UsageError, match=r"cannot be read.*did you mean 'questions.jsonl'"):
        check_questions(tmp_path / "question.jsonl", index())  # type: ignore[arg-type]


def test_a_message_shows_not_much_of_a_long_text(tmp_path: Path) -> None:
    long = "maps " * 5_000
    report = check(tmp_path, {**GOOD, "question": long, "answers": [long], "evidence": [long]}, {**GOOD, "id": "q2"})
    assert found(report) == [(1, "answer-not-in-gold"), (1, "evidence-not-in-gold")]
    assert all(len(finding.message) < 300 for finding in report.findings)
    assert report.findings[0].details == {"answers": [long]}
    again = check(tmp_path, {**GOOD, "question": long}, {**GOOD, "id": "q2", "question": long})
    assert [finding.code for finding in again.findings] == ["duplicate"]
    assert len(again.findings[0].message) < 300


class Counting(FakeIndex):
    """Counts the searches, and how many questions the largest was for."""

    def __init__(self) -> None:
        super().__init__((id, id.replace("-", " ").title(), sentences) for id, sentences in SENTENCES.items())
        self.asked: list[int] = []

    def encode(self, texts: Any) -> Any:
        self.asked.append(len(texts))
        return super().encode(texts)


def test_many_questions_are_looked_up_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More at once than the index remembers would be encoded again for every search."""
    monkeypatch.setattr("ragkit.evaluate.checking.check.BLOCK", 2)
    rows = [{**GOOD, "id": f"q{n}", "question": f"How many maps does AlphaNet hold in {n}?"} for n in range(7)]
    rows[6]["question"] = "How many maps does AlphaNet hold in 1"
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    counting, told = Counting(), []
    report = check_questions(file, counting, progress=told.append)  # type: ignore[arg-type]
    assert max(counting.asked) == 2
    assert [(one.done, one.total, one.stage) for one in told] == [(n, 7, "checking") for n in (0, 2, 4, 6)]
    assert found(report) == [(7, "duplicate")]
    assert report.reach == {"bm25": 1.0, "dense": 1.0, "hybrid": 1.0}


@given(st.integers(1, 9), st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), max_size=12))
def test_the_nearest_before_is_found_whatever_the_block(block: int, rows: list[list[float]]) -> None:
    vectors = np.array(rows, dtype=np.float32).reshape(len(rows), 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_BLOCK", block)
        nearest = list(duplicates._nearest_before(vectors))
    assert len(nearest) == len(rows)
    for number, (close, cosine) in enumerate(nearest):
        best = max(vectors[:number] @ vectors[number], default=-1.0)
        assert cosine == pytest.approx(best, abs=1e-6)
        assert not number or vectors[close] @ vectors[number] == pytest.approx(best, abs=1e-6)


def test_every_code_is_explained() -> None:
    assert set(MEANINGS) == set(CODES)
    assert set(CODES) > WARNINGS


@given(st.binary(max_size=200))
def test_any_bytes_give_a_report_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "questions.jsonl"
    file.write_bytes(content)
    try:
        report = check_questions(file, index())  # type: ignore[arg-type]
    except UsageError:
        return
    assert report.findings
