"""The search space of a plan: its marks, which of them count under a choice, and values for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ragkit.errors import UsageError
from ragkit.spec.plan import Plan, SearchMark

if TYPE_CHECKING:
    import optuna

Part = Literal["numbers", "structure"]
_PARTS: Mapping[str, Part] = {"choice": "numbers", "range": "numbers", "one_of": "structure", "enabled": "structure"}


def marks_of(plan: Plan, only: Part | None, *, needed: bool = True) -> tuple[SearchMark, ...]:
    """The marks to search over, those first on which others depend.

    Args:
        plan: The plan.
        only: ``numbers`` (values of parameters) or ``structure`` (which component, whether a step is there); None: all.
        needed: Having none is an error.

    Raises:
        UsageError: There are none.
    """
    found = [mark for mark in plan.space if only is None or _PARTS[mark.kind] == only]
    if not found and needed:
        has = f"; it leaves open {', '.join(mark.path for mark in plan.space)}" if plan.space else ""
        raise UsageError(
            f"{plan.file.name} leaves open no {only or 'values'}{has}",
            hint="`enabled: {choice: [true, false], default: true}` on a step leaves open whether it is there"
            if only == "structure"
            else "write a search mark in the place of a value: {range: [3, 20], default: 10}",
        )
    return tuple(sorted(found, key=lambda mark: len(mark.when)))


def defaults(marks: Sequence[SearchMark]) -> dict[str, Any]:
    """What a plain run takes."""
    return active({mark.path: mark.default for mark in marks}, marks)


def cheapest(marks: Sequence[SearchMark]) -> dict[str, Any]:
    """The lowest of every range and of every choice among numbers; optional steps off; else the default.

    Fewer candidates, passages and rounds cost less, so this is where a search begins after the default.
    """
    return active({mark.path: _lowest(mark) for mark in marks}, marks)


def combinations(marks: Sequence[SearchMark]) -> int | None:
    """How many different trials there can be at most; None where a range has no end of values."""
    found = 1
    for mark in marks:
        if mark.kind != "range":
            found *= len(mark.choices)
            continue
        assert mark.low is not None and mark.high is not None
        step = mark.step or (1 if mark.integer else None)
        if step is None:
            return None
        found *= int((mark.high - mark.low) / step + 1e-9) + 1
    return found


def active(values: Mapping[str, Any], marks: Sequence[SearchMark]) -> dict[str, Any]:
    """The values of those marks that count under them: marks of an alternative only while it is chosen."""
    known = {mark.path for mark in marks}
    found: dict[str, Any] = {}
    for mark in marks:
        if all(found.get(path, _default(path, marks)) == value for path, value in mark.when if path in known):
            found[mark.path] = values[mark.path]
    return found


def suggest(trial: optuna.Trial, marks: Sequence[SearchMark]) -> dict[str, Any]:
    """Values for a trial; only marks that count are drawn."""
    found: dict[str, Any] = {}
    known = {mark.path for mark in marks}
    for mark in marks:
        if all(found.get(path) == value for path, value in mark.when if path in known):
            found[mark.path] = _drawn(trial, mark)
    return found


def _drawn(trial: optuna.Trial, mark: SearchMark) -> Any:
    if mark.kind != "range":
        # Optuna keeps choices of plain types only; the place among the choices is one whatever they are.
        return mark.choices[trial.suggest_categorical(mark.path, range(len(mark.choices)))]
    assert mark.low is not None and mark.high is not None
    if mark.integer:
        step = 1 if mark.step is None else int(mark.step)
        return trial.suggest_int(mark.path, int(mark.low), int(mark.high), step=step, log=mark.log)
    return trial.suggest_float(mark.path, mark.low, mark.high, step=mark.step, log=mark.log)


def encoded(values: Mapping[str, Any], marks: Sequence[SearchMark]) -> dict[str, Any]:
    """Values as ``suggest`` draws them: choices by their place. What ``Study.enqueue_trial`` takes."""
    by_path = {mark.path: mark for mark in marks}
    return {
        path: value if by_path[path].kind == "range" else _place(value, by_path[path].choices)
        for path, value in values.items()
    }


def _place(value: Any, choices: Sequence[Any]) -> int:
    return next(
        i for i, choice in enumerate(choices) if choice == value and isinstance(choice, bool) == isinstance(value, bool)
    )


def _lowest(mark: SearchMark) -> Any:
    if mark.kind == "range":
        return int(mark.low) if mark.integer and mark.low is not None else mark.low
    if mark.kind == "enabled":
        return False if False in mark.choices else mark.default
    numbers = [choice for choice in mark.choices if isinstance(choice, (int, float)) and not isinstance(choice, bool)]
    return min(numbers) if len(numbers) == len(mark.choices) else mark.default


def _default(path: str, marks: Sequence[SearchMark]) -> Any:
    return next(mark.default for mark in marks if mark.path == path)
