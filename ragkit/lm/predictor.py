"""The predictor of one LM step: what DSPy's optimisers change (instructions, demos), tied to its step's fields."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import dspy

from ragkit.errors import LMError
from ragkit.lm.signature import Signature
from ragkit.lm.state import KEY, unfit


class Predictor(dspy.Predict):  # type: ignore[misc]
    """A ``dspy.Predict`` that keeps its step's LM, and whose saved state is refused by a step with other fields.

    Args:
        signature: The step's signature.
        lm: The step's LM; ``reset`` puts it back.
        demos: Examples to show, each with values for fields of the signature.
    """

    def __init__(self, signature: Signature, lm: Any, demos: Sequence[Mapping[str, Any]] = ()) -> None:
        self.step_fields = signature.fields()
        self.own_lm = lm
        super().__init__(signature.build())
        self.demos = [dspy.Example(demo).with_inputs(*(n for n in signature.inputs if n in demo)) for demo in demos]

    def reset(self) -> None:
        """Forgets demos; the LM is the step's own again."""
        super().reset()
        self.lm = self.own_lm

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """Instructions, demos and decision fields, with the fields that they belong to; never an LM."""
        bare = copy.copy(self)  # another thread may be asking with this one
        bare.lm = None
        state: dict[str, Any] = dspy.Predict.dump_state(bare, json_mode=json_mode)
        return {**state, KEY: self.step_fields}

    def begin_with(self, state: Mapping[str, Any], *, keep_instructions: bool) -> None:
        """Takes saved state over; instructions that the file or its overlay writes stay those.

        Raises:
            LMError: The state was made for other fields.
        """
        this: Any = self
        written = this.signature.instructions
        self.load_state(dict(state))
        if keep_instructions:
            this.signature = this.signature.with_instructions(written)

    def load_state(self, state: dict[str, Any], *, allow_unsafe_lm_state: bool = False) -> Predictor:
        """Takes saved state over; the LM stays the step's own.

        Raises:
            LMError: The state was made for other fields.
        """
        reason = unfit(state, self.step_fields)
        if reason is not None:
            raise LMError(f"saved state is refused: {reason}", hint="optimise the pipeline again")
        lm = self.lm
        rest = {name: value for name, value in state.items() if name != KEY}
        super().load_state({**rest, "lm": None})
        self.lm = lm
        return self
