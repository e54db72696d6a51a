"""Findings: how they are rendered, sorted and kept, and that they do not tell what variables hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import SpecError
from ragkit.spec.diagnostics import Diagnostic, Diagnostics
from ragkit.spec.plan import Position


def one(line: str, column: int, length: int = 1, **more: str) -> Diagnostic:
    return Diagnostic("f.yaml", 7, column, "steps.top", "found it", line, length, **more)


def caret(finding: Diagnostic) -> tuple[str, str]:
    lines = finding.render().splitlines()
    return lines[1], lines[2]


def test_a_finding_is_rendered_with_its_line_and_all_that_is_known() -> None:
    finding = one("    k: five", 8, 4, allowed="a whole number", suggestion="5")
    assert finding.render().splitlines() == [
        "f.yaml:7:8: steps.top: found it",
        "   7 |     k: five",
        "     |        ^^^^",
        "     = allowed: a whole number",
        "     = did you mean '5'?",
    ]


def test_a_finding_about_a_whole_file_has_no_line() -> None:
    assert Diagnostic("f.yaml", 0, 0, "", "there is no such file").render() == "f.yaml: there is no such file"


@pytest.mark.parametrize("line", ["\tk: x", "检索: x", "e\u0301: x", "a\u00adb: x"])
def test_the_caret_stands_under_what_it_means(line: str) -> None:
    shown, marks = caret(one(line, line.index("x") + 1))
    import unicodedata

    def columns(text: str) -> int:
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    assert columns(shown[: shown.index("x")]) == marks.index("^")


def test_a_long_line_is_cut_around_the_finding() -> None:
    line = "a" * 500 + "HERE" + "b" * 500
    shown, marks = caret(one(line, 501, 4))
    assert len(shown) < 140
    at = marks.index("^")
    assert shown[at : at + marks.count("^")] == "HERE"
    assert shown.split("| ")[1].startswith("…")
    assert shown.endswith("…")


def test_a_caret_wider_than_the_line_ends_with_it() -> None:
    assert caret(one("abc", 2, 50))[1] == "     |  ^^"
    assert caret(one("abc", 4, 1))[1] == "     |    ^"
    assert caret(one("abc", 40, 1))[1] == "     |    ^"


def test_nothing_in_a_line_can_move_or_colour_the_terminal() -> None:
    text = one("a\x1b[31mred\x07\u202e\r", 1).render()
    assert all(char.isprintable() or char == "\n" for char in text)


def test_findings_are_sorted_by_file_and_place_and_kept_once() -> None:
    diagnostics = Diagnostics()
    diagnostics.register("b.yaml", "one\ntwo")
    diagnostics.register("a.yaml", "three")
    for file, line, column in [
        ("a.yaml", 1, 1),
        ("b.yaml", 2, 2),
        ("b.yaml", 2, 1),
        ("b.yaml", 2, 1),
        ("b.yaml", 1, 9),
    ]:
        diagnostics.add(Position(file, line, column), "", "wrong", code="x")
    places = [finding.place for finding in diagnostics.errors]
    assert places == ["b.yaml:1:9", "b.yaml:2:1", "b.yaml:2:2", "a.yaml:1:1"]
    assert len(diagnostics) == 4
    with pytest.raises(SpecError) as raised:
        diagnostics.raise_if_any()
    assert raised.value.diagnostics == diagnostics.errors
    assert raised.value.place == "b.yaml:1:9"
    assert "4 errors in b.yaml" in raised.value.message
    Diagnostics().raise_if_any()


def test_the_line_the_width_the_names_and_the_nearest_are_filled_in() -> None:
    diagnostics = Diagnostics()
    diagnostics.register("f.yaml", "a: 1\r\nbufer: 2")
    diagnostics.span(Position("f.yaml", 2, 1), 5)
    known = ("buffer", "k")
    place = Position("f.yaml", 2, 1)
    diagnostics.add(place, "s", "unknown key", code="unknown-key", allowed=known, nearest_to=("bufer", known))
    (finding,) = diagnostics.errors
    assert (finding.source_line, finding.length) == ("bufer: 2", 5)
    assert (finding.allowed, finding.suggestion) == ("buffer, k", "buffer")
    assert json.loads(json.dumps(finding.as_dict())) == finding.as_dict()


def test_messages_do_not_tell_what_a_variable_holds() -> None:
    diagnostics = Diagnostics()
    diagnostics.hide("sk-1234'5", "${KEY}")
    diagnostics.hide("true", "${FLAG}")
    diagnostics.hide("abc", "${SHORT}")
    place = Position("f", 1, 1)
    for text in ("found 'sk-1234'5'", f"found {'sk-1234' + chr(39) + '5'!r}", "expected true or false, not abc"):
        diagnostics.add(place, "", text, code="x", allowed=f"not {text}")
    said = [finding.render() for finding in diagnostics.errors]
    assert not any("1234" in text for text in said)
    assert any("expected true or false, not abc" in text for text in said)
    assert any("'${KEY}'" in text for text in said)


def test_a_value_within_a_longer_word_is_no_secret() -> None:
    diagnostics = Diagnostics()
    diagnostics.hide("rank", "${R}")
    diagnostics.add(Position("f", 1, 1), "", "ranked_by is 'rank'", code="x")
    assert diagnostics.errors[0].message == "ranked_by is '${R}'"


@given(st.text(max_size=300), st.integers(0, 400), st.integers(-3, 400), st.text(max_size=20))
def test_any_line_and_any_message_can_be_rendered(line: str, column: int, length: int, message: str) -> None:
    finding = Diagnostic("f.yaml", 7, column, message, message, line, length, allowed=message, suggestion=message)
    lines = finding.render().splitlines()
    assert len(lines) in (3, 5)
    assert all(text.isprintable() for text in lines)
    if len(lines) == 5:
        assert set(lines[2].partition("| ")[2]) <= {" ", "^"}
        assert "^" in lines[2]
