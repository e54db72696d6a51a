"""Each source and each chunker shows in its docstring how it is written, and what it shows is right."""

from __future__ import annotations

import inspect
import textwrap
import typing
from typing import Any

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from ragkit.corpus.chunks import ChunkSpec
from ragkit.corpus.loaders import SourceSpec


def members(union: Any) -> list[Any]:
    return list(typing.get_args(typing.get_args(union)[0]))


CASES = [(model, "source", SourceSpec) for model in members(SourceSpec)]
CASES += [(model, "chunks", ChunkSpec) for model in members(ChunkSpec)]


@pytest.mark.parametrize(("model", "key", "union"), CASES, ids=[case[0].__name__ for case in CASES])
def test_the_example_is_right(model: Any, key: str, union: Any) -> None:
    shown = textwrap.dedent((inspect.getdoc(model) or "").partition("YAML::\n\n")[2])
    value = YAML(typ="safe", pure=True).load(shown)
    assert list(value) == [key]
    assert type(TypeAdapter(union).validate_python(value[key])) is model
