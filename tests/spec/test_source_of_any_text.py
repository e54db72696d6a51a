"""Reading YAML: no text at all makes it fail but by findings, and what writers write is read back."""

from __future__ import annotations

import io
import json
import string
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read, read_text
from tests.spec.reading_text import ENV, plain

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
