"""The JSON Schemas: valid, up to date, and of one mind with the compiler about what has the right structure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.catalogue import Catalogue
from ragkit.corpus.config import CorpusSpec
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.load import check, check_text
from ragkit.spec.nodes import Node
from ragkit.spec.reading.source import read, read_text
from ragkit.spec.schema.schemas import (
    CORPUS_FILE,
    PIPELINE_FILE,
    corpus_schema,
    pipeline_schema,
    schemas,
    stale_schemas,
    write_schemas,
)
from ragkit.spec.schema.values import opened
from tests.components_for_tests import CATALOGUE

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
SPEC = REPOSITORY / "ragkit" / "spec"
EVERYTHING = HERE / "everything.yaml"
BROKEN = sorted(file for file in (HERE / "broken").glob("*.yaml") if not file.name.startswith("lex-"))
PIPELINES = sorted((REPOSITORY / "pipelines").rglob("*.yaml"))
CORPORA = sorted((REPOSITORY / "corpora").glob("*.yaml"))

# What a schema can see, since it shows in one place of the file, and what it cannot, since it takes two.
STRUCTURE = {
    "unknown-key", "missing-key", "wrong-value", "value", "version", "unbounded", "missing-input", "condition", "mark",
    "mark-place", "metric", "name", "unknown-component",
}  # fmt: skip
MEANING = {
    "cycle", "type-mismatch", "unknown-name", "unread", "output-nothing", "include", "include-cycle", "label",
    "parameters",
}  # fmt: skip
# Findings of a structural kind that concern two keys at once, or the names of a particular flow.
BEYOND_A_SCHEMA = {"loop-carry", "loop-conditions"}


def as_written(node: Node) -> Any:
    """What an editor sees: variables as they are written."""
    if node.kind == "map":
        return {key: as_written(inner) for key, inner in node.value.items()}
    if node.kind == "list":
        return [as_written(inner) for inner in node.value]
    return node.written if "$" in node.written else node.value


def document(file: Path) -> Any:
    diagnostics = Diagnostics()
    node = read(file, diagnostics, {})
    assert node is not None, diagnostics.errors
    return as_written(node)


def load_plain(file: Path) -> Any:
    node = read(file, Diagnostics(), {})
    assert node is not None
    return node.plain()


def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def shipped() -> jsonschema.Draft202012Validator:
    return validator(pipeline_schema(Catalogue()))


@pytest.fixture(scope="module")
def for_tests() -> jsonschema.Draft202012Validator:
    return validator(pipeline_schema(CATALOGUE))


def complaints(schema: jsonschema.Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(value)]


def test_the_committed_schemas_are_up_to_date() -> None:
    stale = [path.name for path in stale_schemas(SPEC, Catalogue(), CorpusSpec)]
    assert stale == [], "run: python -m ragkit schema --write"


def test_schemas_are_written_where_they_differ_and_always_alike(tmp_path: Path) -> None:
    written = write_schemas(tmp_path, Catalogue(), CorpusSpec)
    assert sorted(path.name for path in written) == sorted((PIPELINE_FILE, CORPUS_FILE))
    assert write_schemas(tmp_path, Catalogue(), CorpusSpec) == ()
    (tmp_path / CORPUS_FILE).write_text("{}")
    assert stale_schemas(tmp_path, Catalogue(), CorpusSpec) == (tmp_path / CORPUS_FILE,)
    assert write_schemas(tmp_path, Catalogue(), CorpusSpec) == (tmp_path / CORPUS_FILE,)
    assert schemas(Catalogue(), CorpusSpec) == schemas(Catalogue(), CorpusSpec)
    for path in written:
        assert json.loads(path.read_text(encoding="utf-8"))["$schema"].endswith("2020-12/schema")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


@pytest.mark.parametrize(
    "schema", [pipeline_schema(Catalogue()), corpus_schema(CorpusSpec)], ids=["pipeline", "corpus"]
)
def test_every_reference_leads_somewhere_and_every_definition_is_used(schema: dict[str, Any]) -> None:
    used = {reference.removeprefix("#/$defs/") for reference in _references(schema)}
    assert used == set(schema["$defs"])


def test_everything_that_can_be_written_is_described() -> None:
    schema = pipeline_schema(Catalogue())
    for use in Catalogue().names():
        for name, key in schema["$defs"][use]["properties"].items():
            found = {**schema["$defs"].get(key.get("$ref", "").rpartition("/")[2], {}), **key}
            assert found.get("description"), f"{use}.{name} has no description"
    for name, key in schema["properties"].items():
        found = {**schema["$defs"].get(key.get("$ref", "").rpartition("/")[2], {}), **key}
        assert found.get("description"), f"{name} has no description"


@pytest.mark.parametrize("file", PIPELINES, ids=[file.stem for file in PIPELINES])
def test_a_shipped_pipeline_is_accepted(file: Path, shipped: jsonschema.Draft202012Validator) -> None:
    assert complaints(shipped, document(file)) == []
    first = file.read_text(encoding="utf-8").splitlines()[0]
    up = "../" * len(file.relative_to(REPOSITORY).parent.parts)
    assert first == f"# yaml-language-server: $schema={up}ragkit/spec/{PIPELINE_FILE}"


def test_there_are_shipped_pipelines_and_corpora() -> None:
    assert PIPELINES
    assert CORPORA


@pytest.mark.parametrize("file", CORPORA, ids=[file.stem for file in CORPORA])
def test_a_shipped_corpus_is_accepted(file: Path) -> None:
    assert complaints(validator(corpus_schema(CorpusSpec)), document(file)) == []


def test_every_form_of_the_language_is_accepted(for_tests: jsonschema.Draft202012Validator) -> None:
    plan, findings = check(EVERYTHING, catalogue=CATALOGUE, env={})
    assert findings == ()
    assert plan is not None
    assert complaints(for_tests, document(EVERYTHING)) == []


@pytest.mark.parametrize("file", BROKEN, ids=[file.stem for file in BROKEN])
def test_a_broken_file_is_rejected_where_its_structure_is_wrong(
    file: Path, for_tests: jsonschema.Draft202012Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    _, findings = check(file.name, catalogue=CATALOGUE, env={})
    codes = {finding.code for finding in findings if finding.file == file.name}
    rejected = complaints(for_tests, document(file))
    if codes & STRUCTURE and file.stem not in BEYOND_A_SCHEMA:
        assert rejected
    if codes <= MEANING:
        assert rejected == []


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*path, index))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def _with(value: Any, path: tuple[str | int, ...], put: Any) -> Any:
    changed = copy.deepcopy(value)
    if not path:
        return put
    _at(changed, path[:-1])[path[-1]] = put
    return changed


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(value)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _compiles(value: Any) -> bool:
    plan, _ = check_text(json.dumps(value), "changed.yaml", base=HERE, catalogue=CATALOGUE, env={})
    return plan is not None


def _mutations(value: Any) -> Iterator[tuple[str, Any]]:
    for path in _places(value):
        name = ".".join(map(str, path))
        if path:
            yield f"{name} left out", _without(value, path)
            for put in (None, True, 7, -0.5, "", "no such thing", [], {}, ["a"], {"surplus": 1}):
                yield f"{name} = {put!r}", _with(value, path, put)
        if isinstance(_at(value, path), dict):
            yield f"{name} + surplus", _with(value, (*path, "surplus"), 1)


# Variables filled in: written as JSON they would stand in quotes, and be text.
WHOLE = load_plain(EVERYTHING)
CHANGES = dict(_mutations(WHOLE))


@pytest.mark.slow
@settings(max_examples=60)
@given(st.sampled_from(sorted(CHANGES)))
def test_what_the_compiler_takes_the_schema_takes(for_tests: jsonschema.Draft202012Validator, name: str) -> None:
    """Any small change to a file with every form: a schema must never reject what would run."""
    if complaints(for_tests, CHANGES[name]):
        assert not _compiles(CHANGES[name])


def test_the_file_that_is_changed_compiles() -> None:
    assert _compiles(WHOLE)


# Mappings whose keys are the writer's own; everywhere else a key that is not known is wrong.
FREE = {"x-shared", "inputs", "lms", "slo", "penalties", "carry", "next", "bind", "steps", "branches", "one_of"}


@pytest.mark.slow
def test_a_key_that_is_not_known_is_rejected_wherever_it_stands(for_tests: jsonschema.Draft202012Validator) -> None:
    mappings = [path for path in _places(WHOLE) if isinstance(_at(WHOLE, path), dict)]
    closed = [path for path in mappings if not path or path[-1] not in FREE]
    assert len(closed) > 50
    taken = [path for path in closed if not complaints(for_tests, _with(WHOLE, (*path, "surplus"), 1))]
    assert taken == []


PLAIN = 'version: 1\ninputs: {found: "list[Passage]"}\nsteps:\n  best:\n    use: select.top\n    passages: found\n'


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("k: 5", True),
        ("k: ${K:-5}", True),
        ("k: five", False),
        ("k: 5.5", False),
        ("k: -1", False),
        ("k: {choice: [1, 2], default: 1}", True),
        ("k: {choice: [1, ${K}], default: ${K}}".replace("${K}", '"${K}"'), True),
        ("k: {choice: [1, 2]}", False),
        ("k: {choice: [], default: 1}", False),
        ("k: {choice: [1, 1], default: 1}", False),
        ("k: {choice: [1, x], default: 1}", False),
        ("k: {choice: [1, 2], default: 1, step: 1}", False),
        ("k: {range: [1, 9], default: 2}", True),
        ("k: {range: [1, 9], step: 2, default: 3}", True),
        ("k: {range: [1, 9, 3], default: 2}", False),
        ("k: {range: [1, 9], step: 0, default: 2}", False),
        ("k: {range: [-1, 9], default: 2}", False),
        ("k: {range: [1, x], default: 2}", False),
        ("share: {range: [0.5, 1], default: 1}", True),
        ("share: {range: [0.5, 1.5], default: 1}", False),
        ("k: {range: [1, 9], log: maybe, default: 2}", False),
        ("k: {range: [1, 9], choice: [1], default: 1}", False),
        ("k: {range: [1, 9]}", False),
        ("k: {from: other.size}", True),
        ("k: {from: other.size, default: 1}", False),
        ("k: {from: 5}", False),
        ("share: {from: other.size}", False),
        ("k: {default: 1}", False),
        ("k: {}", False),
        ("when: judge.good", True),
        ("when: true", False),
        ("when: {not: a, any: [b]}", False),
        ("when: {port: a}", False),
        ("when: {port: a, is: 1, at_most: 2}", False),
        ("when: {port: a, is: null}", False),
        ("when: {is: 1}", False),
        ("when: {port: a, is: text}", True),
        ("when: {port: a, at_most: text}", False),
        ("when: {port: a, at_most: '${K}'}", True),
        ("when: {any: []}", False),
        ("enabled: false", True),
        ("enabled: {choice: [true, false], default: true}", True),
        ("enabled: {choice: [true, false]}", False),
        ("enabled: 1", False),
        ("needs_lm: drop", True),
        ("needs_lm: dropp", False),
        ("lm:", True),
        ("lm: 5", False),
        ("corpus: a/b", False),
        ("corpus: ${CORPUS}", True),
    ],
)
def test_one_key_of_a_step(line: str, accepted: bool, for_tests: jsonschema.Draft202012Validator) -> None:
    diagnostics = Diagnostics()
    env = {"K": "1", "CORPUS": "notes"}
    node = read_text(f"{PLAIN}    {line}\noutput: best\n", "f", diagnostics, env)
    diagnostics.raise_if_any()
    assert node is not None
    assert (complaints(for_tests, as_written(node)) == []) is accepted


@pytest.mark.parametrize(
    ("step", "accepted"),
    [
        (
            {"one_of": {"a": {"use": "select.top"}, "b": {"use": "order.reverse"}}, "default": "a", "passages": "x"},
            True,
        ),
        ({"one_of": {"a": {"use": "select.top", "enabled": True}}, "default": "a"}, False),
        ({"one_of": {"a": {"one_of": {}, "default": "x"}}, "default": "a"}, False),
        ({"one_of": {"a": {"k": 5}}, "default": "a"}, False),
        ({"one_of": {"A": {"use": "select.top"}}, "default": "A"}, False),
        ({"one_of": {"a": {"use": "select.top"}}, "default": "a", "use": "select.top"}, False),
        ({"one_of": {"a": {"use": "select.top"}}, "default": "a", "needs_lm": "drop"}, False),
        ({"one_of": {"a": {"use": "select.top"}}, "default": "a", "pasages": "x"}, False),
        ({"one_of": {"a": {"use": "${USE}", "anything": 1}}, "default": "a"}, True),
        ({"one_of": {}, "default": "a"}, False),
        ({"use": "${USE}", "anything": 1}, True),
        ({"use": "make.passages", "enabled": False}, False),
        ({"use": "make.passages", "enabled": True}, True),
    ],
)
def test_steps(step: dict[str, Any], accepted: bool, for_tests: jsonschema.Draft202012Validator) -> None:
    file = {"version": 1, "output": "a", "steps": {"a": step}}
    assert (complaints(for_tests, file) == []) is accepted


def test_a_value_that_fits_two_members_of_a_union_is_accepted() -> None:
    """As with tags chosen by a function, for which pydantic writes ``oneOf``: a variable fits each of them."""
    schema = opened({"oneOf": [{"type": "integer"}, {"const": "all"}], "title": "Amount"})
    assert complaints(validator(schema), "${AMOUNT}") == []
    assert complaints(validator(schema), "al") != []
    assert "title" not in schema


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    depth: int = Field(1, ge=1)


class ByName(BaseModel):
    kind: Literal["name"]
    name: str


class ByNumber(BaseModel):
    kind: Literal["number"]
    number: int


class Odd(Component):
    """A component with parameters of every shape.

    Example:
        Not part of the hover text.
    """

    class Params(Parameters):
        filter: dict[str, str | int] | None = Field(None, description="a filter")
        bound_filter: Annotated[dict[str, int], BINDABLE] = Field({}, description="a filter from a port")
        inner: Inner = Field(Inner(), description="nested")
        union: Annotated[ByName | ByNumber, Field(discriminator="kind")] | None = Field(None, description="tagged")
        amount: int | Literal["all"] = Field("all", description="a number or all")
        words: list[Literal["a", "b"]] = Field([], description="fixed words")
        code: str = Field("A", pattern="^[A-Z]$", description="a pattern")
        needed: bool = Field(description="no default")

    def run(self, question: str) -> str:
        return question


class OddCatalogue(Catalogue):
    def names(self) -> tuple[str, ...]:
        return ("odd.odd",)

    def get(self, use: str) -> type[Component]:
        return Odd


ODD: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"filter": {"year": 2024, "choices": "x"}}, True),
    ({"filter": {"choice": [{"year": 1}, None], "default": None}}, True),
    ({"filter": {"choice": [{"year": 1}]}}, False),
    ({"filter": {"choice": "x", "year": 1}}, True),
    ({"filter": {"from": "a.b"}}, True),
    ({"bound_filter": {"from": "a.b"}}, True),
    ({"bound_filter": {"from": "a.b", "default": {}}}, False),
    ({"bound_filter": {"year": "x"}}, False),
    ({"inner": {"depth": 3}}, True),
    ({"inner": {"depth": "${DEPTH}"}}, True),
    ({"inner": {"depht": 3}}, False),
    ({"inner": {"choice": [{"depth": 1}], "default": {"depth": 1}}}, True),
    ({"union": {"kind": "name", "name": "x"}}, True),
    ({"union": {"kind": "name", "number": 5}}, False),
    ({"union": {"kind": "nam", "name": "x"}}, False),
    ({"union": {"name": "x"}}, False),
    ({"union": None}, True),
    ({"amount": "all"}, True),
    ({"amount": 5}, True),
    ({"amount": "al"}, False),
    ({"amount": "${AMOUNT}"}, True),
    ({"amount": {"range": [1, 5], "default": 3}}, True),
    ({"words": ["a", "${WORD}"]}, True),
    ({"words": ["c"]}, False),
    ({"words": {"range": [1, 5], "default": 3}}, False),
    ({"code": "B"}, True),
    ({"code": "b"}, False),
    ({"code": "${CODE}"}, True),
    ({"needed": "yes"}, False),
]


@pytest.mark.parametrize(("given", "accepted"), ODD, ids=[json.dumps(given) for given, _ in ODD])
def test_parameters_of_every_shape(given: dict[str, Any], accepted: bool) -> None:
    schema = pipeline_schema(OddCatalogue())
    file = {"version": 1, "output": "a", "steps": {"a": {"use": "odd.odd", "needed": True, **given}}}
    assert (complaints(validator(schema), file) == []) is accepted


def test_what_has_no_default_is_required_and_the_docstring_is_the_hover_text() -> None:
    schema = pipeline_schema(OddCatalogue())
    file = {"version": 1, "output": "a", "steps": {"a": {"use": "odd.odd"}}}
    assert complaints(validator(schema), file) == ["$.steps.a: 'needed' is a required property"]
    text = schema["$defs"]["odd.odd"]["properties"]["use"]["description"]
    assert text == "A component with parameters of every shape.\n\nPorts of odd.odd: text (str)."
