"""``better-together``: several optimisers one after the other, each going on with what the one before has found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.gepa import Gepa
from ragkit.optimize.prompts.optimizers.mipro import Mipro
from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work


class BetterTogether(Optimizer):
    """DSPy's ``BetterTogether`` (arXiv 2407.10930) with prompt strategies: ``mipro``, then ``gepa``.

    Its other half, training weights, leaves no state that a file could hold, and needs a provider that trains.
    """

    name: ClassVar[str] = "better-together"
    levels: ClassVar[tuple[Level, ...]] = tuple({"level": number} for number in range(4))
    finds: ClassVar[str] = "instructions and demos"
    strategy: ClassVar[tuple[type[Optimizer], ...]] = (Mipro, Gepa)

    def settings(self, level: Level) -> dict[str, int]:
        """Those of its parts."""
        return {
            f"{cls.name} {name}": value
            for cls in self.strategy
            for name, value in cls().settings(cls.levels[level["level"]]).items()
        }

    def most(self, size: Size, level: Level) -> Most:
        """Those of its parts, and an evaluation before and after each."""
        parts = [cls().most(size, cls.levels[level["level"]]) for cls in self.strategy]
        return sum(parts, Most((len(parts) + 1) * size.validation))

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        parts = {cls.name: cls().build(self._part(work, cls)) for cls in self.strategy}
        return dspy.BetterTogether(metric=work.metric.value, **parts)

    def arguments(self, work: Work) -> dict[str, Any]:
        """The strategy, and what each part takes."""
        own = {cls.name: cls().arguments(self._part(work, cls)) for cls in self.strategy}
        for given in own.values():
            del given["trainset"]  # shuffled anew for each part
        return {
            "trainset": list(work.train), "valset": list(work.validation), "num_threads": work.threads,
            "seed": work.seed, "strategy": " -> ".join(own), "optimizer_compile_args": own,
        }  # fmt: skip

    def compile(self, program: Any, work: Work) -> Any:
        """A program with other prompts."""
        ready = program.deepcopy()
        for _, predictor in ready.named_predictors():
            predictor.lm = predictor.lm or predictor.own_lm  # it asks for an LM on each
        return super().compile(ready, work)

    @staticmethod
    def _part(work: Work, cls: type[Optimizer]) -> Work:
        return replace(work, level=cls.levels[work.level["level"]])
