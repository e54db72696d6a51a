"""``bootstrap-rs``: several sets of examples, of which the best on other questions is kept."""

from __future__ import annotations

from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work


class BootstrapRS(Optimizer):
    """DSPy's ``BootstrapFewShotWithRandomSearch``."""

    name: ClassVar[str] = "bootstrap-rs"
    levels: ClassVar[tuple[Level, ...]] = tuple({"demos": 4, "sets": sets} for sets in (10, 6, 3, 1))
    finds: ClassVar[str] = "demos"

    def most(self, size: Size, level: Level) -> Most:
        """Bootstrapping of each set, and each set on every question to choose by; three sets come by themselves."""
        return Most((level["sets"] + 1) * size.train + (level["sets"] + 3) * size.validation)

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        return dspy.BootstrapRS(
            metric=work.metric.value, max_bootstrapped_demos=work.level["demos"], max_labeled_demos=0,
            num_candidate_programs=work.level["sets"], num_threads=work.threads,
        )  # fmt: skip

    def arguments(self, work: Work) -> dict[str, Any]:
        """With questions to choose by: without, it would choose by those that it learned from."""
        return {"trainset": list(work.train), "valset": list(work.validation)}
