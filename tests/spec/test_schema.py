"""The JSON Schemas: valid, up to date, and of one mind with the compiler about shipped files and broken ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.corpus.config import CorpusSpec
from ragkit.spec.load import check
from ragkit.spec.schema.schemas import (
    CORPUS_FILE,
    PIPELINE_FILE,
    corpus_schema,
    pipeline_schema,
    schemas,
    stale_schemas,
    write_schemas,
)
from tests.components_for_tests import CATALOGUE
from tests.spec.schema_checks import EVERYTHING, HERE, complaints, document, validator

REPOSITORY = HERE.parent.parent
SPEC = REPOSITORY / "ragkit" / "spec"
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


@pytest.fixture(scope="module")
def shipped() -> jsonschema.Draft202012Validator:
    return validator(pipeline_schema(Catalogue()))


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
