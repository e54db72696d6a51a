"""What the engine hands to an LM step for one execution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.lm.ledger import Ledger

if TYPE_CHECKING:
    from ragkit.lm.lm import LM
    from ragkit.lm.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Handed:
    """What an LM step asks with, and where it is written down.

    ``lm`` is the step's own, for a predictor that has none. ``logprobs``: somebody reads the log-probabilities of the
    reply. ``compiled``: the predictor is that of a compiled program, whose traces DSPy's optimisers read.
    """

    predictor: Predictor
    lm: LM
    ledger: Ledger
    logprobs: bool = False
    compiled: bool = False
