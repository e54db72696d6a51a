"""The contract of an optimiser: sizes known before anything is sent, and a program with other prompts after."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ragkit.optimize.prompts.metric import Metric

Level = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to work on: questions to learn from, to choose by, and predictors."""

    train: int
    validation: int
    predictors: int


@dataclass(frozen=True, slots=True)
class Most:
    """The most that an optimiser does: runs of a question, and requests for proposals."""

    runs: int
    proposals: int = 0

    def __add__(self, other: Most) -> Most:
        return Most(self.runs + other.runs, self.proposals + other.proposals)

    def requests(self, each: int) -> int:
        """LM requests, where a run takes at most ``each`` of them. Repeats of requests that failed come on top."""
        return self.runs * each + self.proposals


@dataclass(frozen=True, slots=True)
class Work:
    """What an optimiser works with.

    ``train`` and ``validation`` are DSPy examples; ``prompter`` is the LM that writes proposals; ``level`` how thorough
    the optimiser is.
    """

    train: Sequence[Any]
    validation: Sequence[Any]
    metric: Metric
    prompter: Any
    level: Level
    threads: int
    seed: int


class Optimizer(ABC):
    """One of DSPy's optimisers.

    Attributes:
        levels: How thorough it can be, the most thorough first: a budget takes the first that it pays for.
        finds: What it changes, in a word for the card.
    """

    name: ClassVar[str]
    levels: ClassVar[tuple[Level, ...]]
    finds: ClassVar[str]

    def settings(self, level: Level) -> dict[str, int]:
        """A level as the card tells it."""
        return dict(level)

    @abstractmethod
    def most(self, size: Size, level: Level) -> Most:
        """The most that it does at a level."""

    @abstractmethod
    def build(self, work: Work) -> Any:
        """DSPy's own optimiser."""

    def arguments(self, work: Work) -> dict[str, Any]:
        """What its ``compile`` takes beside the program."""
        return {"trainset": list(work.train)}

    def compile(self, program: Any, work: Work) -> Any:
        """A program with other prompts; the given one is left as it is."""
        return self.build(work).compile(program, **self.arguments(work))
