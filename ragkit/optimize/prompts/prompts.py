"""What the LM steps of a pipeline are told and shown: what DSPy's optimisers find, as plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ragkit.lm.state import unfit

if TYPE_CHECKING:
    from ragkit.lm.step import LMStep


@dataclass(frozen=True, slots=True)
class Prompts:
    """Instructions and demos of LM steps, by the steps' paths; a step that is not named keeps its own.

    Attributes:
        steps: The state of each step's predictor, as DSPy saves it, with the fields that it was made for; no LM in it.
    """

    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def instructions(self) -> dict[str, str]:
        """What each step is told."""
        return {path: str(state["signature"]["instructions"]) for path, state in self.steps.items()}

    @property
    def demos(self) -> dict[str, list[dict[str, Any]]]:
        """What each step is shown."""
        return {path: list(state["demos"]) for path, state in self.steps.items()}

    @property
    def digest(self) -> str:
        """Equal for equal prompts."""
        plain = [[path, self.instructions[path], self.demos[path]] for path in sorted(self.steps)]
        return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()

    def for_steps(self, steps: Mapping[str, LMStep]) -> Prompts:
        """Those parts that belong to steps of a pipeline as they are: it may have others under other values."""
        fitting = {
            path: state
            for path, state in self.steps.items()
            if path in steps and unfit(state, steps[path].signature_of(steps[path].params).fields()) is None
        }
        return Prompts(fitting)

    def changed(self, before: Prompts) -> tuple[str, ...]:
        """The steps that are told or shown something else than before."""
        return tuple(
            path
            for path in self.steps
            if path not in before.steps
            or self.instructions[path] != before.instructions[path]
            or self.demos[path] != before.demos[path]
        )
