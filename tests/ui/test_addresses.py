"""Addresses that somebody mistyped or made up: every page shows what it can and says what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest

from ..trace.samples import adaptive_run
from .conftest import HOSTILE, everything, parsed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("traces", "since=nonsense&took=zz&said=q&outcome=x", "1 run"),
        ("traces", "trace=../../etc/passwd", "there is no trace"),
        ("traces", "trace=%00", "there is no trace"),
        ("traces", "doc=%27%20OR%201=1", "No runs match"),
        ("traces", "decided=%25&q=_", "No runs match"),
        ("compare", "left=xyz&right=zz", "there is no trace"),
        ("compare", "pair=nope", "Choose two runs"),
        ("corpus", "corpus=unknown&view=zzz&doc=x", "no corpus yet"),
        ("evaluation", "over=zzz&metric=q&result=w&kind=x&show=nope", "No evaluation was saved yet"),
        ("evaluation", "show=Searches&search=../..", "No search for better values"),
    ],
)
def test_nonsense_does_no_harm(open_app: Callable, stored: Callable, page: str, query: str, said: str) -> None:
    stored(adaptive_run())
    app = open_app(page, **dict(parse_qsl(query)))
    assert not app.exception
    assert said in everything(app).replace("\\", "")


@pytest.mark.parametrize("where", ["traces q", "traces decided", "traces doc", "traces trace", "compare left"])
def test_what_is_hostile_in_an_address_stays_text(open_app: Callable, stored: Callable, where: str) -> None:
    page, name = where.split()
    stored(adaptive_run())
    app = open_app(page, **{name: HOSTILE})
    assert not app.exception
    shown = "\n".join([*(m.value for m in app.markdown), *(c.value for c in app.caption)])
    assert not set(parsed(shown)) & {"html_inline", "html_block", "link_open", "image"}
