"""The Markdown of a comparison, read by a Markdown parser."""

from __future__ import annotations

from markdown_it import MarkdownIt

from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.gate import Gate, judge
from ragkit.evaluate.compare.markdown import FLIPS, escaped, markdown
from tests.evaluate.compare.making import row, side, wrong

NASTY = (
    "a | b <img src=x onerror=1> [link](javascript:1) `code` **bold** @someone #12 https://evil.example $x$ \\ :tada:"
)


def tokens(text: str) -> list:
    found = []
    for token in MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text):
        found += [token, *(token.children or ())]
    return found


def comparison(question: str = "What?", label: str = "after"):
    left = [row(f"q{i}", question=question) for i in range(6)] + [wrong("w", question=question)]
    right = [wrong(f"q{i}", question=question) for i in range(6)] + [row("w", question=question)]
    return compare([side("before", left), side(label, right)])


def test_it_has_tables_and_says_what_they_come_to() -> None:
    compared = comparison()
    text = markdown(compared, judged=list(judge([Gate.parse("correct < -0.1")], compared)))
    kinds = [token.type for token in tokens(text)]
    assert kinds.count("table_open") == 6  # sides, gates, metrics, flips, endings, conditions
    assert "No difference between after and before can be told from none" in text
    assert "| `correct < -0.1` | after | -0.714 | 7 | **fails** |" in text
    assert "| `correct` | 0.857 [" in text
    assert "Questions that flipped: 1 won, 6 lost." in text
    assert "95 %, paired percentile bootstrap" in text


def test_nothing_in_a_question_or_a_label_is_read_as_markdown_or_html() -> None:
    text = markdown(comparison(question=NASTY, label="<b>x</b> | y"))
    found = tokens(text)
    kinds = {token.type for token in found}
    assert kinds & {"html_inline", "html_block", "link_open", "image"} == set()
    written = "".join(token.content for token in found if token.type in ("text", "text_special"))
    assert NASTY in written
    assert "<b>x</b> | y" in written
    rows = [line for line in text.splitlines() if line.startswith("| lost")]
    assert len(rows) == 6
    assert "@someone" not in text


def test_control_characters_and_line_breaks_are_made_harmless() -> None:
    assert escaped("a\nb\x1b[31m") == "a b\\\\x1b\\[31m"


def test_only_so_many_flips_are_listed() -> None:
    count = FLIPS + 5
    left = [row(f"q{i}") for i in range(count)]
    right = [wrong(f"q{i}") for i in range(count)]
    text = markdown(compare([side("A", left), side("B", right)]))
    assert text.count("\n| lost |") == FLIPS
    assert "… and 5 more" in text


def test_only_the_metrics_that_were_asked_for() -> None:
    text = markdown(comparison(), asked=["recall@10"])
    assert "| `recall@10` |" in text
    assert "| `correct` |" not in text
