"""``gepa``: instructions that an LM rewrites from what went wrong, kept on a front over the questions."""

from __future__ import annotations

from typing import Any, ClassVar

from ragkit.optimize.prompts.optimizers.optimizer import Level, Most, Optimizer, Size, Work

_BATCH = 3


class Gepa(Optimizer):
    """DSPy's ``GEPA`` (arXiv 2507.19457). Its feedback is ragkit's attribution, told to the step that is rewritten."""

    name: ClassVar[str] = "gepa"
    levels: ClassVar[tuple[Level, ...]] = tuple({"evaluations": times} for times in (14, 10, 7, 5))
    finds: ClassVar[str] = "instructions"

    def most(self, size: Size, level: Level) -> Most:
        """``evaluations`` times the questions to choose by; what is begun is ended. A proposal takes a batch first."""
        runs = level["evaluations"] * size.validation
        over = size.validation + 2 * _BATCH
        return Most(runs + over, max(1, (runs - size.validation) // _BATCH + 1))

    def build(self, work: Work) -> Any:
        """The DSPy optimiser."""
        import dspy
        from dspy.teleprompt.gepa.instruction_proposal import InstructionProposer

        from ragkit.lm.adapter import ChatAdapter

        return dspy.GEPA(
            metric=work.metric.explained, max_metric_calls=work.level["evaluations"] * len(work.validation),
            reflection_minibatch_size=_BATCH, reflection_lm=work.prompter, num_threads=work.threads, seed=work.seed,
            instruction_proposer=InstructionProposer(adapter=ChatAdapter()), warn_on_score_mismatch=False,
        )  # fmt: skip

    def arguments(self, work: Work) -> dict[str, Any]:
        """With questions to choose by: without, it would choose by those that it learned from."""
        return {"trainset": list(work.train), "valset": list(work.validation)}
