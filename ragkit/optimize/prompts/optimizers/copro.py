"""``copro``: instructions by coordinate ascent, a step at a time."""

from __future__ import annotations

from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work


class Copro(Optimizer):
    """DSPy's ``COPRO``. Dear where there are several steps: every candidate of each is run again in every round."""

    name: ClassVar[str] = "copro"
    levels: ClassVar[tuple[Level, ...]] = (
        {"breadth": 6, "depth": 3},
        {"breadth": 4, "depth": 2},
        {"breadth": 3, "depth": 1},
        {"breadth": 2, "depth": 1},
    )
    finds: ClassVar[str] = "instructions"

    def most(self, size: Size, level: Level) -> Most:
        """Every candidate on every question to learn from; of several steps all so far, in each round."""
        breadth, depth = level["breadth"], level["depth"]
        rounds = depth * (depth + 1) // 2 if size.predictors > 1 else depth
        return Most(
            rounds * breadth * size.predictors * size.train,
            size.predictors * (breadth - 1 + (depth - 1) * breadth),
        )

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        return dspy.COPRO(
            prompt_model=work.prompter, metric=work.metric.value, breadth=work.level["breadth"],
            depth=work.level["depth"],
        )  # fmt: skip

    def arguments(self, work: Work) -> dict[str, Any]:
        """How it evaluates."""
        quiet = {"num_threads": work.threads, "display_progress": False}
        return {"trainset": list(work.train), "eval_kwargs": quiet}
