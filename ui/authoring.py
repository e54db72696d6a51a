"""What the pages that write pipelines read: the files, what the checker says of a text, the components."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import streamlit as st

from ragkit.component import Component
from ragkit.components.catalogue import Catalogue
from ragkit.errors import RagkitError
from ui import checking, data
from ui.checking import Checked
from ui.drafts import Draft
from ui.examples import Example, examples_of
from ui.files import PipelineFiles
from ui.vocabulary import vocabulary as made


def files() -> PipelineFiles:
    """The pipeline files of the project."""
    return PipelineFiles(data.project().pipelines)


def corpora() -> tuple[str, ...]:
    """The names of the project's corpora."""
    return tuple(sorted(file.stem for file in data.project().corpora.glob("*.yaml")))


def vocabulary() -> dict[str, Any]:
    """What the editor completes and explains."""
    return _vocabulary(corpora())


def checked(draft: Draft) -> Checked:
    """What the checker says of a draft; it is asked once about a text, until the draft's ``checked`` is forgotten."""
    if draft.checked is None or draft.checked[0] != draft.text:
        found = checking.check(draft.text, draft.opened.name, data.project(), _catalogue())
        draft.checked = (draft.text, found)
        if found.plan is not None:
            draft.drawn = found.plan
    return draft.checked[1]


def component(use: str | None) -> type[Component] | None:
    """The class of a component; None where there is none of that name, or it cannot be loaded."""
    try:
        return None if use is None else _catalogue().get(use)
    except (RagkitError, TypeError, ImportError):
        return None


def examples(names: Iterable[str]) -> list[Example]:
    """A question of each kind for these corpora."""
    folder = data.project().corpora
    return [found for name in names for found in _examples(folder / name / "questions.jsonl")]


@st.cache_resource
def _catalogue() -> Catalogue:
    return Catalogue()


@st.cache_resource(max_entries=4, show_spinner=False)
def _vocabulary(names: tuple[str, ...]) -> dict[str, Any]:
    return made(_catalogue(), names)


@st.cache_data(max_entries=16, show_spinner=False, ttl=300)
def _examples(path: Path) -> list[Example]:
    return examples_of(path)
