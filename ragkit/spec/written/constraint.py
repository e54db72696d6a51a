"""``metric operator number``: what ``subject_to`` of an objective and ``--fail-if`` of a comparison are written in."""

from __future__ import annotations

import operator as operators
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self, cast

Operator = Literal["<", "<=", ">", ">="]
OPERATORS: Mapping[Operator, Callable[[float, float], bool]] = MappingProxyType(
    {"<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge}
)
_FORM = re.compile(
    r"\s*([a-z0-9_@]+)\s*(<=|>=|<|>)\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*", re.ASCII
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constraint:
    """A metric held against a number. That the metric is a known one is for the caller to check."""

    metric: str
    operator: Operator
    limit: float

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Reads ``"recall@10 < -0.02"``; None when the text is not of that form."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        metric, operator, limit = found.groups()
        return cls(metric, cast("Operator", operator), float(limit))

    def holds(self, value: float) -> bool:
        """Whether a value fulfils the constraint."""
        return OPERATORS[self.operator](value, self.limit)

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {self.limit:g}"
