"""``mipro``: instructions that an LM proposes and examples from good runs, combined by Bayesian search."""

from __future__ import annotations

from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work

_BATCH, _FULL_EVERY, _VIEW = 35, 5, 10
_WHOLE = 50
"""Up to so many questions to choose by, every trial sees all of them."""
_SUMMARY = 11
"""Requests for the description of the data, at most: ten views and a summary."""


class Mipro(Optimizer):
    """DSPy's ``MIPROv2`` (arXiv 2406.11695), in its manual mode, so that its requests are known beforehand.

    What it would read of the program's source is left out: that is ragkit's engine, and tells nothing of the pipeline.
    """

    name: ClassVar[str] = "mipro"
    levels: ClassVar[tuple[Level, ...]] = (
        {"candidates": 6, "trials": 18, "demos": 4},
        {"candidates": 5, "trials": 12, "demos": 3},
        {"candidates": 4, "trials": 7, "demos": 2},
        {"candidates": 3, "trials": 4, "demos": 1},
    )
    finds: ClassVar[str] = "instructions and demos"

    def most(self, size: Size, level: Level) -> Most:
        """Bootstrapping; the default and each trial on the questions to choose by, where they are many on a part."""
        trials, whole = level["trials"], size.validation
        in_part = trials * _BATCH + (trials // _FULL_EVERY + 3) * whole
        runs = in_part if whole > _WHOLE else (trials + 1) * whole
        return Most(runs + level["candidates"] * size.train, _SUMMARY + level["candidates"] * size.predictors)

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy

        return dspy.MIPROv2(
            metric=work.metric.value, prompt_model=work.prompter, task_model=work.prompter, auto=None,
            num_candidates=work.level["candidates"], max_bootstrapped_demos=work.level["demos"], max_labeled_demos=0,
            num_threads=work.threads, seed=work.seed + 9,
        )  # fmt: skip

    def arguments(self, work: Work) -> dict[str, Any]:
        """With questions to choose by: without, it would take four fifths of those to learn from."""
        whole = len(work.validation) <= _WHOLE
        return {
            "trainset": list(work.train), "valset": list(work.validation), "num_trials": work.level["trials"],
            "minibatch": not whole, "minibatch_size": _BATCH, "minibatch_full_eval_steps": _FULL_EVERY,
            "program_aware_proposer": False, "view_data_batch_size": _VIEW,
        }  # fmt: skip
