"""Changing one value of a YAML text: the value is what was given, and nothing else has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.edit import places, set_value, set_written, without, written
from ragkit.spec.reading.source import read_text

TEXT = """\
# A comment at the top.
version: 1   # the language
steps:
  candidates: {use: retrieve.hybrid, k: {choice: [30, 50], default: 50}}  # many

  evidence:   # cut
    use: select.adaptive_k
    passages: candidates
    buffer: 5      # for safety

    # Not more than this.
    max_tokens: 3000
  answer:
    use: generate.answer
    instructions: |
      Answer briefly.

      In one sentence.
  empty: {}
output: answer
"""


def value_at(text: str, path: tuple[str, ...]) -> object:
    found = Diagnostics()
    node = read_text(text, "a.yaml", found)
    assert node is not None, found.errors
    assert not found.errors
    for key in path:
        node = node.value[key]
    return node.plain()


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("steps", "evidence", "buffer"), 3, "buffer: 5      # for", "buffer: 3      # for"),
        (("steps", "candidates", "k", "default"), 30, "default: 50}}  # many", "default: 30}}  # many"),
        (("steps", "candidates", "filter"), {"year": 2023}, "default: 50}}", "default: 50}, filter: {year: 2023}}"),
        (("steps", "evidence", "tail"), 0.2, "max_tokens: 3000\n", "max_tokens: 3000\n    tail: 0.2\n"),
        (("steps", "empty", "use"), "select.top_k", "empty: {}", "empty: {use: select.top_k}"),
        (("version",), 2, "version: 1   # the", "version: 2   # the"),
        (("description",), "a: b", "output: answer\n", 'output: answer\ndescription: "a: b"\n'),
        (
            ("steps", "answer", "instructions"), "Say yes.\n",
            "|\n      Answer briefly.\n\n      In one sentence.\n", '"Say yes.\\n"\n',
        ),
    ],
)  # fmt: skip
def test_only_this_value_changes(path: tuple[str, ...], value: object, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    changed = set_value(TEXT, path, value)
    assert changed == TEXT.replace(old, new)
    assert value_at(changed, path) == value


def test_a_new_key_stands_behind_a_block_of_text() -> None:
    changed = set_value(TEXT, ("steps", "answer", "passages"), "evidence")
    assert "In one sentence.\n    passages: evidence\n  empty" in changed


def test_empty_values_and_anchors() -> None:
    text = "steps:\n  a: &a\n    k: &k 1\n    z:\n  b:\n    <<: *a\n    j: *k\n  c: *a\n"
    assert set_value(text, ("steps", "a", "z"), 2) == text.replace("z:\n", "z: 2\n")
    assert set_value(text, ("steps", "a", "k"), 2) == text.replace("&k 1", "&k 2")
    assert set_value(text, ("steps", "b", "j"), 2) == text.replace("j: *k", "j: 2")
    assert set_value(text, ("steps", "b", "k"), 2) == text.replace("j: *k\n", "j: *k\n    k: 2\n")
    with pytest.raises(UsageError, match="stands elsewhere, under an anchor"):
        set_value(text, ("steps", "c", "k"), 2)


def test_line_ends_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert set_value(text, ("steps", "evidence", "tail"), 0.2) == set_value(
        TEXT, ("steps", "evidence", "tail"), 0.2
    ).replace("\n", "\r\n")  # fmt: skip


@pytest.mark.parametrize("text", ["a: [", "- 1\n", "", "a: 1\nb: {c: 2\n", "a: 1\n---\n}"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be changed in place"):
        places(text)


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there is no mapping 'steps\.gone'"):
        set_value(TEXT, ("steps", "gone", "k"), 1)


scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
names = st.sampled_from([*"abcd", "long name", "x-1"])


def block(data: dict, indent: int) -> str:
    """A mapping in block style, with a comment on every line."""
    lines = []
    for number, (key, value) in enumerate(data.items()):
        pad = " " * indent
        if isinstance(value, dict) and value:
            lines.append(f"{pad}{key}: # c{number}\n{block(value, indent + 2)}")
        else:
            lines.append(f"{pad}{key}: {written(value)}  # c{number}\n")
    return "".join(lines)


trees = st.dictionaries(
    names, st.recursive(st.integers(), lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6),
    min_size=1,
)  # fmt: skip


@settings(max_examples=60)
@given(trees, st.lists(names, min_size=1, max_size=3), values)
def test_any_value_anywhere(tree: dict, path: list[str], value: object) -> None:
    text = block(tree, 0)
    expected = target = dict(tree)
    for key in path[:-1]:
        inner = target.get(key)
        if not isinstance(inner, dict):
            with pytest.raises(UsageError):
                set_value(text, path, value)
            return
        target[key] = target = dict(inner)
    target[path[-1]] = value
    changed = set_value(text, path, value)
    if "$" not in written(value):
        assert read_back(changed) == expected
    removed = block_comments(tree, path)
    assert changed.count("# c") == text.count("# c") - removed


@settings(max_examples=60)
@given(trees, st.data(), st.booleans())
def test_any_value_is_taken_out(tree: dict, data: st.DataObject, braces: bool) -> None:
    text = written(tree) if braces else block(tree, 0)
    expected = target = dict(tree)
    path = [data.draw(st.sampled_from(sorted(tree)))]
    while isinstance(inner := target[path[-1]], dict) and inner and data.draw(st.booleans()):
        target[path[-1]] = target = dict(inner)
        path.append(data.draw(st.sampled_from(sorted(inner))))
    gone = target.pop(path[-1])
    changed = without(text, path)
    assert read_back(changed) == expected
    if not braces:  # of a mapping that is left empty the comment behind its last line stays
        assert changed.count("# c") == text.count("# c") - count(gone) - (1 if target else 0)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("steps", "evidence", "buffer"), "    buffer: 5      # for safety\n", ""),
        (("steps", "evidence", "max_tokens"), "    max_tokens: 3000\n", ""),
        (("steps", "candidates", "use"), "{use: retrieve.hybrid, k", "{k"),
        (("steps", "candidates", "k"), ", k: {choice: [30, 50], default: 50}}", "}"),
        (("steps", "candidates", "k", "default"), ", default: 50", ""),
        (("steps", "answer", "instructions"),
         "    instructions: |\n      Answer briefly.\n\n      In one sentence.\n", ""),
        (("steps", "empty"), "  empty: {}\n", ""),
        (("output",), "output: answer\n", ""),
    ],
)  # fmt: skip
def test_only_this_value_is_taken_out(path: tuple[str, ...], old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert without(TEXT, path) == TEXT.replace(old, new)
    assert without(TEXT.replace("\n", "\r\n"), path) == TEXT.replace(old, new).replace("\n", "\r\n")


def test_values_without_neighbours_and_in_odd_places_are_taken_out() -> None:
    assert without("a:\n  k: 1  # c\n", ["a", "k"]) == "a:\n  {}  # c\n"
    assert without("a: {k: 1}", ["a", "k"]) == "a: {}"
    assert without("a: {k: 1,\n    j: 2,}", ["a", "j"]) == "a: {k: 1,}"
    assert without("a: 1\nb: &x 2", ["b"]) == "a: 1\n"
    with pytest.raises(UsageError, match=r"no 'a\.z' to take out"):
        without("a: {k: 1}", ["a", "z"])


def read_back(text: str) -> object:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def block_comments(tree: dict, path: list[str]) -> int:
    """How many comments stand inside the value that is replaced."""
    value: object = tree
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return 0
        value = value[key]
    return max(count(value) - 1, 0)  # the one behind its last line stays


def count(value: object) -> int:
    return sum(1 + count(inner) for inner in value.values()) if isinstance(value, dict) else 0


@given(st.text(max_size=30))
def test_a_text_is_written_so_that_it_is_read_as_that_text(text: str) -> None:
    assert read_back(f"a: {written(text)}") == {"a": text}


def test_yaml_can_be_given_as_written() -> None:
    assert set_written(TEXT, ("steps", "evidence", "buffer"), "${BUFFER:-3}").count("buffer: ${BUFFER:-3}      #") == 1


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[2] / "pipelines").rglob("*.yaml")), ids=lambda f: f.stem
)
def test_every_value_of_the_shipped_pipelines_can_be_written_over_by_itself(file: Path) -> None:
    text = file.read_text()

    def visit(place, path: tuple[str, ...]) -> None:
        for key, (_, inner) in place.entries.items():
            here = (*path, key)
            assert set_written(text, here, text[inner.start : inner.end]) == text
            visit(inner, here)

    visit(places(text), ())
