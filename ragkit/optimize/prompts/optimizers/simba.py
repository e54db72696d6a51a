"""``simba``: rules and examples from questions that sometimes go well and sometimes do not."""

from __future__ import annotations

from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work


class Simba(Optimizer):
    """DSPy's ``SIMBA``. It reads ragkit's feedback on the better and the worse run when it words a rule."""

    name: ClassVar[str] = "simba"
    levels: ClassVar[tuple[Level, ...]] = (
        {"batch": 16, "candidates": 6, "steps": 6, "demos": 4},
        {"batch": 12, "candidates": 4, "steps": 4, "demos": 3},
        {"batch": 8, "candidates": 3, "steps": 2, "demos": 2},
        {"batch": 5, "candidates": 2, "steps": 2, "demos": 1},
    )
    finds: ClassVar[str] = "instructions and demos"

    def most(self, size: Size, level: Level) -> Most:
        """Samples of each batch and the new candidates on it, in each step; the winners on all questions."""
        batch, candidates = min(level["batch"], size.train), level["candidates"]
        return Most(
            level["steps"] * batch * (2 * candidates + 1) + (candidates + 1) * size.train,
            level["steps"] * (candidates + 1),
        )

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        return dspy.SIMBA(
            metric=work.metric.explained, bsize=min(work.level["batch"], len(work.train)),
            num_candidates=work.level["candidates"], max_steps=work.level["steps"], max_demos=work.level["demos"],
            prompt_model=work.prompter, num_threads=work.threads,
        )  # fmt: skip

    def arguments(self, work: Work) -> dict[str, Any]:
        """What it learns from, and by what it draws."""
        return {"trainset": list(work.train), "seed": work.seed}
