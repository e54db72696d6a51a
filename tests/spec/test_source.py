"""Reading YAML: the dialect, variables, anchors, and what is left of a text that is broken."""

from __future__ import annotations

import os

import pytest

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read_text
from tests.spec.reading_text import findings, plain, tree


def test_scalars_lists_and_mappings() -> None:
    text = """\
text: yes
time: 12:30
numbers: [1, 2.5, 0x10, 0o10, -3]
flags: {a: true, b: False, c: "true"}
nothing: [null, ~, '']
block: |
  one
  two
folded: >-
  one
  two
empty:
"""
    assert plain(text) == {
        "text": "yes",
        "time": "12:30",
        "numbers": [1, 2.5, 16, 8, -3],
        "flags": {"a": True, "b": False, "c": "true"},
        "nothing": [None, None, ""],
        "block": "one\ntwo\n",
        "folded": "one two",
        "empty": None,
    }


def test_json_is_yaml() -> None:
    assert plain('{"a": [1, null, "x\\n"], "b": {"c": true}}') == {"a": [1, None, "x\n"], "b": {"c": True}}


def test_the_order_of_keys_is_kept() -> None:
    assert list(plain("b: 1\na: 2\nc: 3\n")) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${K}", 5),
        ("${FLAG}", True),
        ("${EMPTY}", None),
        ("${NONE:-}", None),
        ("${NONE:-2.5}", 2.5),
        ("${ZIP}", 7),
        ("${CODE}", "[1, 2]"),
        ("${TILDE}", None),
        ("'${K}'", "5"),
        ('"${K}"', "5"),
        ("x${K}", "x5"),
        ("${K}${K}", "55"),
        ("$${K}", "${K}"),
        ("$$5", "$5"),
        ("5$", "5$"),
    ],
)
def test_variables(text: str, value: object) -> None:
    found = plain(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_variables_in_block_text_stay_text() -> None:
    assert plain("a: |\n  ${K}\nb: |-\n  ${K}\n") == {"a": "5\n", "b": "5"}


def test_a_node_tells_what_was_written_and_where_it_came_from() -> None:
    node = tree("a: ${NAME}-${K}").value["a"]
    assert (node.text, node.written, node.variables) == ("papers-5", "${NAME}-${K}", ("NAME", "K"))
    assert "papers" not in node.describe()


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_TEST_K", "7")
    diagnostics = Diagnostics()
    node = read_text("a: ${RAGKIT_TEST_K}", "f", diagnostics)
    assert node is not None
    assert node.plain() == {"a": 7}


def test_a_value_of_the_environment_that_is_not_utf_8() -> None:
    diagnostics = Diagnostics()
    read_text("a: ${X}", "f", diagnostics, {"X": os.fsdecode(b"\xff")})
    assert [finding.code for finding in diagnostics.errors] == ["bad-escape"]


def test_anchors_and_merge_keys() -> None:
    text = """\
x-base: &base {k: 5, name: base}
x-more: &more {k: 6, extra: 1}
one: {<<: *base, k: 7}
two:
  <<: [*base, *more]
three: {k: 1, <<: {k: 2, l: 3}}
four: {"<<": text}
five: &five [1, 2]
six: [*five, *five]
"""
    found = plain(text)
    assert found["one"] == {"k": 7, "name": "base"}
    assert found["two"] == {"k": 5, "name": "base", "extra": 1}
    assert found["three"] == {"k": 1, "l": 3}
    assert found["four"] == {"<<": "text"}
    assert found["six"] == [[1, 2], [1, 2]]
    assert tree(text).value["two"].keys["extra"].line == 2


def test_a_key_may_be_an_alias_of_text_and_have_an_anchor() -> None:
    assert plain("&k name: &v papers\nx: {*k : 1, *v : 2}\n") == {"name": "papers", "x": {"name": 1, "papers": 2}}
    assert findings("x: &n 5\n*n : 2\n") == [("bad-key", 2, 1)]


def test_an_anchor_may_be_set_again() -> None:
    assert plain("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_a_marker_at_the_start_and_the_end_is_fine() -> None:
    assert plain("# head\n---\na: 1\n...\n# tail\n") == {"a": 1}


def test_what_is_broken_is_marked_and_the_rest_is_there() -> None:
    diagnostics = Diagnostics()
    node = read_text("a: ${NONE}\nb: *none\nc: !tag 5\nd: 1\n", "f", diagnostics, {})
    assert node is not None
    assert {key: inner.broken for key, inner in node.value.items()} == {"a": True, "b": True, "c": True, "d": False}
    assert len(diagnostics.errors) == 3


def test_of_a_key_that_stands_twice_the_first_counts() -> None:
    diagnostics = Diagnostics()
    node = read_text("a: 1\nb: {c: 2, c: 3}\na: 4\n", "f", diagnostics, {})
    assert node is not None
    assert node.plain() == {"a": 1, "b": {"c": 2}}
    assert node.keys["a"].line == 1
    assert [finding.code for finding in diagnostics.errors] == ["duplicate-key"] * 2


def test_a_text_that_ruamel_cannot_take_is_a_finding() -> None:
    assert findings('a: 1\nb: "\\UFFFFFFFF"\n') == [("bad-escape", 2, 5)]
    assert findings("%YAML 1.99999999999999999999\n---\na: 1\n") == [("directive", 1, 1)]


def test_a_percent_sign_within_the_document_is_no_directive() -> None:
    assert plain("a: 100 %\nb: |\n  %x\n") == {"a": "100 %", "b": "%x\n"}
    assert plain("---\na: '\n\n  %x'\n")["a"] == "\n%x"


def test_tabs_that_are_not_indentation_do_no_harm() -> None:
    assert plain("a: |\n  x\ty\n  \tz\nb: 'p\tq'\nc: \"r\n\ts\"\n") == {"a": "x\ty\n\tz\n", "b": "p\tq", "c": "r s"}


def test_conflict_marks_within_block_text_are_text() -> None:
    assert plain("a: |\n  <<<<<<< HEAD\n  =======\n") == {"a": "<<<<<<< HEAD\n=======\n"}


def test_a_text_without_a_conflict_may_underline() -> None:
    assert plain("a: 'x\n\n=======\n\n y'\n")["a"] == "x\n=======\ny"
