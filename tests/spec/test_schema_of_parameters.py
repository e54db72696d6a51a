"""The JSON Schema of parameters of every shape."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.catalogue import Catalogue
from ragkit.spec.schema.schemas import pipeline_schema
from ragkit.spec.schema.values import opened
from tests.spec.schema_checks import complaints, validator


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
