"""Signatures as files write them: read without evaluating anything, and refused with what is wrong."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.lm.signature import type_name
from ragkit.lm.written import TAKEN, read_signature

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in TAKEN and not name.startswith("model_")
)
SIMPLE = st.sampled_from(["str", "int", "float", "bool"])
LABELS = st.lists(st.from_regex(r"\w[\w-]{0,6}", fullmatch=True), min_size=1, max_size=4, unique=True)
TYPES = st.one_of(
    SIMPLE,
    SIMPLE.map(lambda name: f"list[{name}]"),
    SIMPLE.map(lambda name: f"list[list[{name}]]"),
    LABELS.map(lambda labels: f"Literal[{', '.join(repr(label) for label in labels)}]"),
)
FIELDS = st.lists(st.tuples(NAMES, TYPES, st.booleans()), min_size=1, max_size=5, unique_by=lambda field: field[0])


def written(fields):
    return ", ".join(f"{name}: {kind}{' | None' if optional else ''}" for name, kind, optional in fields)


@given(FIELDS, st.integers(0, 4))
def test_what_is_written_is_read(fields, at):
    inputs, outputs = fields[:at], fields[at:]
    if not outputs:
        inputs, outputs = [], fields
    read = read_signature(f"{written(inputs)} -> {written(outputs)}")
    for given_, found in ((inputs, read.inputs), (outputs, read.outputs)):
        assert [(one.name, one.optional) for one in found] == [(name, optional) for name, _, optional in given_]
        for (_, kind, optional), one in zip(given_, found, strict=True):
            told = type_name(one.type)
            assert told == (f"{kind} | None" if optional else kind)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        read = read_signature(text)
    except ValueError as error:
        assert str(error)
    else:
        assert read.outputs


@given(st.text(alphabet="ab:,->[]|' \"Literalstr", max_size=40))
def test_texts_that_look_like_signatures_too(text):
    try:
        read_signature(text)
    except ValueError as error:
        assert len(str(error)) > 10


def test_names_say_types_where_none_is_written():
    read = read_signature("passages, history, question -> passages_used, answer")
    assert [str(one.port) for one in read.inputs] == ["list[Passage]", "list[Turn]", "str"]
    assert [one.type for one in read.inputs] == [str, str, str]
    assert [str(one.port) for one in read.outputs] == ["str", "str"]


@pytest.mark.parametrize(
    "text", ["q -> kind: Literal[a, b]", "q -> kind: Literal['a', 'b']", 'q->kind:Literal["a","b"]']
)
def test_values_of_a_literal_may_stand_without_quotes(text):
    (kind,) = read_signature(text).outputs
    assert typing.get_args(kind.type) == ("a", "b")
    assert str(kind.port) == "Label"


def test_the_list_of_taken_names_holds_every_public_attribute_of_a_dspy_signature():
    import dspy

    public = {name for name in dir(dspy.Signature) if not name.startswith(("_", "model_"))}
    assert public <= TAKEN, public - TAKEN
