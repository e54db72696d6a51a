from __future__ import annotations

import re

import pytest

from ragkit import ports
from ragkit.cli.options import parse_choices, parse_inputs, parse_kinds
from ragkit.errors import UsageError


def test_choices_are_yaml_scalars() -> None:
    given = ["a.k=3", "a.b=0.5", "a.enabled=false", "a.use= mmr ", "a.x=1e-3", "a.t=x=y", "a.n="]
    assert parse_choices(given) == {
        "a.k": 3, "a.b": 0.5, "a.enabled": False, "a.use": "mmr", "a.x": 0.001, "a.t": "x=y", "a.n": None,
    }  # fmt: skip
    assert parse_choices(None) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [(["k"], "takes STEP.PARAM=VALUE, not 'k'"), (["=3"], "not '=3'"), (["a=1", "a=2"], "--set a stands twice")],
)
def test_wrong_choices(given: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_choices(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["multi"], "--map takes KIND=LABEL, not 'multi'"),
        (["multi="], "--map takes KIND=LABEL, not 'multi='"),
        (["multy=two"], "did you mean 'multi'"),
        (["multi=two", "single=one", "multi=three"], "--map multi stands twice"),
    ],
)
def test_wrong_labels_of_kinds(given: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        parse_kinds(given)
    assert parse_kinds(["multi = two", "single=one"]) == {"multi": "two", "single": "one"}


def test_inputs_are_read_by_their_type() -> None:
    declared = {
        "lang": ports.STR, "k": ports.INT, "cut": ports.FLOAT, "deep": ports.BOOL, "tags": ports.list_of(ports.STR),
    }  # fmt: skip
    given = ["lang=12", "k=12", "cut=3", "deep=true", 'tags=["a", "b"]', "unknown=x"]
    assert parse_inputs(given, declared) == {
        "lang": "12", "k": 12, "cut": 3, "deep": True, "tags": ["a", "b"], "unknown": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["k=twelve"], "--input k is 'twelve'; the pipeline declares it as int"),
        (["k=1.5"], "declares it as int"),
        (["k=true"], "declares it as int"),
        (["question=x"], "the question is not given this way"),
        (["k=1", "k=2"], "--input k stands twice"),
        (["k"], "takes NAME=VALUE"),
    ],
)
def test_wrong_inputs(given: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_inputs(given, {"k": ports.INT})
