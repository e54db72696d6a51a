"""Reading YAML: the dialect, the places, the bounds, and that no text at all makes it fail but by findings."""

from __future__ import annotations

import io
import json
import os
import string
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.reading.builder import DEEPEST, MOST_VALUES
from ragkit.spec.reading.lexical import MOST_BYTES
from ragkit.spec.reading.source import read, read_text

ENV = {"K": "5", "FLAG": "true", "NAME": "papers", "EMPTY": "", "ZIP": "007", "CODE": "[1, 2]", "TILDE": "~"}


def tree(text: str, env: dict[str, str] | None = None) -> Node:
    diagnostics = Diagnostics()
    node = read_text(text, "f.yaml", diagnostics, ENV if env is None else env)
    diagnostics.raise_if_any()
    assert node is not None
    return node


def plain(text: str, env: dict[str, str] | None = None) -> Any:
    return tree(text, env).plain()


def findings(text: str) -> list[tuple[str, int, int]]:
    diagnostics = Diagnostics()
    read_text(text, "f.yaml", diagnostics, ENV)
    return [(finding.code, finding.line, finding.column) for finding in diagnostics.errors]


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


def test_every_key_and_value_has_its_place() -> None:
    root = tree("\n# comment\na:\n  bb: [x, {c: 1}]\n  ? dd\n  : |\n    text\n'e': *\n".replace("*", '"q"'))
    place = {"a": (3, 1), "e": (8, 1)}
    assert {key: (p.line, p.column) for key, p in root.keys.items()} == place
    inner = root.value["a"]
    assert (inner.position.line, inner.position.column) == (4, 3)
    assert (inner.keys["bb"].line, inner.keys["bb"].column) == (4, 3)
    items = inner.value["bb"]
    assert [(n.position.line, n.position.column) for n in items.value] == [(4, 8), (4, 11)]
    assert items.value[1].keys["c"].column == 12
    assert items.value[1].value["c"].position.column == 15
    assert (inner.keys["dd"].line, inner.keys["dd"].column) == (5, 5)
    assert (inner.value["dd"].position.line, inner.value["dd"].position.column) == (6, 5)
    assert root.value["e"].position.column == 6
    assert root.value["e"].quoted
    assert inner.value["dd"].quoted
    assert not items.value[0].quoted


def test_places_stand_behind_anchors() -> None:
    root = tree("a: &one 5\nb: &two\n  c: 1\nd: &three # why\n  [x]\ne: &four\nf: *two\n")
    assert root.value["a"].position.column == 9
    assert (root.value["b"].position.line, root.value["b"].position.column) == (3, 3)
    assert (root.value["d"].position.line, root.value["d"].position.column) == (5, 3)
    assert root.value["e"].value is None
    assert root.value["e"].position.line == 6
    assert root.value["f"] is root.value["b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_an_editor(end: str) -> None:
    root = tree(end.join(["a: 1", "", "b:", "  c: x", ""]))
    assert (root.value["b"].value["c"].position.line, root.value["b"].value["c"].position.column) == (4, 6)


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


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    diagnostics = Diagnostics()
    node = read(file, diagnostics, {})
    assert node is not None
    assert node.plain() == {"a": 1}
    assert node.keys["a"].column == 1
    assert not diagnostics.errors


def test_a_marker_at_the_start_and_the_end_is_fine() -> None:
    assert plain("# head\n---\na: 1\n...\n# tail\n") == {"a": 1}


def file_findings(path: Path) -> list[tuple[str, str]]:
    diagnostics = Diagnostics()
    assert read(path, diagnostics, {}) is None
    return [(finding.code, finding.render()) for finding in diagnostics.errors]


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "naive.yaml").write_text("a: 1")
    ((code, said),) = file_findings(tmp_path / "naiv.yaml")
    assert code == "no-file"
    assert said.endswith("there is no such file\n     = did you mean 'naive.yaml'?")
    assert file_findings(tmp_path)[0][0] == "no-file"
    assert "folder" in file_findings(tmp_path)[0][1]
    assert file_findings(tmp_path / "naive.yaml" / "x.yaml")[0][0] == "no-file"
    assert file_findings(tmp_path / ("n" * 5000))[0][0] == "unreadable"
    assert file_findings(Path("a\0b"))[0][0] == "unreadable"
    assert file_findings(tmp_path / "gone" / "x.yaml")[0][0] == "no-file"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert file_findings(tmp_path / "naive.yaml")[0][0] == "no-permission"


def test_a_file_of_ten_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_text("a: 1\n" * 2_000_000)
    started = time.perf_counter()
    ((code, said),) = file_findings(file)
    assert time.perf_counter() - started < 2
    assert code == "too-large"
    assert "10,000,000 bytes" in said
    file.write_text("#" * MOST_BYTES)
    assert file_findings(file)[0][0] == "empty"


def test_a_text_of_an_editor_has_the_same_limit() -> None:
    assert findings("a: " + "é" * (MOST_BYTES // 2))[0][0] == "too-large"


@pytest.mark.slow
def test_values_are_counted_with_what_anchors_repeat() -> None:
    thousand = ", ".join("1" * 1 for _ in range(1000))
    text = f"x: &x [{thousand}]\ny: [{', '.join(['*x'] * 18)}]\n"
    assert len(plain(text)["y"]) == 18
    assert findings(f"x: &x [{thousand}]\ny: [{', '.join(['*x'] * 20)}]\n")[0][0] == "too-many-values"
    many = "a:\n" + "- 1\n" * (MOST_VALUES + 1)
    assert findings(many) == [("too-many-values", 19_999, 3)]


@pytest.mark.slow
def test_merging_the_same_mapping_over_and_over_is_bounded() -> None:
    base = "x: &x {" + ", ".join(f"k{i}: 1" for i in range(5000)) + "}\n"
    text = base + "".join(f"y{i}: {{<<: *x}}\n" for i in range(3000))
    started = time.perf_counter()
    assert findings(text)[0][0] == "too-many-values"
    assert time.perf_counter() - started < 5


@pytest.mark.slow
def test_nesting_is_bounded_also_through_anchors() -> None:
    assert plain("a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1))
    assert findings("a: " + "[" * DEEPEST + "]" * DEEPEST)[0][0] == "too-deep"
    assert findings("a: " + "[" * 100_000)[0][0] == "too-deep"
    chain = "x0: &x0 []\n" + "".join(f"x{i}: &x{i} [*x{i - 1}]\n" for i in range(1, 150))
    assert findings(chain)[0][0] == "too-deep"


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


def test_a_finding_names_its_place_in_the_document() -> None:
    diagnostics = Diagnostics()
    read_text("steps:\n  pool: {in: [a, '${NONE}']}\n", "f", diagnostics, {})
    assert diagnostics.errors[0].where == "steps.pool.in[1]"


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


PIECES = [
    *("a", "b:", " ", "  ", "\n", "\n  ", "- ", "? ", ": ", "[", "]", "{", "}", ",", "'", '"', "\\", "|", ">", "|2-"),
    *("&x ", "*x", "!t ", "!!str ", "<<: ", "%", "@", "`", "#", " #", "---\n", "...\n", "\t", "$", "${", "${K}", ":-"),
    *("\r", "\x85", "\u2028", "\ufeff", "\x07", "é", "字", "\ud800", "\U0001f600", "\\U00110000", "\\ud800", "1e999"),
    *("<<<<<<< ", "=======\n", ">>>>>>> ", "%YAML 1.1\n", "%TAG ! x\n", "5", "true", "null", "~", "0x", "9" * 70),
]
yaml_pieces = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(st.one_of(yaml_pieces, st.text(max_size=200)))
@example("%YAML 1.1\n%YAML 1.1\n---\n")
@example('"\\')
@example("% a\n%\n")
@example("? - a\n  - &x b\n: *x")
@example("a: !<tag:x> b")
@example("a: !<x")
@example("- &a\n- *a\n? *a")
@example("&a {*a : *a}")
@example("<<: *x\n<<: [")
@example("a: >1-\n\n\n b")
@example("\ufeffa: 1\n\ufeffb: 2")
def test_no_text_makes_reading_fail(text: str) -> None:
    diagnostics = Diagnostics()
    node = read_text(text, "f.yaml", diagnostics, ENV)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if node is None:
        assert diagnostics.errors
    else:
        assert node.kind == "map"
        node.plain()
    for finding in diagnostics.errors:
        finding.render().encode("utf-8")
        assert 0 <= finding.line <= len(lines)
        if finding.line:
            assert finding.source_line == lines[finding.line - 1]
            assert 1 <= finding.column <= len(finding.source_line) + 1


@given(st.binary(max_size=200))
def test_no_file_makes_reading_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    diagnostics = Diagnostics()
    assert read(file, diagnostics, {}) is not None or diagnostics.errors


names = st.text(alphabet=string.ascii_letters + string.digits + " _-.:#'\"{}[],&*!|>%@`é字", min_size=1, max_size=12)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=30),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=20
)


def _dollars_doubled(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [_dollars_doubled(item) for item in value]
    return {key: _dollars_doubled(item) for key, item in value.items()} if isinstance(value, dict) else value


@settings(max_examples=40)
@given(st.dictionaries(names, values, max_size=4))
def test_what_a_yaml_writer_writes_is_read_back(document: dict[str, Any]) -> None:
    if not document:
        return
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.width = 10_000
    out = io.StringIO()
    writer.dump(_dollars_doubled(document), out)
    assert plain(out.getvalue(), {}) == document


@given(st.dictionaries(names, values, max_size=4))
def test_what_a_json_writer_writes_is_read_back(document: dict[str, Any]) -> None:
    assert plain(json.dumps(_dollars_doubled(document)), {}) == document
