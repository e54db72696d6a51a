from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.cli import console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text())
def test_clean_text_cannot_command_a_terminal(text: str) -> None:
    cleaned = console.clean(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)
    assert not any(0x7F <= ord(c) <= 0x9F for c in cleaned)
    assert console.clean(cleaned) == cleaned


def test_clean_shows_what_it_takes_away() -> None:
    assert console.clean("a\x1b[31mb\r\nc\td\u202e") == "a\\x1b[31mb\nc\td\\x202e"


@given(st.lists(st.text("ab \n", max_size=40), min_size=1))
def test_wrapping_keeps_every_word(words: list[str]) -> None:
    text = " ".join(words)
    assert console.wrap(text, indent="    ", first="1. ").split()[1:] == text.split()


def test_styles_need_a_terminal_and_no_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert console.style("x", "bold", Terminal()) == "\x1b[1mx\x1b[0m"
    assert console.style("x", "bold", io.StringIO()) == "x"
    monkeypatch.setenv("TERM", "dumb")
    assert console.style("x", "bold", Terminal()) == "x"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.style("x", "bold", Terminal()) == "x"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "?"), (0.00004, "40 µs"), (0.0123, "12 ms"), (0.9999, "1.0 s"), (3.21, "3.2 s"), (59.97, "1 min 00 s"),
        (61, "1 min 01 s"), (3600, "60 min 00 s"),
    ],
)  # fmt: skip
def test_seconds(value: float | None, text: str) -> None:
    assert console.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2.5e6, "2.5 MB"), (7e12, "7000.0 GB")]
)
def test_size(value: float, text: str) -> None:
    assert console.size(value) == text


def test_count() -> None:
    assert console.count(1, "passage") == "1 passage"
    assert console.count(2000, "passage") == "2,000 passages"
    assert console.count(0, "corpus", "corpora") == "0 corpora"


def test_a_table_lines_up_and_stays_whole_in_a_pipe() -> None:
    lines = console.table(("a", "name"), [("1", "x" * 300), ("22", "a\nb")]).splitlines()
    assert lines == ["a   name", "1   " + "x" * 300, "22  a b"]


def test_json_is_ascii_where_the_stream_is_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, expected in (("utf-8", '"é"\n'), ("ascii", '"\\u00e9"\n')):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        monkeypatch.setattr("sys.stdout", stream)
        console.document("é")
        stream.flush()
        assert raw.getvalue().decode(encoding) == expected
