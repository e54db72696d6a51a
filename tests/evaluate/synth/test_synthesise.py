"""What is made: right by the checks that any file of questions gets, the same for the same seed, split by document."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.checking.check import check_questions
from ragkit.evaluate.metrics.answers import stands_in
from ragkit.evaluate.questions import KINDS, Kind
from ragkit.evaluate.synth.synthesise import SynthReport, Wanted, rows, synthesise
from tests.evaluate.synth.corpora import library


@pytest.fixture(scope="module")
def report() -> SynthReport:
    return synthesise(library(), Wanted(n=40, seed=3))  # type: ignore[arg-type]


def test_every_kind_is_there(report: SynthReport) -> None:
    made = Counter(kept.draft.kind for kept in report.kept)
    assert set(made) == set(KINDS)
    assert sum(made.values()) + sum(report.missing.values()) == 40
    assert report.figures["questions"] == len(report.kept)


def test_answers_stand_in_gold_and_evidence_is_verbatim(report: SynthReport) -> None:
    index = library()
    for kept in report.kept:
        draft = kept.draft
        texts = [f"{index.document(id)['title']}\n{index.document(id)['text']}" for id in draft.gold_ids]
        assert all(any(evidence in text for text in texts) for evidence in draft.evidence), draft
        if draft.kind == "single":
            assert any(stands_in(answer, texts[0]) for answer in draft.answers), draft


def test_nobody_says_what_is_unanswerable(report: SynthReport) -> None:
    index = library()
    asked = [kept.draft for kept in report.kept if kept.draft.method == "swapped-name"]
    assert asked
    said = [passage.text for passage in index.items]
    for draft in asked:
        assert draft.gold_ids == ()
        assert len(draft.made_from) == 2
        names = [index.document(id)["title"].split(":")[0] for id in draft.made_from]
        assert sum(name in draft.question for name in names) == 1
        assert draft.question not in said


def test_the_checks_of_a_file_find_nothing(report: SynthReport, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows(report.kept)), "utf-8")
    checked = check_questions(file, library())  # type: ignore[arg-type]
    assert [finding for finding in checked.findings if finding.severity == "error"] == []
    assert checked.questions == len(report.kept)


def test_the_same_seed_makes_the_same_questions_whatever_the_hashes() -> None:
    code = (
        "from tests.evaluate.synth.corpora import library\n"
        "from ragkit.evaluate.synth.synthesise import Wanted, rows, synthesise\n"
        "import json\n"
        "print(json.dumps(list(rows(synthesise(library(), Wanted(n=30, seed=5, split=0.5)).kept))))"
    )
    said = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120,
            cwd=Path(__file__).parents[3], env={"PYTHONHASHSEED": seed, "PATH": ""},
        )  # fmt: skip
        said.append(done.stdout)
    assert said[0] == said[1]
    other = synthesise(library(), Wanted(n=30, seed=6, split=0.5))  # type: ignore[arg-type]
    assert json.loads(said[0]) != list(rows(other.kept))


def test_a_split_shares_no_document() -> None:
    made = synthesise(library(), Wanted(n=40, seed=0, split=0.5))  # type: ignore[arg-type]
    sides: dict[str, set[str]] = {"tune": set(), "report": set()}
    for row in rows(made.kept):
        sides[row["split"]].update(row["gold_ids"], row.get("made_from", ()))
    assert sides["tune"]
    assert sides["report"]
    assert not sides["tune"] & sides["report"]


def test_a_round_trip_is_kept_to_when_it_is_asked_for() -> None:
    made = synthesise(library(), Wanted(n=20, seed=0, kinds=("single", "multi"), round_trip=1))  # type: ignore[arg-type]
    trip = made.figures["round_trip"]
    assert len(made.kept) > 10
    assert max(trip["bm25"]["mrr"], trip["dense"]["mrr"], trip["hybrid"]["mrr"]) > 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_alone(kind: Kind) -> None:
    made = synthesise(library(), Wanted(n=2, seed=0, kinds=(kind,)))  # type: ignore[arg-type]
    assert {kept.draft.kind for kept in made.kept} == {kind}


def test_the_noun_is_the_persons_own() -> None:
    made = synthesise(library(), Wanted(n=30, seed=0, noun="note", kinds=("single", "aggregate")))  # type: ignore[arg-type]
    asked = " ".join(kept.draft.question for kept in made.kept)
    assert "note" in asked
    assert "document" not in asked


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(n=0), "at least 1 question"),
        (Wanted(kinds=("singel",)), "did you mean 'single'"),  # type: ignore[arg-type]
        (Wanted(kinds=()), "no kind of question"),
        (Wanted(split=1.0), "between 0 and 1"),
        (Wanted(noun="<b>"), "is no word"),
        (Wanted(round_trip=0), "at least 1 document"),
    ],
)
def test_what_is_not_allowed(wanted: Wanted, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        synthesise(library(), wanted)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_over_the_paper_corpus(repository: Path, tmp_path: Path) -> None:
    from ragkit.corpus import load_corpus

    corpus = load_corpus("papers", repository / "corpora", repository / ".ragkit")
    if corpus.status() != "current":
        corpus = load_corpus("papers", repository / "corpora", tmp_path)
        corpus.build()
    reader = corpus.reader()
    made = synthesise(reader, Wanted(n=60, seed=1, split=0.5))
    assert len(made.kept) == 60
    assert made.missing == {}
    file = tmp_path / "made.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows(made.kept)), "utf-8")
    assert check_questions(file, reader).findings == ()
    assert made.figures["round_trip"]["hybrid"]["recall@100"] > 0.9
    assert made.figures["diversity"]["nearest_cosine"] < 0.6
