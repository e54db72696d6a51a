"""Metadata filters: which passages may be found.

A filter is a mapping. Each key is a name of the metadata, and all of them must hold::

    {year: 2024}                                  equal; where the metadata is a list: one of its elements is equal
    {kind: [survey, benchmark]}                   any of these
    {year: {at_least: 2020, at_most: 2024}}       all of these tests
    {any: [{year: 2024}, {kind: survey}]}         one of these filters
    {all: [...]}, {not: {...}}                    all of them, not this one

Tests: ``is`` (equal), ``not`` (not equal), ``at_least``, ``at_most``, ``in`` (one of a list), ``contains`` (a list has
this element, a text this part). A passage whose metadata has not the key fails every test but ``not``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ragkit.errors import UsageError, did_you_mean

Test = Callable[[Mapping[str, Any]], bool]
_GROUPS = ("any", "all", "not")
_MISSING = object()


def compile_filter(where: Mapping[str, Any], known: Iterable[str]) -> Test:
    """A function that says of a passage's metadata whether the filter holds.

    Args:
        where: The filter.
        known: The names that the corpus's metadata has.

    Raises:
        UsageError: The filter names something the corpus does not have, or a test that does not exist, or has a value
            of the wrong type.
    """
    return _all(_parts(where, frozenset(known)))


class _Every(frozenset[str]):
    """Every name there could be."""

    def __contains__(self, name: object) -> bool:
        return True


def well_formed(where: dict[str, Any] | None) -> dict[str, Any] | None:
    """The filter itself, for a field of a pydantic model.

    Raises:
        ValueError: Its tests or their values are wrong, whatever metadata the corpus has.
    """
    try:
        _all(_parts(where or {}, _Every()))
    except UsageError as error:
        raise ValueError(f"{error.message} ({error.hint})" if error.hint else error.message) from None
    return where


def _parts(where: Any, known: frozenset[str]) -> list[Test]:
    if not isinstance(where, Mapping):
        raise UsageError(f"a filter is a mapping of metadata names to values, not {where!r}")
    return [_group(key, value, known) if key in _GROUPS else _field(key, value, known) for key, value in where.items()]


def _group(key: str, value: Any, known: frozenset[str]) -> Test:
    if key == "not":
        inner = _all(_parts(value, known))
        return lambda metadata: not inner(metadata)
    if not isinstance(value, (list, tuple)):
        raise UsageError(f"{key!r} in a filter takes a list of filters, not {value!r}")
    filters = [_all(_parts(one, known)) for one in value]
    return _all(filters) if key == "all" else _any(filters)


def _field(key: str, value: Any, known: frozenset[str]) -> Test:
    if key not in known:
        names = ", ".join(sorted(known)) if known else "none"
        raise UsageError(
            f"the filter names {key!r}, which no document of the corpus has{did_you_mean(key, known)}",
            hint=f"the metadata of this corpus: {names}",
        )
    if isinstance(value, Mapping):
        tests = [_test(key, name, operand) for name, operand in value.items()]
    else:
        tests = [_test(key, "in" if isinstance(value, (list, tuple)) else "is", value)]
    return lambda metadata: all(test(metadata.get(key, _MISSING)) for test in tests)


def _test(key: str, name: str, operand: Any) -> Callable[[Any], bool]:
    make = _TESTS.get(name)
    if make is None:
        raise UsageError(
            f"unknown test {name!r} on {key!r} in a filter{did_you_mean(name, _TESTS)}",
            hint=f"the tests: {', '.join(_TESTS)}",
        )
    return make(key, operand)


def _is(key: str, operand: Any) -> Callable[[Any], bool]:
    return lambda value: (
        _equal(value, operand)
        or (isinstance(value, (list, tuple)) and any(_equal(element, operand) for element in value))
    )


def _not(key: str, operand: Any) -> Callable[[Any], bool]:
    same = (_in if isinstance(operand, (list, tuple)) else _is)(key, operand)
    return lambda value: not same(value)


def _in(key: str, operand: Any) -> Callable[[Any], bool]:
    if not isinstance(operand, (list, tuple)):
        raise UsageError(f"'in' on {key!r} in a filter takes a list, not {operand!r}")
    tests = [_is(key, one) for one in operand]
    return lambda value: any(test(value) for test in tests)


def _contains(key: str, operand: Any) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        if isinstance(value, (list, tuple)):
            return any(_equal(element, operand) for element in value)
        return isinstance(value, str) and isinstance(operand, str) and operand in value

    return holds


def _bound(key: str, operand: Any, low: bool) -> Callable[[Any], bool]:
    if isinstance(operand, bool) or not isinstance(operand, (int, float, str)):
        raise UsageError(f"a bound on {key!r} in a filter is a number or a text, not {operand!r}")
    kind: Any = str if isinstance(operand, str) else (int, float)

    def holds(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, kind):
            return False
        return bool(value >= operand if low else value <= operand)

    return holds


_TESTS: Mapping[str, Callable[[str, Any], Callable[[Any], bool]]] = {
    "is": _is,
    "not": _not,
    "at_least": lambda key, operand: _bound(key, operand, True),
    "at_most": lambda key, operand: _bound(key, operand, False),
    "in": _in,
    "contains": _contains,
}


def _equal(value: Any, operand: Any) -> bool:
    # True is no 1 here: metadata came from JSON, where they differ.
    return isinstance(value, bool) == isinstance(operand, bool) and bool(value == operand)


def _all(tests: list[Test]) -> Test:
    return lambda metadata: all(test(metadata) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda metadata: any(test(metadata) for test in tests)
