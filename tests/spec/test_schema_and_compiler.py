"""The JSON Schema takes whatever the compiler takes, however a file is changed, and no key that it does not know."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.load import check_text
from ragkit.spec.reading.source import read
from tests.components_for_tests import CATALOGUE
from tests.spec.schema_checks import EVERYTHING, HERE, complaints


def load_plain(file: Path) -> Any:
    node = read(file, Diagnostics(), {})
    assert node is not None
    return node.plain()


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
