"""References and conditions of a plan, compiled to functions of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ragkit.engine.frame import NOTHING, Frame
from ragkit.spec.plan import AllOf, AnyOf, Condition, Constant, Gather, Not, Source, Test, Value
from ragkit.types import Parts

Reader = Callable[[Frame], Any]


def reader(value: Value) -> Reader:
    """A function that reads a value in a frame, or gives ``NOTHING``."""
    if isinstance(value, Source):
        return _source(value)
    if isinstance(value, Constant):
        constant = value.value
        return lambda frame: constant
    return _gather(value)


def _source(source: Source) -> Reader:
    up, slot = source.up, source.slot
    if up == 0:
        return lambda frame: frame.values[slot]
    if up == 1:
        return lambda frame: frame.parent.values[slot]  # type: ignore[union-attr]

    def read(frame: Frame) -> Any:
        current: Frame | None = frame
        for _ in range(up):
            assert current is not None
            current = current.parent
        assert current is not None
        return current.values[slot]

    return read


def _gather(gather: Gather) -> Reader:
    parts = tuple((reader(element), splice) for element, splice in zip(gather.elements, gather.spliced, strict=True))

    def read(frame: Frame) -> Any:
        items: list[Any] = []
        origins: list[int] = []
        there = False
        for origin, (read_part, splice) in enumerate(parts):
            value = read_part(frame)
            if value is NOTHING:
                continue
            there = True
            if splice:
                items.extend(value)
                origins.extend([origin] * len(value))
            else:
                items.append(value)
                origins.append(origin)
        return Parts(items, origins) if there else NOTHING

    return read


def condition(given: Condition) -> Callable[[Frame], bool]:
    """A function that tests a condition; on nothing it is false, also when negated."""
    test = _test(given)
    return lambda frame: test(frame) is True


def _test(given: Condition) -> Callable[[Frame], bool | None]:
    """Three-valued: None where a port that is read holds nothing."""
    if isinstance(given, Test):
        return _port_test(given)
    if isinstance(given, Not):
        inner = _test(given.condition)

        def negate(frame: Frame) -> bool | None:
            value = inner(frame)
            return None if value is None else not value

        return negate
    tests = tuple(_test(c) for c in given.conditions)
    if isinstance(given, AnyOf):
        return lambda frame: _any(test(frame) for test in tests)
    assert isinstance(given, AllOf)
    return lambda frame: _all(test(frame) for test in tests)


def _any(values: Iterable[bool | None]) -> bool | None:
    unknown = False
    for value in values:
        if value:
            return True
        unknown = unknown or value is None
    return None if unknown else False


def _all(values: Iterable[bool | None]) -> bool | None:
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def _port_test(test: Test) -> Callable[[Frame], bool | None]:
    read = _source(test.source)
    operand = test.operand
    compare: dict[str, Callable[[Any], bool]] = {
        "true": lambda value: value is True,
        "is": lambda value: bool(value == operand),
        "at_least": lambda value: bool(value >= operand),
        "at_most": lambda value: bool(value <= operand),
    }
    decide = compare[test.op]

    def check(frame: Frame) -> bool | None:
        value = read(frame)
        return None if value is NOTHING else decide(value)

    return check


def sources(given: Condition) -> tuple[Source, ...]:
    """Every port that a condition reads, for the reason that a skipped step gives."""
    if isinstance(given, Test):
        return (given.source,)
    if isinstance(given, Not):
        return sources(given.condition)
    return tuple(source for inner in given.conditions for source in sources(inner))


def describe(given: Condition) -> str:
    """A condition in words, as a trace prints it."""
    if isinstance(given, Test):
        if given.op == "true":
            return given.source.text
        return f"{given.source.text} {given.op.replace('_', ' ')} {given.operand!r}"
    if isinstance(given, Not):
        return f"not {describe(given.condition)}"
    word = " or " if isinstance(given, AnyOf) else " and "
    return f"({word.join(describe(c) for c in given.conditions)})"
