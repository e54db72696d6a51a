"""What a component declares, as records: needs, bounds and ports. ``ragkit.component`` is the contract itself."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.ports import PortType


class Need(enum.Enum):
    """What a step needs before it can run; ``ragkit validate`` prints them."""

    INDEX = "index"
    ENCODER = "encoder"
    LM = "lm"
    LOGPROBS = "log-probabilities"
    CROSS_ENCODER = "cross-encoder"
    LOCAL_LM = "local language model"


@dataclass(frozen=True, slots=True)
class Calls:
    """The most requests that one run of a step can make."""

    retrievals: int = 0
    lm: int = 0

    def __add__(self, other: Calls) -> Calls:
        return Calls(self.retrievals + other.retrievals, self.lm + other.lm)

    def __mul__(self, times: int) -> Calls:
        return Calls(self.retrievals * times, self.lm * times)


@dataclass(frozen=True, slots=True)
class InputPort:
    """An argument of ``run``. ``is_list`` ports take several references and are given ``Parts``.

    A required port must be written. Where ``skips`` is False its step runs although it gets nothing, and says itself
    what that means.
    """

    name: str
    type: PortType
    required: bool
    is_list: bool = False
    default: Any = None
    skips: bool = True


@dataclass(frozen=True, slots=True)
class OutputPort:
    """A field of what ``run`` returns."""

    name: str
    type: PortType


@dataclass(frozen=True, slots=True)
class FlowKey:
    """A key of a ``flow.*`` step and how it is read.

    ``reference`` is one port value, ``references`` a list of them, ``source`` a reference into the body, ``condition``
    a condition, ``steps`` a scope's steps, ``branches`` a mapping of scopes, ``bindings`` a mapping of names to port
    values, ``sources`` a mapping of names to references into the body, ``path`` a file, ``name`` and ``count`` plain
    values.
    """

    kind: Literal[
        "reference", "references", "source", "sources", "condition", "steps", "branches", "bindings", "path", "name",
        "count",
    ]  # fmt: skip
    required: bool
    description: str
