"""The codec gives back what it was given: every type, every bit."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.errors import TraceError
from ragkit.trace.codec import Encoder, digest, encode
from ragkit.trace.decode import Decoder, decode
from ragkit.trace.values import MAX_DEPTH, Opaque
from ragkit.types import Answer, Citation, Decision, Label, Parts, Passage, Passages, Result, Turn, Usage

texts = st.text(st.characters(), max_size=20)  # lone surrogates included
floats = st.floats() | st.floats(width=32).map(float)
numbers = st.integers() | floats | st.booleans()
numpy_scalars = (
    st.floats(width=32).map(numpy.float32)
    | st.floats().map(numpy.float64)
    | st.integers(-(2**63), 2**63 - 1).map(numpy.int64)
    | st.integers(0, 255).map(numpy.uint8)
    | st.booleans().map(numpy.bool_)
)
scalars = st.none() | texts | numbers | numpy_scalars | texts.map(Label)
keys = texts | st.sampled_from(["$", "v", "root"]) | st.integers() | st.booleans() | texts.map(Label)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.lists(inner, max_size=3).map(Parts)
        | st.lists(inner, max_size=3).map(lambda items: Parts(items, [7] * len(items)))
    )


flat = st.recursive(scalars, containers, max_leaves=12)
offsets = st.none() | st.integers(0, 10**6)
passages = st.builds(
    Passage, id=texts, doc_id=texts, title=texts, text=texts, scores=st.dictionaries(texts, floats | numpy_scalars),
    tokens=offsets, start=offsets, end=offsets, ordinal=st.integers(0, 99), parent=st.none() | texts,
    previous=st.none() | texts, next=st.none() | texts, metadata=st.dictionaries(texts, flat, max_size=3),
    parts=st.lists(texts, max_size=3).map(tuple),
)  # fmt: skip


@st.composite
def in_columns(draw: st.DrawFn) -> Passages:
    """A list as a search makes it, of which some passages were looked at."""
    originals = draw(st.lists(passages, max_size=4))
    names = draw(st.lists(texts, max_size=3, unique=True))
    columns = {name: draw(st.lists(floats, min_size=len(originals), max_size=len(originals))) for name in names}
    found = Passages.scored(originals, columns, draw(st.none() | texts))
    for place in range(len(originals)):
        if draw(st.booleans()):
            assert found[place] is found[place]
    return found


passage_lists = st.builds(Passages, st.lists(passages, max_size=4), st.none() | texts) | in_columns()
citations = st.builds(Citation, st.integers(), texts, texts, st.none() | texts, offsets, offsets)
answers = st.builds(Answer, texts, st.lists(citations, max_size=3).map(tuple), passage_lists, st.booleans())
decisions = st.builds(
    Decision, st.sampled_from(["select", "route", "gate"]), texts, offsets, offsets, st.none() | texts,
    st.none() | floats, st.none() | floats, st.dictionaries(texts, flat, max_size=3),
)  # fmt: skip
usages = st.builds(Usage, st.integers(0, 9), offsets, offsets, st.integers(0, 9), offsets, st.none() | floats)
turns = st.builds(Turn, st.sampled_from(["user", "assistant"]), texts)
nouns = passages | passage_lists | citations | answers | decisions | usages | turns
port_values = st.recursive(flat | nouns, containers, max_leaves=6)
results = st.builds(
    Result, port_values, st.none() | decisions, st.lists(texts, max_size=2).map(tuple), st.none() | usages
)


def same(left: Any, right: Any) -> bool:
    """Equal in type, in order and in every bit of a float (NaNs are one)."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (float, numpy.floating)):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or (left == right and math.copysign(1, left) == math.copysign(1, right))
    if isinstance(left, (str, int, numpy.generic)) or left is None:
        return bool(left == right)
    if isinstance(left, numpy.ndarray):
        return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, Passages):
        return same(left.ranked_by, right.ranked_by) and same(left.items, right.items)
    if isinstance(left, Parts):
        return same(left.items, right.items) and same(left.origins, right.origins)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return all(same(getattr(left, f.name), getattr(right, f.name)) for f in fields(left) if f.compare)


@given(port_values | results)
@settings(max_examples=50)
def test_a_value_comes_back_from_json_exactly(value: Any) -> None:
    assert same(decode(orjson.loads(orjson.dumps(encode(value)))), value)
    assert same(decode(json.loads(json.dumps(encode(value)))), value)


@given(port_values)
@settings(max_examples=50)
def test_a_value_comes_back_when_a_sink_holds_the_contents(value: Any) -> None:
    sink: dict[str, bytes] = {}
    assert same(decode(encode(value, sink), sink), value)


@given(st.lists(passages, min_size=1, max_size=4))
@settings(max_examples=50)
def test_the_document_holds_no_text_of_a_passage_when_there_is_a_sink(items: list[Passage]) -> None:
    marked = Passages(Passage(p.id, p.doc_id, p.title, f"zq7{p.text}", p.scores) for p in items)
    sink: dict[str, bytes] = {}
    assert b"zq7" not in orjson.dumps(encode(marked, sink))
    assert all(b"zq7" in body or b"7a7137" in body for body in sink.values())  # 7a7137: in hex, with lone surrogates


def test_copies_with_other_scores_share_one_content() -> None:
    passage = Passage("a:0", "a", "A", "text", {"cosine": 0.5})
    sink: dict[str, bytes] = {}
    encode([Passages([passage], "cosine"), Passages([passage.scored("bm25", 2.0)], "bm25")], sink)
    assert len(sink) == 1


def found_in_columns() -> Passages:
    originals = [Passage(f"p{n}", "d", "", f"text {n}") for n in range(4)]
    return Passages.scored(originals, {"bm25": [4.0, 3.0, 2.0, 1.0], "convex": [1.0, 0.5, 0.25, 0.0]}, "bm25")


def test_a_list_in_columns_is_written_as_it_stands_and_no_passage_is_made_for_it() -> None:
    found = found_in_columns()
    written = encode(found)
    assert list(found.made) == [None] * 4
    assert written == encode(Passages(found.items, "bm25"))
    assert decode(written) == found


def test_what_was_taken_from_a_list_in_columns_is_not_written_twice() -> None:
    found = found_in_columns()
    encoder = Encoder()
    root = [encoder.value(value) for value in (found[:2], found, found[1:3], found[3])]
    document = encoder.document(root)
    assert sum(len(block["contents"]) for block in document["passages"]) == 4
    assert list(encoder.ids) == [f"p{n}" for n in range(4)]
    assert [encoder.passage(number).id for number in range(4)] == list(encoder.ids)
    first, whole, middle, last = decode(orjson.loads(orjson.dumps(document)))
    assert (whole, first, middle, last) == (found, found[:2], found[1:3], found[3])
    assert first[1] is whole[1] is middle[0]


def test_a_value_used_twice_is_written_once_and_is_one_object_again() -> None:
    listed = Passages([Passage("a:0", "a", "A", "text", {"cosine": 0.5})], "cosine")
    encoder = Encoder({})
    first, second = encoder.value(listed), encoder.value(listed)
    document = encoder.document([first, second])
    assert first == second
    assert len(document["lists"]) == len(document["passages"]) == 1
    sink: dict[str, bytes] = {}
    restored = decode(encode([listed, listed[0], Answer("x", passages=listed)], sink), sink)
    assert restored[0][0] is restored[1]
    assert restored[0] is restored[2].passages


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "u1", "?", "c16", "M8[s]", ">i4"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3)])
def test_arrays_come_back_with_dtype_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    array = numpy.arange(6).astype(dtype)[: math.prod(shape)].reshape(shape)
    restored = decode(orjson.loads(orjson.dumps(encode({"vector": array}))))["vector"]
    assert same(restored, array)
    assert restored.flags.writeable


class Colour(StrEnum):
    RED = "red"


class Pair(NamedTuple):
    left: int
    right: str


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("value", [object(), Colour.RED, Pair(1, "x"), {1, 2}, b"bytes", numpy.array([object()]), 1j])
def test_a_value_that_could_not_be_restored_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be stored and restored"):
        encode({"inside": [value]})


def lenient(value: Any) -> Any:
    encoder = Encoder(strict=False)
    return decode(orjson.loads(orjson.dumps(encoder.document(encoder.value(value)))))


def test_a_trace_keeps_what_can_be_kept_of_any_value() -> None:
    assert lenient(Colour.RED) == "red"
    assert lenient(Pair(1, "x")) == {"left": 1, "right": "x"}
    assert lenient({1}) == Opaque("builtins.set", "{1}")
    assert lenient(Broken()).text == "<repr failed: RuntimeError>"
    assert lenient(lenient({1})) == Opaque("builtins.set", "{1}")


def nest(value: Any, levels: int, wrap: Any) -> Any:
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {1: v}, lambda v: (v,), lambda v: Parts([v])])
def test_nesting_is_bounded_and_the_deepest_that_is_allowed_can_be_dumped(wrap: Any) -> None:
    deep = nest(1, MAX_DEPTH, wrap)
    assert decode(orjson.loads(orjson.dumps({"inside": [[encode(deep)]]}))["inside"][0][0]) == deep
    with pytest.raises(TypeError, match="nested deeper"):
        encode(nest(1, MAX_DEPTH + 1, wrap))


def test_a_list_that_holds_itself_ends() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(TypeError, match="nested deeper"):
        encode(loop)
    assert lenient(loop)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), numpy.float32(0.1), 3, 1e308])
def test_scores_of_every_kind_come_back_under_names_that_were_met_before(odd: Any) -> None:
    scores = [{"cosine": 0.5, "bm25": 1e308}, {"cosine": 0.25, "bm25": odd}, {"cosine": 1e308, "bm25": 1e308}]
    listed = Passages(Passage(str(n), "d", "", "", each) for n, each in enumerate(scores))
    assert same(decode(orjson.loads(orjson.dumps(encode(listed)))), listed)


def test_keys_that_are_equal_and_of_other_types_are_told_apart() -> None:
    value = [{"a": 1.0}, {Label("a"): 1.0}, {"a": 2.0}, {1: 1.0}, {True: 1.0}, {1.0: 1.0}, {"$": 1.0}, {"a": [1.0]}]
    assert same(decode(encode(value)), value)


def test_passages_in_metadata_are_refused_for_they_would_lie_outside_the_digest() -> None:
    inner = Passage("b", "b", "", "")
    with pytest.raises(TypeError, match="Passage"):
        encode(Passage("a", "a", "", "", metadata={"inner": inner}))


def test_read_only_mappings_are_written_as_dicts() -> None:
    passage = Passage("a", "a", "", "", MappingProxyType({"cosine": 1.0}), metadata=MappingProxyType({"year": 2024}))
    assert decode(encode(passage)) == passage


@given(port_values, port_values)
@settings(max_examples=50)
def test_equal_values_and_only_they_have_equal_digests(left: Any, right: Any) -> None:
    assert digest(left) == digest(decode(encode(left)))
    assert (digest(left) == digest(right)) == (encode(left) == encode(right))


def test_the_digest_sees_the_text_behind_a_reference() -> None:
    assert digest(Passage("a", "a", "", "one")) != digest(Passage("a", "a", "", "two"))


@pytest.mark.parametrize(
    "damage",
    [
        [], {}, {"root": 1}, {"$": "Passages", "v": 9}, {"$": "nonsense", "v": 1}, {"$": "int", "v": "zz"}, {"$": []},
        {"$": "numpy", "dtype": "O", "shape": None, "v": "00"}, {"$": "Answer", "v": {"wrong": 1}},
        {"$": "Turn", "v": 3}, {"$": "Passage", "v": 0}, {"$": "int"},
    ],
)  # fmt: skip
def test_damaged_data_is_a_trace_error(damage: Any) -> None:
    tables = {"contents": ["00"], "passages": [[0, {}]], "lists": []}
    with pytest.raises(TraceError):
        decode(damage) if not isinstance(damage, dict) or "$" not in damage else decode({"root": damage, **tables})


def test_a_missing_content_is_named() -> None:
    document = encode(Passage("a", "a", "", "text"), {})
    with pytest.raises(TraceError, match=document["contents"][0][:12]):
        decode(document, {})


def test_reading_and_writing_plain_values_needs_no_numpy() -> None:
    code = (
        "import sys; from ragkit.trace.codec import encode; from ragkit.trace.decode import decode; "
        "decode(encode({'a': [1.0, float('nan')]})); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_decoder_is_lazy() -> None:
    document = encode([1, Passage("a", "a", "", "text")], {})
    assert Decoder(document).value(document["root"][0]) == 1
