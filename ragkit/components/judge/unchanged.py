"""``judge.unchanged``: has anything come of the last round?"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

from ragkit.component import Component, Parameters
from ragkit.types import Answer, Decision, Passage, Passages, Result

_MARKERS = re.compile(r"\[\d+(?:\s*[,;-]\s*\d+)*\]")
_EDGES = re.compile(r"^\W+|\W+$")


class Verdict(NamedTuple):
    """What ``judge.unchanged`` gives."""

    unchanged: bool


class Unchanged(Component):
    """Compares two values and says whether they are the same: the cheapest reason to stop a loop.

    Use it in ``until`` of a ``flow.loop``: when an answer, a query or a list of passages no longer changes, another
    round will not change it either. Texts are compared without case, spacing, Unicode variants of a character, citation
    numbers in brackets and punctuation at their ends; answers by their text and by whether they abstain; lists of
    passages by which passages they hold, in any order; other values as they are. Values of different kinds differ.

    Cost: none. Shape: two values in, one bool out. Ports: ``unchanged`` (bool).

    Source: the loops of Iter-RetGen (arXiv 2305.15294, Section 3), which run a fixed number of rounds; this is the
    stop that they leave out, and what Adaptive-Note (arXiv 2410.08821, Section 3) asks an LM for.

    Errors: none.

    YAML::

        steps:
          first: {use: retrieve.dense, k: 5}
          second: {use: retrieve.bm25, k: 5}
          same: {use: judge.unchanged, before: first, after: second}
          more: {use: retrieve.hybrid, k: 10, when: {not: same.unchanged}}
          found: {use: flow.first, of: [more, first]}
        output: found

    Python::

        from ragkit.components.judge.unchanged import Unchanged

        judge = Unchanged(Unchanged.Params())
        assert judge.run("The answer is k* + 5 [1].", "the answer is  K* + 5 [2]").value.unchanged
        assert not judge.run("k* + 5", "k* + 6").value.unchanged
    """

    class Params(Parameters):
        """``judge.unchanged`` has no parameters."""

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)

    def run(self, before: Any, after: Any) -> Result[Verdict]:
        """Compares the two values."""
        left, right = _comparable(before), _comparable(after)
        same = type(left) is type(right) and left == right
        kind = _noun(after)
        reason = f"the {kind} is the same as before" if same else f"the {kind} changed"
        return Result(Verdict(same), Decision("stop", reason, score=float(same), threshold=1.0))


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        plain = _MARKERS.sub(" ", unicodedata.normalize("NFKC", value)).casefold()
        return _EDGES.sub("", " ".join(plain.split())) or " ".join(plain.split())
    if isinstance(value, Answer):
        return (value.abstained, _comparable(value.text))
    if isinstance(value, Passages):
        return frozenset(passage.id for passage in value)
    if isinstance(value, Passage):
        return value.id
    if isinstance(value, (list, tuple)):
        return tuple(_comparable(element) for element in value)
    if isinstance(value, dict):
        return {key: _comparable(element) for key, element in value.items()}
    return value


def _noun(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, Answer):
        return "answer"
    return "set of passages" if isinstance(value, Passages) else "value"
