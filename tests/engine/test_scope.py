"""Corpora are opened once, built when they must be, and what a build warns of is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ragkit.engine.scope import Corpora
from ragkit.errors import IndexMissing


class FakeCorpus:
    def __init__(self, status: str) -> None:
        self.state = status
        self.built = 0

    def status(self) -> str:
        return self.state

    def build(self, progress: Any = None) -> Any:
        self.built += 1
        self.state = "current"
        return SimpleNamespace(warnings=("2 files have no text",))


@pytest.fixture
def corpora(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], tuple[Corpora, FakeCorpus]]:
    def make(status: str) -> tuple[Corpora, FakeCorpus]:
        fake = FakeCorpus(status)
        monkeypatch.setattr(Corpora, "open", lambda self, name: fake)
        return Corpora(tmp_path, tmp_path), fake

    return make


@pytest.mark.parametrize("status", ["missing", "stale"])
def test_an_index_that_is_missing_or_stale_is_built_and_all_is_told(corpora: Any, status: str) -> None:
    made, fake = corpora(status)
    told: list[str] = []
    made.ensure(("notes",), True, told.append, None)
    assert fake.built == 1
    assert told == [f"the index of corpus 'notes' is {status}; building it", "notes: 2 files have no text"]
    made.ensure(("notes",), True, told.append, None)
    assert fake.built == 1, "a current index is not built again"


def test_without_building_it_is_an_error_that_says_what_to_do(corpora: Any) -> None:
    made, fake = corpora("stale")
    with pytest.raises(IndexMissing, match="the index of corpus 'notes' is stale") as caught:
        made.ensure(("notes",), False, print, None)
    assert caught.value.hint == "ragkit index notes"
    assert fake.built == 0
