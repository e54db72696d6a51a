"""Questions to begin with: one of each kind, from the question file beside a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson

KINDS = {
    "single": "one fact",
    "multi": "several documents",
    "aggregate": "a list",
    "none": "needs no search",
    "unanswerable": "not in the corpus",
}
_MOST = 2_000


class Example(NamedTuple):
    """A question and its kind."""

    kind: str
    question: str


def examples_of(path: Path) -> list[Example]:
    """The shortest question of each kind, in the order of ``KINDS``; none where there is no such file.

    A line that is no question is passed over: ``ragkit data check`` is who complains about it.
    """
    found: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            lines = [line for line, _ in zip(file, range(_MOST), strict=False)]
    except OSError:
        return []
    for line in lines:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if not isinstance(row, dict) or row.get("kind") not in KINDS or not isinstance(row.get("question"), str):
            continue
        kind, question = row["kind"], row["question"]
        if kind not in found or len(question) < len(found[kind]):
            found[kind] = question
    return [Example(kind, found[kind]) for kind in KINDS if kind in found]
