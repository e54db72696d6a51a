"""The question sets that the studies use, each with ragkit's own index over its passages.

``papers`` is the paper corpus of this repository and its questions. ``hotpotqa`` and ``scifact`` are read from a folder
that is not part of the repository (``--sets``, else ``RAGKIT_BENCHMARKS``, else ``../shared/benchmarks``): for each set
``<name>/corpus.jsonl`` and ``<name>/questions.jsonl``. Their corpus files and indexes are made in ``benchmarks/.work``,
a project of its own. ``python benchmarks/sets.py`` builds what is missing (minutes for each set).

Only questions that have gold documents are used. Every set is cut in two: settings are chosen on one half, ``tuned``,
and reported on the other, ``held_out``. Questions that share a gold document are in the same half, and the halves take
turns. The papers are cut as their card says: odd numbers are for tuning.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from ragkit.corpus import Corpus, load_corpus
from ragkit.corpus.progress import BuildProgress
from ragkit.corpus.reader import Reader
from ragkit.evaluate.card import machine, versions
from ragkit.evaluate.questions import Question, read_questions
from ragkit.project import Project

Half = Literal["tuned", "held_out"]
HALVES: tuple[Half, ...] = get_args(Half)
ROOT = Path(__file__).absolute().parents[1]
WORK = ROOT / "benchmarks" / ".work"
PAPERS = "papers"
SETS = (PAPERS, "hotpotqa", "scifact")
VARIABLE = "RAGKIT_BENCHMARKS"
CORPUS = """\
name: {name}
source: {{kind: jsonl, path: {path}}}
chunks: {{kind: sentences}}
sentences: false        # nothing is answered here, only found
"""


@dataclass(frozen=True)
class BenchmarkSet:
    """One set: its corpus, its questions that have gold documents, and the half that each of them is in."""

    name: str
    corpus: Corpus
    questions: tuple[Question, ...]
    halves: Mapping[str, Half]

    @cached_property
    def reader(self) -> Reader:
        """The reader of its index, which is built when it is missing or stale."""
        if self.corpus.status() != "current":
            print(f"{self.name}: building the index", file=sys.stderr)
            self.corpus.build(_say)
        return self.corpus.reader()

    def in_half(self, half: Half) -> list[int]:
        """The places of the questions of one half."""
        return [place for place, question in enumerate(self.questions) if self.halves[question.id] == half]

    def conditions(self) -> dict[str, object]:
        """What a number over this set depends on."""
        manifest = self.reader.manifest
        return {
            "corpus_version": self.reader.version,
            "documents": manifest.documents,
            "passages": manifest.passages,
            "encoder": f"{self.reader.encoder}, {str(manifest.encoder['digest'])[:12]}",
            "bm25": manifest.bm25,
            "questions": {half: len(self.in_half(half)) for half in HALVES},
        }


class Scope:
    """A corpus for components that are used without an engine."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def corpus(self) -> Reader:
        """The reader of the corpus."""
        return self._reader


def load_set(name: str, folder: Path) -> BenchmarkSet:
    """A set by name; nothing is built yet. Ends the program with a message where the folder lacks it."""
    if name == PAPERS:
        project = Project(ROOT)
        file = ROOT / "corpora" / "papers" / "questions.jsonl"
    else:
        file = folder / name / "questions.jsonl"
        for needed in (file, file.with_name("corpus.jsonl")):
            if not needed.is_file():
                sys.exit(f"there is no {needed}: --sets or {VARIABLE} names the folder that holds {name}/{needed.name}")
        project = _project(name, file.with_name("corpus.jsonl"))
    questions = tuple(question for question in read_questions(file) if question.gold_ids)
    halves = halves_by_number(questions) if name == PAPERS else halves_by_gold(questions)
    return BenchmarkSet(name, load_corpus(name, project.corpora, project.state), questions, halves)


def halves_by_number(questions: Sequence[Question]) -> dict[str, Half]:
    """Odd numbers (p001, p003, …) are for tuning."""
    return {question.id: "tuned" if int(re.sub(r"\D", "", question.id)) % 2 else "held_out" for question in questions}


def halves_by_gold(questions: Sequence[Question]) -> dict[str, Half]:
    """Questions that share a gold document, directly or through others, stay together; the groups take turns."""
    return {
        questions[place].id: HALVES[turn % 2] for turn, group in enumerate(groups_by_gold(questions)) for place in group
    }


def groups_by_gold(questions: Sequence[Question]) -> list[list[int]]:
    """The places of questions that share a gold document, directly or through others, in order of their firsts."""
    group: dict[str, str] = {}

    def root(key: str) -> str:
        while group.setdefault(key, key) != key:
            key = group[key]
        return key

    for question in questions:
        for identity in question.gold_ids:
            group[root(identity)] = root(question.gold_ids[0])
    found: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        found.setdefault(root(question.gold_ids[0]), []).append(place)
    return list(found.values())


def add_arguments(parser: argparse.ArgumentParser, several: bool = True) -> None:
    """``--sets``, and for studies over several sets ``--only``."""
    parser.add_argument(
        "--sets",
        type=Path,
        default=Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "benchmarks"),
        help=f"the folder with hotpotqa/ and scifact/ (default: {VARIABLE}, else ../shared/benchmarks)",
    )
    if several:
        parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), help="which sets (default: all)")


def conditions(**facts: object) -> dict[str, object]:
    """Everything that a number of a study depends on: the day, the machine, the versions, and what the study adds."""
    return {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "versions": versions(), **facts}


def _project(name: str, source: Path) -> Project:
    corpora = WORK / "corpora"
    corpora.mkdir(parents=True, exist_ok=True)
    (WORK / "ragkit.toml").write_text('[folders]\ncorpora = "corpora"\n', encoding="utf-8")
    text = CORPUS.format(name=name, path=json.dumps(str(source.absolute())))
    (corpora / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Project(WORK)


def _say(progress: BuildProgress) -> None:
    if progress.done % 3200 == 0 or progress.done == progress.total:
        count = f"{progress.done} of {progress.total} {progress.unit}" if progress.total else progress.message
        print(f"  {progress.stage} {count}", file=sys.stderr)


def main() -> None:
    """Builds the indexes that are missing and says what each set holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_arguments(parser)
    arguments = parser.parse_args()
    for name in arguments.only:
        print(json.dumps({name: load_set(name, arguments.sets).conditions()}), flush=True)


if __name__ == "__main__":
    main()
