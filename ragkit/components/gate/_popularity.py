"""How popular names are: a file of counts beside the pipeline, and the names of it that stand in a question."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainSerializer, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from ragkit.components.gate.methods.likeness import words
from ragkit.errors import UsageError


class CountsName(str):
    """A file of counts as a pipeline names it; ``path`` is where it is, ``digest`` the SHA-256 of what stood in it."""

    path: Path = Path()
    digest: str = ""


def _named(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> CountsName:
    if isinstance(value, CountsName):
        return value
    name = CountsName(handler(value))
    name.path = Path((info.context or {}).get("folder") or ".") / Path(name).expanduser()
    if not name.path.is_file():
        raise ValueError(f"there is no file {str(name)!r} beside this pipeline")
    name.digest = sha256(name.path.read_bytes()).hexdigest()
    return name


def _said(value: str) -> str:
    digest = getattr(value, "digest", "")
    return f"{value} (sha256:{digest[:16]})"


CountsFile = Annotated[str, WrapValidator(_named), PlainSerializer(_said)]
"""The type of a parameter that names a file of counts; what stands in it is part of the pipeline's hash."""


class Counts:
    """Names and how often each is looked up, read or written about.

    Args:
        counts: For each name, as its words, its count.
        digest: The SHA-256 of the file.
    """

    def __init__(self, counts: Mapping[tuple[str, ...], float], digest: str) -> None:
        self._counts = counts
        self._longest = max(map(len, counts), default=0)
        self.digest = digest

    @classmethod
    def of(cls, given: Mapping[str, float]) -> Counts:
        """The counts of a mapping."""
        body = json.dumps(dict(given), sort_keys=True).encode()
        return cls({tuple(words(name)): float(count) for name, count in given.items()}, sha256(body).hexdigest())

    @classmethod
    def read(cls, path: Path) -> Counts:
        """Reads JSON Lines of ``{"name": …, "count": …}``; of a name that stands there twice the higher count.

        Raises:
            UsageError: A line is no such object, or the file has none.
        """
        return _read(path, path.stat().st_mtime_ns)

    def found(self, question: str) -> dict[str, float]:
        """The names that stand in a question, from the left, the longest first, and their counts."""
        said = words(question)
        found: dict[str, float] = {}
        at = 0
        while at < len(said):
            for length in range(min(self._longest, len(said) - at), 0, -1):
                name = tuple(said[at : at + length])
                if name in self._counts:
                    found[" ".join(name)] = self._counts[name]
                    at += length
                    break
            else:
                at += 1
        return found


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Counts:
    body = path.read_bytes()
    counts: dict[tuple[str, ...], float] = {}
    for number, line in enumerate(body.decode("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        entry = _entry(line)
        if entry is None:
            raise UsageError(
                f"{path}:{number} is not a name and its count",
                hint='write lines like {"name": "Paris", "count": 81250}',
            )
        name, count = entry
        counts[name] = max(count, counts.get(name, 0.0))
    if not counts:
        raise UsageError(f"the file of counts {str(path)!r} is empty")
    return Counts(counts, sha256(body).hexdigest())


def _entry(line: str) -> tuple[tuple[str, ...], float] | None:
    """A line's name, as its words, and its count; None where it is something else."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    name, count = row.get("name"), row.get("count")
    if not isinstance(name, str) or isinstance(count, bool) or not isinstance(count, (int, float)):
        return None
    return (tuple(words(name)), float(count)) if words(name) and 0 <= count < 1e300 else None
