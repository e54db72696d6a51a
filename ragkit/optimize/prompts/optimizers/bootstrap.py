"""``bootstrap``: runs that went well become examples to show."""

from __future__ import annotations

from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work


class Bootstrap(Optimizer):
    """DSPy's ``BootstrapFewShot``: each step is shown what it did in runs that went well.

    Labelled examples are left out here and everywhere: the data has answers, and no values for the fields of each step.
    """

    name: ClassVar[str] = "bootstrap"
    levels: ClassVar[tuple[Level, ...]] = ({"demos": 4},)
    finds: ClassVar[str] = "demos"

    def most(self, size: Size, level: Level) -> Most:
        """A run of each question to learn from, at most."""
        return Most(size.train)

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        return dspy.BootstrapFewShot(
            metric=work.metric.value, max_bootstrapped_demos=work.level["demos"], max_labeled_demos=0
        )
