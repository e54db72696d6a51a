"""The core schema of YAML 1.2, against the specification's own table (section 10.3.2) and YAML 1.1's surprises."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.spec.reading.scalars import resolve


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing(text: str) -> None:
    assert resolve(text) is None


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "y", "N", "tRUE", "nULL", "None", "12:30", "1:2:3"])
def test_what_yaml_1_1_read_otherwise_is_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("0", 0),
        ("-19", -19),
        ("+7", 7),
        ("010", 10),
        ("0o14", 12),
        ("0x3A", 58),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("-0x1", "-0x1"),
        ("2024-01-01", "2024-01-01"),
        ("٣", "٣"),
        ("=", "="),
    ],
)
def test_values(text: str, value: object) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"), [("1.", 1.0), (".5", 0.5), ("-1e3", -1000.0), ("12e03", 12000.0), ("+1.5E-2", 0.015)]
)
def test_numbers(text: str, value: float) -> None:
    found = resolve(text)
    assert isinstance(found, float)
    assert found == value


def test_what_is_no_number() -> None:
    assert resolve(".inf") == math.inf
    assert resolve("-.Inf") == -math.inf
    nan = resolve(".NaN")
    assert isinstance(nan, float)
    assert math.isnan(nan)
    for text in ("inf", "nan", ".", "e5", "1e", "--1", "1 "):
        assert resolve(text) == text


def test_numbers_that_do_not_fit_are_not_changed_silently() -> None:
    with pytest.raises(OverflowError, match="80 digits"):
        resolve("9" * 80)
    with pytest.raises(OverflowError, match=r"1\.8e308"):
        resolve("1e999")
    with pytest.raises(OverflowError, match="5000 digits"):
        resolve("9" * 5000)


@given(st.integers(-(10**40), 10**40))
def test_every_integer_reads_back(number: int) -> None:
    assert resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_back(number: float) -> None:
    assert resolve(repr(number)) == number


@given(st.text(max_size=80))
def test_any_text_has_a_value(text: str) -> None:
    value = resolve(text)
    assert value is None or isinstance(value, (str, int, float, bool))
    if isinstance(value, str):
        assert value == text
