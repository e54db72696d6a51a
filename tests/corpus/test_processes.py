"""Builds that are killed, builds side by side, questions during a build: with real processes."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ragkit.corpus.corpus import Corpus
from tests.corpus.builders import Builder, Nursery, nursery
from tests.corpus.corpora import answers, build, document, write_corpus

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL"),
]
OLD = [document(number) for number in range(40)]
NEW = [*(document(number, changed=number % 3 == 0) for number in range(2, 40)), *map(document, range(40, 60))]
MOMENTS = 20


@pytest.fixture(scope="module")
def builders(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("logs"), repository) as found:
        yield found


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, prepared_state: Path, tiny_model: Path) -> dict[str, Any]:
    """A published index of the old documents; the corpus file now has the new ones, whose answers are known."""
    home = tmp_path_factory.mktemp("before")
    state = Path(shutil.copytree(prepared_state, home / "state"))
    path = write_corpus(home / "corpora", OLD, tiny_model)
    old = answers(build(path, state).reader())
    fresh = Path(shutil.copytree(prepared_state, home / "fresh"))
    write_corpus(home / "corpora", NEW, tiny_model)
    corpus = Corpus(path, fresh)
    corpus.build()
    return {"home": home, "old": old, "new": answers(corpus.reader()), "texts": vectors_in(fresh)}


def vectors_in(state: Path) -> int:
    with sqlite3.connect(state / "indexes" / "notes" / "vectors.sqlite") as db:
        return int(db.execute("select count(*) from vectors").fetchone()[0])


def copy(before: dict[str, Any], target: Path) -> tuple[Path, Path]:
    shutil.copytree(before["home"] / "state", target / "state")
    shutil.copytree(before["home"] / "corpora", target / "corpora")
    return target / "corpora" / "notes.yaml", target / "state"


def settled(path: Path, state: Path, before: dict[str, Any], encoded: int, had: int) -> None:
    """After a kill: the index opens and answers rightly, the next build finishes it, and nothing was lost."""
    corpus = Corpus(path, state)
    found = answers(corpus.reader())
    assert found in (before["old"], before["new"])
    kept = vectors_in(state)
    assert kept >= had + encoded, "a vector that was finished is gone"
    report = corpus.build()
    # Of the old texts some are no longer needed, so what is left to do is counted from the other end.
    assert vectors_in(state) == kept + report.encoded
    assert answers(corpus.reader()) == before["new"]
    assert corpus.status() == "current"
    assert corpus.folder.leftovers() == []
    assert Corpus(path, state).build().built is False


@pytest.mark.clock
def test_a_build_that_is_killed_at_any_moment_loses_nothing(
    builders: Nursery, before: dict[str, Any], tmp_path: Path
) -> None:
    path, state = copy(before, tmp_path / "whole")
    had = vectors_in(state)
    began = time.monotonic()
    assert builders.start(path, state).result()["built"]
    takes = time.monotonic() - began
    stages: dict[str, int] = {}
    chance = random.Random(20)
    for number in range(MOMENTS):
        path, state = copy(before, tmp_path / str(number))
        moment = takes * (number + chance.random()) / MOMENTS
        builder = builders.start(path, state)
        time.sleep(moment)
        builder.kill()
        told = builder.told()
        assert not any("error" in one for one in told), told[-1]
        stage = next((one["stage"] for one in reversed(told) if "stage" in one), "starting")
        stages[stage] = stages.get(stage, 0) + 1
        encoded = max((one["done"] for one in told if one.get("stage") == "encoding"), default=0)
        settled(path, state, before, encoded, had)
        shutil.rmtree(tmp_path / str(number))
    assert len(stages) >= 3, f"the moments hit too few stages: {stages}"


@pytest.mark.parametrize("stage", ["encoding", "writing", "bm25", "storing", "checking", "publishing"])
def test_a_build_that_is_killed_in_each_stage(
    builders: Nursery, before: dict[str, Any], tmp_path: Path, stage: str
) -> None:
    path, state = copy(before, tmp_path)
    had = vectors_in(state)
    builder = builders.start(path, state)
    end = time.monotonic() + 60
    while not any(one.get("stage") == stage for one in builder.told()):
        assert time.monotonic() < end
        time.sleep(0.0005)
    builder.kill()
    encoded = max((one["done"] for one in builder.told() if one.get("stage") == "encoding"), default=0)
    settled(path, state, before, encoded, had)


def test_a_first_build_that_is_killed_goes_on_where_it_was(
    builders: Nursery, before: dict[str, Any], prepared_state: Path, tmp_path: Path
) -> None:
    state = Path(shutil.copytree(prepared_state, tmp_path / "state"))
    path = Path(shutil.copytree(before["home"] / "corpora", tmp_path / "corpora")) / "notes.yaml"
    killed = 0
    for _ in range(4):
        builder = builders.start(path, state)
        end = time.monotonic() + 60
        while not any(one.get("stage") == "encoding" and one["done"] >= 20 for one in builder.told()):
            assert time.monotonic() < end
            time.sleep(0.0005)
        builder.kill()
        kept = vectors_in(state)
        assert kept >= killed + 20
        killed = kept
        assert Corpus(path, state).status() == "missing"
    result = builders.start(path, state).result()
    assert result["encoded"] == before["texts"] - killed
    assert answers(Corpus(path, state).reader()) == before["new"]


def test_two_builds_at_once_build_once(builders: Nursery, before: dict[str, Any], tmp_path: Path) -> None:
    path, state = copy(before, tmp_path)
    running = [builders.start(path, state) for _ in range(4)]
    results = [builder.result() for builder in running]
    assert sorted(result["built"] for result in results) == [False, False, False, True]
    assert len({result["version"] for result in results}) == 1
    told = [one["message"] for builder in running for one in builder.told() if one.get("stage") == "waiting"]
    pids = {str(builder.pid) for builder in running}
    assert told
    assert all(message.startswith("waiting for ") for message in told)
    assert any(message.split()[3] in pids for message in told), told
    assert answers(Corpus(path, state).reader()) == before["new"]


def test_a_second_build_that_does_not_wait_says_who_builds(
    builders: Nursery, before: dict[str, Any], tmp_path: Path
) -> None:
    path, state = copy(before, tmp_path)
    first = builders.start(path, state)
    end = time.monotonic() + 60
    while not any("stage" in one for one in first.told()):
        assert time.monotonic() < end
        time.sleep(0.001)
    second = builders.start(path, state, wait=False).wait()[-1]
    assert second["error"] == "IndexBusy"
    assert f"process {first.pid} (since 20" in second["text"]
    assert first.result()["built"]


def test_questions_during_builds_get_the_answers_of_a_whole_index(
    builders: Nursery, before: dict[str, Any], tmp_path: Path
) -> None:
    path, state = copy(before, tmp_path)
    until = tmp_path / "enough"
    asking = [builders.start(path, state, "ask", until=str(until)) for _ in range(2)]
    wait_for_answers(asking)
    assert builders.start(path, state).result()["built"]
    killed = builders.start(path, state)
    time.sleep(0.2)
    killed.kill()
    until.touch()
    for builder in asking:
        told = builder.wait()
        assert not any("error" in one for one in told), told[-1]
        seen = [one["answers"] for one in told]
        assert all(one in (before["old"], before["new"]) for one in seen)
        changes = sum(one != other for one, other in pairwise(seen))
        assert (seen[0], seen[-1], changes) == (before["old"], before["new"], 1)


def wait_for_answers(builders: list[Builder]) -> None:
    end = time.monotonic() + 60
    while not all(builder.told() for builder in builders):
        assert time.monotonic() < end
        time.sleep(0.01)
