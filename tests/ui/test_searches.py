"""Searches for values as the app reads them: how far they are, what they tried, and those that it cannot read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import UsageError
from ragkit.optimize.studies import Asked, Study
from ragkit.spec.load import load
from ui import searches
from ui.views import study as view

from .conftest import EMPTY, everything

CARD = {
    "pipeline": {"name": "nothing", "file": "pipelines/nothing.yaml"}, "objective": "maximize recall",
    "objective_metric": "recall", "overlay": "pipelines/nothing.tuned.yaml", "again": "ragkit optimize …",
    "space": {"kept.k": {}}, "profiles": {},
    "values": {"default": {"kept.k": 3}, "best": {"kept.k": 5}},
    "conditions": {"when": "2026-11-22T20:04:00+00:00",
                   "data": {"file": "q.jsonl", "sha256": "a" * 64, "tune": 9, "report": 8, "how": "by a hash"}},
    "verdict": {
        "improved": True, "sentence": "an improvement: recall +0.1",
        "figures": {
            "gain": {"mean": 0.1, "low": 0.05, "high": 0.2, "n": 8, "p": 0.0001}, "gain_over_random": None,
            "sides": {name: {"value": {"mean": mean, "low": 0.4, "high": 0.7}, "metrics": {"context_tokens": 1234.5},
                             "keeps_limits": name == "best"} for name, mean in (("default", 0.5), ("best", 0.6))},
        },
    },
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "study"
    made.mkdir()
    return made


def asked(folder: Path) -> None:
    """Writes down that a search was begun."""
    Study(folder).begin(
        Asked(
            folder.name, "pipelines/nothing.yaml", "q.jsonl", "h", "s", None, ("recall",), (), (), 4, None, None, 0.5,
            0, True, None,
        )
    )  # fmt: skip


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
    asked(folder)
    assert searches.read(Study(folder)).verdict.startswith("stopped")
    with Study(folder).lock():
        assert searches.read(Study(folder)).verdict == "running"
    (folder / "stopped.json").write_text('{"why": "every question fails: no LM"}')
    assert searches.read(Study(folder)).verdict == "stopped: every question fails: no LM"
    (folder / "card.json").write_text('{"verdict": {"sentence": "an improvement"}}')
    assert searches.read(Study(folder)).verdict == "stopped: every question fails: no LM; before: an improvement"
    with Study(folder).lock():
        assert searches.read(Study(folder)).verdict == "running; before: an improvement"
    (folder / "stopped.json").unlink()
    assert searches.read(Study(folder)).verdict == "an improvement"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("study.json", "{"), ("study.json", "[]"), ("card.json", "{"), ("card.json", "[1]"), ("card.json", "{}"),
        ("stopped.json", "{}"),
    ],
)  # fmt: skip
def test_a_damaged_study_says_what_mends_it(folder: Path, name: str, text: str) -> None:
    asked(folder)
    (folder / name).write_text(text)
    with pytest.raises(UsageError) as error:
        searches.read(Study(folder))
    assert f"move its folder away ({folder})" in str(error.value.hint)


@pytest.mark.slow
def test_damaged_trials_say_what_mends_them(folder: Path) -> None:
    path = journal(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    for damage in (b"no line\n", b"".join(lines[1:]), lines[0] + b"{half\n" + lines[1], bytes(range(256)) * 4):
        path.write_bytes(damage)
        with pytest.raises(UsageError, match="are damaged") as error:
            searches.trials_of(Study(folder))
        assert f"move its folder away ({folder})" in str(error.value.hint)
    path.write_bytes(b"".join(lines) + b'{"half a line, for it is being wri')
    assert len(searches.tried(path)[0]) == 4
    path.write_bytes(lines[0][:20])
    assert searches.tried(path) == ([], 0)


@pytest.mark.slow
def test_trials_after_the_prompts_count_too(folder: Path) -> None:
    journal(folder)
    shutil.copy(folder / "trials.journal", folder / "trials-after-prompts.journal")
    found, others = searches.trials_of(Study(folder))
    assert (len(found), others) == (8, 2)


def test_the_defaults_and_the_best_are_named_in_the_chart() -> None:
    found = [searches.Trial(number, {"k": number % 3}, {"recall": 0.5, "context_tokens": 9}, True) for number in (3, 4)]
    card = {"values": {"default": {"k": 0}, "best": {"k": 1}, "random": {"k": 2}}}
    assert view.named(found, card) == {3: "defaults", 4: "best"}
    assert view.named(found, {"values": {"default": {"k": 1}, "best": {"k": 1}}}) == {4: "defaults, best"}
    assert view.named(found, {"values": {"default": {"k": 9}, "best": None}}) == {}
    assert view.named(found, None) == {}
    points = view.chart(found, "recall", {4: "best"})["series"][1]["data"]
    assert [(point.get("label") or {}).get("formatter") for point in points] == [None, "best"]


@pytest.mark.slow
def test_a_stopped_search_says_why_and_a_done_one_leads_to_the_chat(open_app, project: Path) -> None:
    folder = project / ".ragkit" / "studies" / "mine"
    folder.mkdir(parents=True)
    asked(folder)
    journal(folder)
    (folder / "stopped.json").write_text('{"why": "the LM is *gone*"}')
    app = open_app("evaluation", show="Searches")
    assert not app.exception
    assert app.warning[0].value == "It stopped: the LM is \\*gone\\*"
    assert [code.value for code in app.code] == ["ragkit study resume mine"]
    (folder / "stopped.json").unlink()
    (project / "pipelines" / "nothing.yaml").write_text(EMPTY.replace("k: 3", "k: {range: [1, 9], default: 3}"))
    plan = load(project / "pipelines" / "nothing.yaml", catalogue=Catalogue(), corpora=project / "corpora")
    overlay = f"version: 1\npipeline: nothing\nhash: {plan.hash}\nvalues: {{kept.k: 5}}\n"
    (project / "pipelines" / "nothing.tuned.yaml").write_text(overlay)
    (folder / "card.json").write_text(json.dumps(CARD))
    app = open_app("evaluation", show="Searches")
    assert not app.exception
    assert "**an improvement\\: recall \\+0\\.1**" in app.markdown[0].value
    assert "p < 0.001" in everything(app)
    side = app.dataframe[1].value
    assert list(side["recall"]) == [0.5, 0.6]
    assert list(side["limits"]) == ["broken", "kept"]
    link = next(link for link in app.get("page_link") if link.proto.label == "Ask with these values")
    assert link.proto.query_string == "use=nothing.yaml&overlay=nothing.tuned.yaml"
    (project / "pipelines" / "nothing.tuned.yaml").unlink()
    assert not [link for link in open_app("evaluation", show="Searches").get("page_link") if link.proto.label]


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
