"""``ragkit data`` on the command line: places, exit codes, and one JSON document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.evaluate.fake_index import FakeIndex

NOTES = [("alpha-net", "AlphaNet", ["AlphaNet is a small network for reading maps.", "It holds 130 maps."])]
GOOD: dict[str, Any] = {
    "id": "q1",
    "question": "How many maps does AlphaNet hold?",
    "answers": ["130"],
    "gold_ids": ["alpha-net"],
    "kind": "single",
}


@pytest.fixture
def indexed(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose corpus is held in memory."""
    monkeypatch.setattr("ragkit.cli.data._reader", lambda corpus, project, no_build: FakeIndex(NOTES))
    return project


def write(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "mine.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return file


def test_a_good_file(ragkit: Callable, indexed: Path) -> None:
    write(indexed, GOOD)
    shown = ragkit("data", "check", "mine.jsonl", "--corpus", "notes")
    assert shown.exit_code == 0, shown.output
    assert "1 question (1 single)" in shown.stdout
    assert "0 errors, 0 warnings" in shown.stdout


def test_a_finding_has_its_place_and_how_to_mend_it(ragkit: Callable, indexed: Path) -> None:
    write(indexed, GOOD, {**GOOD, "id": "q2", "question": "How many maps are there?", "answers": ["131"]})
    shown = ragkit("data", "check", "mine.jsonl", "-c", "notes")
    assert shown.exit_code == 1
    assert "mine.jsonl:2: q2: error [answer-not-in-gold] '131' does not stand in the gold document" in shown.stdout
    assert "\n    mend: " in shown.stdout


def test_warnings_alone_are_no_failure(ragkit: Callable, indexed: Path) -> None:
    write(indexed, {**GOOD, "kind": None})
    shown = ragkit("data", "check", "mine.jsonl", "-c", "notes")
    assert shown.exit_code == 0
    assert "0 errors, 1 warning" in shown.stdout


def test_one_json_document(ragkit: Callable, indexed: Path) -> None:
    write(indexed, {**GOOD, "gold_ids": ["alphanet"]})
    shown = ragkit("data", "check", "mine.jsonl", "-c", "notes", "--json")
    assert shown.exit_code == 1
    told = json.loads(shown.stdout)
    assert told["ok"] is False
    assert [(f["file"], f["line"], f["id"], f["code"]) for f in told["findings"]] == [
        ("mine.jsonl", 1, "q1", "gold-unknown")
    ]


def test_many_findings_of_one_code_are_shortened(ragkit: Callable, indexed: Path) -> None:
    write(indexed, *({**GOOD, "id": f"q{i}", "question": f"Map {i} of AlphaNet?", "answers": ["x"]} for i in range(9)))
    shown = ragkit("data", "check", "mine.jsonl", "-c", "notes")
    assert shown.stdout.count("[answer-not-in-gold]") == 5
    assert "and 4 more findings of answer-not-in-gold" in shown.stdout
    assert ragkit("data", "check", "mine.jsonl", "-c", "notes", "--all").stdout.count("[answer-not-in-gold]") == 9


def test_wrong_arguments(ragkit: Callable, project: Path) -> None:
    file = write(project, GOOD)
    shown = ragkit("data", "check", file, "--corpus", "nots")
    assert shown.exit_code == 2
    assert "'nots'" in shown.stderr
    assert ragkit("data", "check", file).exit_code == 2
    (project / "corpora" / "notes.yaml").write_text("source: {kind: text, path: '*.txt'}\nchunks: {kind: sentences}\n")
    shown = ragkit("data", "check", file, "--corpus", "notes", "--no-build")
    assert shown.exit_code == 3
    assert "ragkit index notes" in shown.stderr


def test_questions_are_made_with_their_card(ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.evaluate.synth.corpora import library

    monkeypatch.setattr("ragkit.cli.data._reader", lambda corpus, project, no_build: library())
    shown = ragkit("data", "synth", "notes", "--out", "made.jsonl", "--n", "20", "--split", "0.5", "--noun", "note")
    assert shown.exit_code == 0, shown.output
    rows = [json.loads(line) for line in (project / "made.jsonl").read_text("utf-8").splitlines()]
    card = json.loads((project / "made.jsonl.card.json").read_text("utf-8"))
    assert len({row["id"] for row in rows}) == len(rows) == card["questions"]
    assert {row["split"] for row in rows} == {"tune", "report"}
    assert f"{len(rows)} questions" in shown.stdout
    assert card["conditions"]["wanted"]["seed"] == 0
    assert card["conditions"]["corpus"]["version"] == "000001-fake"
    page = (project / "made.jsonl.card.md").read_text("utf-8")
    assert "No person has read them" in page
    assert "| bm25 |" in page
    for kind, count in card["missing"].items():
        assert f"{count} question{'s' if count > 1 else ''} of kind '{kind}' fewer" in shown.stderr

    again = ragkit("data", "synth", "notes", "--out", "made.jsonl")
    assert again.exit_code == 2
    assert "--force overwrites it" in again.stderr
    told = ragkit(
        "data", "synth", "notes", "--out", "made.jsonl", "--force", "--json", "--kinds", "single,none", "--n", "6"
    )
    assert told.exit_code == 0
    assert set(json.loads(told.stdout)["kinds"]) == {"single", "none"}


def test_a_corpus_that_gives_nothing_leaves_no_file(
    ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragkit.cli.data._reader", lambda corpus, project, no_build: FakeIndex(NOTES))
    shown = ragkit("data", "synth", "notes", "--out", "made.jsonl", "--kinds", "aggregate")
    assert shown.exit_code == 2
    assert "gives no question of the kinds that are asked for (aggregate)" in shown.stderr
    assert not (project / "made.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kinds", "singel"), "did you mean 'single'"),
        (("--kinds", ","), "no kind of question"),
        (("--split", "2"), "between 0 and 1"),
        (("--noun", "a|b"), "is no word"),
        (("--out", "missing/made.jsonl"), "mkdir -p missing"),
    ],
)
def test_wrong_wishes_are_refused_before_the_corpus_is_opened(
    ragkit: Callable, project: Path, arguments: tuple[str, ...], message: str
) -> None:
    shown = ragkit("data", "synth", "absent", "--out", "made.jsonl", *arguments)
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert not (project / "made.jsonl").exists()


def test_questions_that_were_there_stay_where_the_disk_is_full(ragkit: Callable, indexed: Path, monkeypatch) -> None:
    made = ["data", "synth", "notes", "--out", "made.jsonl", "--kinds", "none", "--n", "4", "--force"]
    assert ragkit(*made).exit_code == 0
    before = {path.name: path.read_bytes() for path in indexed.glob("made*")}
    assert set(before) == {"made.jsonl", "made.jsonl.card.md", "made.jsonl.card.json"}
    card = json.loads(before["made.jsonl.card.json"])
    assert hashlib.sha256(before["made.jsonl"]).hexdigest() in json.dumps(card)

    def full(self: Path, *_: object, **__: object) -> int:
        with self.open("wb") as file:
            file.write(b"half of i")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    monkeypatch.setattr(Path, "write_bytes", full)
    shown = ragkit(*made, "--seed", "9")
    assert shown.exit_code == 2
    assert "cannot write 'made.jsonl': No space left on device" in shown.stderr
    assert {path.name: path.read_bytes() for path in indexed.glob("*made*")} == before


@pytest.mark.parametrize("out", ["corpora/notes/a.md", "corpora/notes.yaml"])
def test_force_does_not_overwrite_a_document(ragkit: Callable, indexed: Path, out: str) -> None:
    (indexed / "corpora" / "notes").mkdir()
    (indexed / "corpora" / "notes" / "a.md").write_text("# A note\n\nIt says this.\n")
    (indexed / "corpora" / "notes.yaml").write_text(
        "name: notes\nsource: {kind: markdown, path: notes/*.md}\nchunks: {kind: sentences}\n"
    )
    before = (indexed / out).read_bytes()
    shown = ragkit("data", "synth", "notes", "--out", out, "--force", "--kinds", "none", "--n", "4")
    assert shown.exit_code == 2, shown.output
    assert "is read here, and writing it would lose it" in shown.stderr
    assert (indexed / out).read_bytes() == before
    assert ragkit("data", "synth", "notes", "--out", "q.jsonl", "--kinds", "none", "--n", "4").exit_code == 0
    assert ragkit("data", "synth", "notes", "--out", "q.jsonl", "--force", "--kinds", "none", "--n", "4").exit_code == 0
