"""``better-together``: several optimisers one after the other, each going on with what the one before has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.gepa import Gepa
from ragkit.optimize.prompts.optimizers.mipro import Mipro
from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work

ARROW = " -> "


class BetterTogether(Optimizer):
    """DSPy's ``BetterTogether`` (arXiv 2407.10930) with strategies of prompt optimisers.

    Its other half, training weights, leaves no state that a file could hold, and needs a provider that trains.

    Args:
        strategy: The optimisers in their order; one may come several times.
    """

    name: ClassVar[str] = "better-together"
    levels: ClassVar[tuple[Level, ...]] = tuple({"level": number} for number in range(4))
    finds: ClassVar[str] = "instructions and demos"

    def __init__(self, strategy: Sequence[type[Optimizer]] = (Mipro, Gepa)) -> None:
        self.strategy = tuple(strategy)

    @property
    def order(self) -> str:
        """The names of its parts in their order, as DSPy writes a strategy."""
        return ARROW.join(cls.name for cls in self.strategy)

    def settings(self, level: Level) -> dict[str, int]:
        """Those of its parts."""
        return {
            f"{cls.name} {name}": value
            for cls in self.strategy
            for name, value in cls().settings(_level(cls, level)).items()
        }

    def most(self, size: Size, level: Level) -> Most:
        """Those of its parts, and an evaluation before and after each."""
        parts = [cls().most(size, _level(cls, level)) for cls in self.strategy]
        return sum(parts, Most((len(parts) + 1) * size.validation))

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        parts = {cls.name: cls().build(_part(work, cls)) for cls in self.strategy}
        return dspy.BetterTogether(metric=work.metric.value, **parts)

    def arguments(self, work: Work) -> dict[str, Any]:
        """The strategy, and what each part takes."""
        own = {cls.name: cls().arguments(_part(work, cls)) for cls in self.strategy}
        for given in own.values():
            del given["trainset"]  # shuffled anew for each part
        return {
            "trainset": list(work.train), "valset": list(work.validation), "num_threads": work.threads,
            "seed": work.seed, "strategy": self.order,
            "optimizer_compile_args": own,
        }  # fmt: skip

    def compile(self, program: Any, work: Work) -> Any:
        """A program with other prompts."""
        ready = program.deepcopy()
        for _, predictor in ready.named_predictors():
            predictor.lm = predictor.lm or predictor.own_lm  # it asks for an LM on each
        return super().compile(ready, work)


def _level(cls: type[Optimizer], level: Level) -> Level:
    """The level of a part: as thorough as the whole, or the cheapest that it has."""
    return cls.levels[min(level["level"], len(cls.levels) - 1)]


def _part(work: Work, cls: type[Optimizer]) -> Work:
    return replace(work, level=_level(cls, work.level))
