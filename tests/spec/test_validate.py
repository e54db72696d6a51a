"""Models from nodes: what fits, and what is said of what does not, at its place."""

from __future__ import annotations

import enum
import math
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.reading.source import read_text
from ragkit.spec.schema.validate import check_field, model_from


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Cat(Strict):
    kind: Literal["cat"]
    lives: int = Field(9, ge=1)


class Dog(Strict):
    kind: Literal["dog"]
    bark: str


class Filter(Strict):
    year: int
    names: list[str] = []


class Sample(Strict):
    k: int = Field(10, ge=1, le=50)
    many: int | Literal["all"] = "all"
    how: Literal["mean", "max"] = "mean"
    weights: tuple[Annotated[float, Field(gt=0)], ...] = ()
    pair: tuple[int, str] = (1, "a")
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = []
    text_or_list: str | list[str] = ""
    share: float = Field(0.5, gt=0, lt=1)
    flag: bool = False
    names: dict[str, int] = {}
    keyed: dict[Literal["x", "yy"], int] = {}
    where: Filter | None = None
    colour: Colour = Colour.RED
    file: Path | None = None
    word: str = Field("a", min_length=1, max_length=5)
    code: str = Field("A1", pattern=r"^[A-Z]\d$")
    one_or_two: list[int] = Field([1], min_length=1, max_length=2)
    step: int = Field(0, multiple_of=5)
    odd: int | Annotated[float, Field(allow_inf_nan=False)] = 0
    finite: float = Field(0.0, allow_inf_nan=False)

    @field_validator("flag")
    @classmethod
    def _not_true(cls, value: bool) -> bool:
        if value:
            raise ValueError("flag cannot be true on a Tuesday")
        return value

    @model_validator(mode="after")
    def _together(self) -> Sample:
        if self.k == 13 and self.step:
            raise ValueError("k 13 and a step do not go together")
        return self


def read(text: str) -> tuple[Node, Diagnostics]:
    diagnostics = Diagnostics()
    node = read_text(text, "f.yaml", diagnostics, {"K": "seven", "KEY": "sk-12345678"})
    assert node is not None
    return node, diagnostics


def said(text: str, model: type[BaseModel] = Sample) -> list[str]:
    node, diagnostics = read(text)
    assert model_from(node, model, "steps.a", diagnostics) is None
    return [f"{d.line}:{d.column} {d.where.removeprefix('steps.a')}: {d.message}" for d in diagnostics.errors]


def test_what_fits_is_made() -> None:
    node, diagnostics = read(
        "k: 3\nmany: all\nweights: [1, 2.5]\npair: [1, x]\npet: {kind: dog, bark: wau}\nnames: {a: 1}\n"
        "colour: blue\nfile: a/b.yaml\ntext_or_list: [a]\nwhere: {year: 2024}\nshare: .25\nfinite: 1"
    )
    made = model_from(node, Sample, "", diagnostics)
    assert made is not None
    assert made.weights == (1, 2.5)
    assert made.pair == (1, "x")
    assert isinstance(made.pet, Dog)
    assert made.colour is Colour.BLUE
    assert made.file == Path("a/b.yaml")
    assert not diagnostics.errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k: five", "1:4 .k: found 'five', expected a whole number from 1 to 50"),
        ("k: '5'", "1:4 .k: found '5', expected a whole number from 1 to 50; in quotes it is text"),
        ("flag: 'true'", "1:7 .flag: found 'true', expected true or false; in quotes it is text"),
        ("many: '5'", "1:7 .many: found '5', expected a whole number or 'all'"),
        ("k: 5.0", "1:4 .k: found 5.0, expected a whole number from 1 to 50"),
        ("k: true", "1:4 .k: found true, expected a whole number from 1 to 50"),
        ("k: 0", "1:4 .k: found 0, expected a whole number from 1 to 50"),
        ("k:", "1:3 .k: found nothing, expected a whole number from 1 to 50"),
        ("k: ${K}", "1:4 .k: found ${K}, which holds text, expected a whole number from 1 to 50"),
        ("many: al", "1:7 .many: found 'al', expected a whole number or 'all'"),
        ("how: [mean]", "1:6 .how: found a list of 1, expected 'mean' or 'max'"),
        ("weights: 1", "1:10 .weights: found 1, expected a list, each a number above 0"),
        ("weights: [1, 0]", "1:14 .weights[1]: found 0, expected a number above 0"),
        ("pair: [1]", "1:7 .pair: entry 2 of the list is missing, expected text"),
        ("pair: [1, 2]", "1:11 .pair[1]: found 2, expected text"),
        ("pet: {kind: cow}", "1:13 .pet.kind: found 'cow', expected 'cat' or 'dog'"),
        ("pet: {}", "1:1 .pet: the key 'kind' is missing, expected 'cat' or 'dog'"),
        ("pet: 5", "1:6 .pet: found 5, expected a mapping or nothing (null)"),
        ("pet: {kind: cat, lives: 0}", "1:25 .pet.lives: found 0, expected a whole number of at least 1"),
        ("pet: {kind: dog}", "1:1 .pet: the key 'bark' is missing, expected text"),
        ("pets:\n- {kind: dog, bark: a}\n- {kind: dog}", "3:3 .pets[1]: the key 'bark' is missing, expected text"),
        ("text_or_list: 5", "1:15 .text_or_list: found 5, expected text or a list, each text"),
        ("text_or_list: [a, 5]", "1:19 .text_or_list[1]: found 5, expected text"),
        ("share: 1", "1:8 .share: found 1, expected a number above 0 and below 1"),
        ("flag: yes", "1:7 .flag: found 'yes', expected true or false"),
        ("flag: true", "1:7 .flag: flag cannot be true on a Tuesday"),
        ("names: {a: b}", "1:12 .names.a: found 'b', expected a whole number"),
        ("names: [a]", "1:8 .names: found a list of 1, expected a mapping"),
        ("keyed: {z: 1}", "1:9 .keyed.z: found the key 'z': input should be 'x' or 'yy'"),
        ("where: {yeer: 1, year: 2}", "1:9 .where.yeer: unknown key 'yeer'"),
        ("where: {names: [1], year: 2}", "1:17 .where.names[0]: found 1, expected text"),
        ("where: 2024", "1:8 .where: found 2024, expected a mapping or nothing (null)"),
        ("colour: green", "1:9 .colour: found 'green', expected 'red' or 'blue'"),
        ("word: ''", "1:7 .word: found an empty text, expected text of at least 1 and at most 5 characters"),
        ("code: x", "1:7 .code: found 'x', expected text that matches '^[A-Z]\\\\d$'"),
        ("one_or_two: []", "1:13 .one_or_two: found an empty list, expected a list of at least 1 and at most 2, "
         "each a whole number"),
        ("step: 7", "1:7 .step: found 7, expected a whole number that is a multiple of 5"),
        ("finite: .inf", "1:9 .finite: found .inf: input should be a finite number"),
        ("odd: .inf", "1:6 .odd: found .inf: input should be a finite number"),
        ("kk: 1", "1:1 .kk: unknown key 'kk'"),
        ("k: 13\nstep: 5", "1:1 : k 13 and a step do not go together"),
    ],
)  # fmt: skip
def test_what_is_said(text: str, expected: str) -> None:
    assert said(text) == [expected]


def test_an_unknown_key_comes_with_those_that_are_known_and_the_nearest() -> None:
    node, diagnostics = read("shara: 1")
    model_from(node, Sample, "", diagnostics)
    (finding,) = diagnostics.errors
    assert finding.suggestion == "share"
    assert finding.allowed is not None
    assert finding.allowed.startswith("k, many, how, ")


def test_the_nearest_of_fixed_words_is_named() -> None:
    node, diagnostics = read("how: maen")
    model_from(node, Sample, "", diagnostics)
    assert diagnostics.errors[0].suggestion == "mean"


def test_unknown_keys_of_the_member_that_a_tag_names() -> None:
    node, diagnostics = read("pet: {kind: cat, bark: wau, lives: 0}")
    model_from(node, Sample, "", diagnostics)
    lives, bark = sorted(diagnostics.errors, key=lambda finding: finding.where, reverse=True)
    assert (bark.where, bark.allowed) == ("pet.bark", "kind, lives")
    assert lives.where == "pet.lives"


def test_all_errors_come_at_once() -> None:
    assert len(said("k: a\nhow: b\nshare: c\nd: e\nweights: [f, 1, g]")) == 6


def test_a_key_that_is_missing_stands_at_the_place_that_is_given() -> None:
    class Needs(Strict):
        year: int
        inner: Filter

    node, diagnostics = read("steps:\n  a: {inner: {}}")
    at = Position("f.yaml", 2, 3)
    assert model_from(node.value["steps"].value["a"], Needs, "steps.a", diagnostics, at=at) is None
    assert [(d.line, d.column, d.where, d.message) for d in diagnostics.errors] == [
        (2, 3, "steps.a", "the key 'year' is missing, expected a whole number"),
        (2, 7, "steps.a.inner", "the key 'year' is missing, expected a whole number"),
    ]


def test_what_has_been_reported_as_broken_is_not_reported_again() -> None:
    node, diagnostics = read("k: ${NONE}\nweights: [1, *none]\nhow: x")
    before = len(diagnostics)
    assert model_from(node, Sample, "", diagnostics) is None
    assert [finding.where for finding in diagnostics.errors if finding.code == "wrong-value"] == ["how"]
    assert len(diagnostics) == before + 1
    assert model_from(Node("scalar", None, node.position, broken=True), Sample, "", diagnostics) is None
    assert len(diagnostics) == before + 1


def test_a_broken_value_that_would_fit_makes_no_model() -> None:
    node, diagnostics = read("file: ${NONE}")
    assert model_from(node, Sample, "", diagnostics) is None
    assert len(diagnostics) == 1


def test_what_is_no_mapping() -> None:
    node, diagnostics = read("a: [1]")
    assert model_from(node.value["a"], Sample, "a", diagnostics) is None
    assert diagnostics.errors[0].message == "found a list of 1, expected a mapping"


def test_messages_of_validators_do_not_tell_what_variables_hold() -> None:
    class Key(Strict):
        key: str

        @field_validator("key")
        @classmethod
        def _check(cls, value: str) -> str:
            raise ValueError(f"the key {value!r} is no good")

    node, diagnostics = read("key: ${KEY}")
    assert model_from(node, Key, "", diagnostics) is None
    assert diagnostics.errors[0].message == "the key '${KEY}' is no good"


def test_numbers_that_json_does_not_know() -> None:
    class Number(Strict):
        a: float
        b: float

    node, diagnostics = read("a: .inf\nb: .nan")
    made = model_from(node, Number, "", diagnostics)
    assert made is not None
    assert made.a == math.inf
    assert math.isnan(made.b)


def test_one_field_by_itself() -> None:
    node, diagnostics = read("x: [1, 99, a]")
    choices = node.value["x"].value
    fits = [check_field(one, Sample, "k", f"s.k.choice[{i}]", diagnostics) for i, one in enumerate(choices)]
    assert fits == [True, False, False]
    assert [(d.where, d.column, d.message) for d in diagnostics.errors] == [
        ("s.k.choice[1]", 8, "found 99, expected a whole number from 1 to 50"),
        ("s.k.choice[2]", 12, "found 'a', expected a whole number from 1 to 50"),
    ]
    inner, diagnostics = read("x: {kind: cat, lives: 0}")
    assert not check_field(inner.value["x"], Sample, "pet", "s.pet", diagnostics)
    assert diagnostics.errors[0].where == "s.pet.lives"
