from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragkit.errors import EvaluationError, UsageError
from ragkit.evaluate.results import Results

REPORT = {"n": 2, "metrics": {"correct": {"mean": 0.5, "low": 0.0, "high": 1.0, "n": 2}}}
ROWS = [b'{"id":"a"}\n', b'{"id":"b"}\n']


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path)


def test_what_was_saved_is_loaded(results: Results) -> None:
    saved = results.save("before", REPORT, ROWS)
    found = results.load("before")
    assert found == saved
    assert found.report == REPORT
    assert [row["id"] for row in found.rows()] == ["a", "b"]
    assert sorted(file.name for file in found.folder.iterdir()) == ["report.json", "rows.jsonl"]


def test_a_result_is_found_by_its_folder_too(results: Results, tmp_path: Path) -> None:
    folder = results.save("before", REPORT, ROWS).folder
    moved = tmp_path / "elsewhere" / "kept"
    moved.parent.mkdir()
    folder.rename(moved)
    assert results.load(str(moved)).report == REPORT
    with pytest.raises(UsageError, match="no saved result 'before'"):
        results.load("before")


def test_nothing_is_overwritten_without_force(results: Results) -> None:
    results.save("before", REPORT, ROWS)
    for attempt in (lambda: results.check("before"), lambda: results.save("before", {**REPORT, "n": 1}, ROWS[:1])):
        with pytest.raises(UsageError, match="there is a result 'before' already"):
            attempt()
    assert results.load("before").report["n"] == 2
    results.check("before", force=True)
    results.save("before", {**REPORT, "n": 1}, ROWS[:1], force=True)
    assert results.load("before").report["n"] == 1
    assert [row["id"] for row in results.load("before").rows()] == ["a"]
    assert os.listdir(results.folder) == ["before"]


def test_one_that_came_between_the_check_and_the_end_is_not_overwritten(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.save("before", REPORT, ROWS)
    monkeypatch.setattr(results, "check", lambda name, force=False: None)
    with pytest.raises(UsageError, match="there is a result 'before' already"):
        results.save("before", {**REPORT, "n": 1}, ROWS[:1])
    assert results.load("before").report["n"] == 2
    assert os.listdir(results.folder) == ["before"]


def test_last_is_always_replaced_and_never_chosen(results: Results) -> None:
    results.save("last", REPORT, ROWS)
    results.save("last", {**REPORT, "n": 1}, ROWS[:1])
    assert results.load("last").report["n"] == 1
    with pytest.raises(UsageError, match="'last' is kept"):
        results.check("last", force=True)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", ".hidden", "a b", "x" * 81, "ä", "a\n"])
def test_a_name_cannot_leave_the_folder(results: Results, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be named"):
        results.save(name, REPORT, ROWS)
    assert not results.folder.exists()


def test_rows_that_fail_midway_leave_nothing(results: Results) -> None:
    def broken():
        yield ROWS[0]
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        results.save("before", REPORT, broken())
    assert os.listdir(results.folder) == []
    assert results.names() == []


def test_an_old_result_survives_a_new_one_that_fails(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    results.save("before", REPORT, ROWS)
    rename = os.rename

    def fail_once(old: Path, new: Path) -> None:
        if old.name.startswith(".saving"):
            raise PermissionError("no")
        rename(old, new)

    monkeypatch.setattr(os, "rename", fail_once)
    with pytest.raises(PermissionError):
        results.save("before", {**REPORT, "n": 1}, ROWS[:1], force=True)
    assert results.load("before").report["n"] == 2


def test_many_may_end_last_at_the_same_time(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def slowly(old: Path, new: Path) -> None:
        time.sleep(0.002)
        rename(old, new)
        time.sleep(0.002)

    monkeypatch.setattr(os, "rename", slowly)

    def end(number: int) -> None:
        for turn in range(20):
            report = {**REPORT, "n": number}
            results.save("last", report, [b'{"id":"%d-%d"}\n' % (number, turn)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(end, range(4)))
    found = results.load("last")
    assert [row["id"].split("-")[0] for row in found.rows()] == [str(found.report["n"])]
    assert os.listdir(results.folder) == ["last"]


def test_names_are_listed_newest_first_and_half_written_ones_are_not(results: Results) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        folder = results.save(name, REPORT, ROWS).folder
        os.utime(folder / "report.json", (1000 - age, 1000 - age))
    (results.folder / ".saving-abc").mkdir()
    (results.folder / ".saving-abc" / "report.json").write_text("{}")
    (results.folder / "empty").mkdir()
    assert results.names() == ["new", "middle", "old"]


def test_a_wrong_name_is_answered_with_the_nearest(results: Results) -> None:
    with pytest.raises(UsageError, match="no saved result 'before'") as nothing:
        results.load("before")
    assert nothing.value.hint is not None and "--save NAME" in nothing.value.hint
    results.save("before", REPORT, ROWS)
    with pytest.raises(UsageError, match="did you mean 'before'"):
        results.load("befor")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"n": 1}', '{"metrics": 3}'])
def test_a_damaged_report_is_named(results: Results, text: str) -> None:
    folder = results.save("before", REPORT, ROWS).folder
    (folder / "report.json").write_text(text)
    with pytest.raises(EvaluationError, match="the report of 'before' is damaged") as error:
        results.load("before")
    assert "--save before --force" in str(error.value.hint)


@pytest.mark.parametrize("text", ['{"id": "a"}\n{"id": ', '{"id": "a"}\n[]\n'])
def test_a_damaged_row_is_named_with_its_line(results: Results, text: str) -> None:
    saved = results.save("before", REPORT, ROWS)
    (saved.folder / "rows.jsonl").write_text(text)
    with pytest.raises(EvaluationError) as error:
        list(saved.rows())
    assert error.value.place == f"{saved.folder / 'rows.jsonl'}:2"
    assert "--save before --force" in str(error.value.hint)


def test_the_report_is_json_for_everybody(results: Results) -> None:
    folder = results.save("before", {**REPORT, "name": "Größe"}, ROWS).folder
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["name"] == "Größe"
