"""One parameter of a step with another value: where an overlay can hold it, and how the file would say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragkit.errors import UsageError
from ragkit.spec.edit import Place, places, set_value
from ragkit.spec.plan import Step
from ragkit.spec.reading.lexical import Places


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter of one step with another value.

    ``mark`` is the path under which an overlay can hold it; None where the file has no search mark there that allows
    the value. ``file`` is the one that the step stands in, which may be included; ``text`` is all of it with the value
    in its place, and ``line`` the line of it that differs. ``also`` are the other steps that this line is: a file can
    be included more than once.
    """

    step: str
    parameter: str
    before: Any
    after: Any
    mark: str | None
    file: Path
    text: str | None
    line: str | None
    also: tuple[str, ...] = ()


def in_text(file: Path, step: Step, chosen: str | None, parameter: str, value: Any) -> tuple[str, str]:
    """The file with the value in its place, and the line that is another one then.

    Args:
        file: The file that the step stands in.
        step: The step.
        chosen: The alternative that was chosen, where the step has several.
        parameter: The parameter.
        value: Its value.

    Raises:
        UsageError: The place cannot be changed by itself: it is an alias of another one.
    """
    text = file.read_text(encoding="utf-8-sig")
    top = places(text)
    path = _path_of(top, Places(str(file), text), step)
    if path is None:
        raise UsageError(f"step {step.path!r} is not found in {file.name}")
    way = (*path, "one_of", str(chosen))
    if chosen is not None and top.find((*path, parameter)) is None and top.find(way) is not None:
        path = way
    changed = set_value(text, (*path, parameter), value)
    old, new = text.splitlines(), changed.splitlines()
    differs = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(new) - 1)
    return changed, new[differs].strip()


def _path_of(place: Place, lines: Places, step: Step, path: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """The keys that lead to a step, found by the place of its name."""
    for key, (start, inner) in place.entries.items():
        here = (*path, key)
        position = lines.at(start)
        if (position.line, position.column) == (step.position.line, step.position.column):
            return here
        found = _path_of(inner, lines, step, here)
        if found is not None:
            return found
    return None
