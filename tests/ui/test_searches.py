"""Searches for values as the app reads them: how far they are, what they tried, and those that it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.optimize.studies import Study
from ui import searches
from ui.views import study as view


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "study"
    made.mkdir()
    return made


def journal(folder: Path) -> Path:
    """Four trials that saw every question, one of which breaks a limit, and one that was given up."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = folder / "trials.journal"
    storage = JournalStorage(JournalFileBackend(str(path)))
    study = optuna.create_study(storage=storage, study_name="search", direction="maximize")
    for number, (value, tokens, excess) in enumerate(((0.5, 900, -1), (0.6, 700, -1), (0.9, 2000, 5), (0.4, 600, 0))):
        trial = study.ask()
        trial.set_user_attr("choices", {"evidence.k": number})
        trial.set_user_attr("excesses", [excess])
        trial.set_user_attr("means", {"recall": value, "context_tokens": tokens})
        study.tell(trial, value)
    study.tell(study.ask(), state=optuna.trial.TrialState.PRUNED)
    return path


@pytest.mark.slow
def test_trials_are_read_and_nothing_is_written(folder: Path) -> None:
    path = journal(folder)
    before = path.read_bytes()
    found, others = searches.tried(path)
    assert [trial.means["recall"] for trial in found] == [0.5, 0.6, 0.9, 0.4]
    assert [trial.feasible for trial in found] == [True, True, False, True]
    assert found[1].choices == {"evidence.k": 1}
    assert others == 1
    assert path.read_bytes() == before
    chart = view.chart(found, "recall")
    assert chart["series"][0]["data"] == [(600, 0.4), (700, 0.6)], "the front is made of what keeps the limits"
    assert len(chart["series"][2]["data"]) == 1


def test_without_a_journal_nothing_was_tried(folder: Path) -> None:
    assert searches.tried(folder / "trials.journal") == ([], 0)
    (folder / "trials.journal").touch()
    assert searches.tried(folder / "trials.journal") == ([], 0)


def test_a_study_of_another_ragkit_is_told_as_such(folder: Path) -> None:
    (folder / "study.json").write_text(json.dumps({"name": "old", "subject_to": [], "colour": "red"}))
    with pytest.raises(UsageError, match=r"the search 'study' was written by another ragkit|is damaged|other"):
        searches.read(Study(folder))


def test_a_study_that_holds_its_lock_is_running(folder: Path) -> None:
    study = Study(folder)
    assert searches._state(study, None) == "stopped"
    with study.lock():
        assert searches._state(Study(folder), None) == "running"
    assert searches._state(study, {"verdict": {}}) == "done"


def test_profiles_of_a_card_stand_with_their_levels() -> None:
    level = {
        "level": "context_tokens < 800",
        "metric": "context_tokens",
        "tuning": 454.8,
        "held_out": 431.3,
        "kept": True,
    }
    found = {"fast": {"values": {"k": 3}, "sentence": "recall 0.9", "levels": [level], "value": {}},
             "best": {"values": None, "sentence": "nothing kept it", "levels": [], "value": None}}  # fmt: skip
    assert view.profiles({"profiles": found}) == [
        {"profile": "fast", "what came of it": "recall 0.9", "level": "context_tokens < 800", "tuning": 454.8,
         "held out": 431.3},
        {"profile": "best", "what came of it": "nothing kept it", "level": None, "tuning": None, "held out": None},
    ]  # fmt: skip
    assert view.profiles({}) == []
