"""Nonsense in addresses and projects: every page says something, and none falls over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import HOSTILE, everything

pytestmark = pytest.mark.slow
NONSENSE = ("../../../etc/passwd", HOSTILE, "\x00\u202e", "-1", "9" * 5000)
PAGES = {
    None: ("chat", "use", "overlay"),
    "traces": ("trace", "q", "pipeline", "outcome", "since", "took", "said", "decided", "page", "doc", "find"),
    "compare": ("left", "right", "pair"),
    "replay": ("trace", "replayed"),
    "pipelines": ("file",),
    "evaluation": ("show", "over", "metric", "result", "kind", "cause", "search"),
    "corpus": ("corpus", "view", "doc", "find", "by", "ask", "trace"),
}  # fmt: skip
"""What the address of each page may say; the first page is Chat."""


def opened(open_app: Callable, page: str | None, /, **params: str) -> None:
    """Opens a page, which must not fall over and must show something."""
    app = open_app(page, **params)
    assert not app.exception, params
    assert everything(app) or app.get("selectbox")


@pytest.mark.parametrize("page", PAGES)
def test_a_link_full_of_nonsense_opens_its_page(open_app: Callable, notes: Path, page: str | None) -> None:
    for nonsense in NONSENSE:
        opened(open_app, page, **dict.fromkeys(PAGES[page], nonsense))


@pytest.mark.parametrize(("page", "name"), [(page, name) for page, names in PAGES.items() for name in names])
def test_a_link_of_which_one_part_is_nonsense_opens_its_page(
    open_app: Callable, notes: Path, page: str | None, name: str
) -> None:
    opened(open_app, page, **{name: HOSTILE})
