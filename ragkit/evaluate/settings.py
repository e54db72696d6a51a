"""How an evaluation runs and with what it measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.evaluate.entailment import EntailmentModel
    from ragkit.evaluate.judge import Judge


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an evaluation.

    Attributes:
        single: One question after the other, so that each has a time of its own; else in batches.
        inputs: Values for the pipeline's inputs, for every question that does not bring its own.
        entailment: What decides whether a citation supports a statement; None compares quotes verbatim.
        judge: An LM that judges answers; None asks none.
    """

    single: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict)
    entailment: EntailmentModel | None = None
    judge: Judge | None = None
