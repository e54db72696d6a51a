"""Text of others stays text: labels mean nothing in Markdown, and the marked passage is escaped HTML."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ragkit.trace.words import one_line

from .conftest import HOSTILE, parsed


@given(st.text(max_size=200) | st.just(HOSTILE) | st.from_regex(r"[#>*`\[\]()<>!~|$:_-]{1,20}", fullmatch=True))
def test_a_label_is_one_paragraph_of_plain_text(text: str) -> None:
    from ui.views.text import label

    kinds = set(parsed("x" + label(text)))
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}


@given(st.text(max_size=200))
def test_a_label_loses_nothing(text: str) -> None:
    from ui.views.text import label

    assert re.sub(r"\\(.)", r"\1", label(text, 500)).replace("\u2060", "") == one_line(text, 500).replace("\u2060", "")


def test_an_address_in_a_label_is_no_link() -> None:
    from ui.views.text import label

    assert not re.search(
        r"(?i)(https?://|www\.)", label("see https://evil.example or www.evil.example").replace("\\", "")
    )
