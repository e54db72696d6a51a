"""What the LM steps of one run are given beside their inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.lm.cache import ResponseCache
    from ragkit.lm.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Asking:
    """How the LM steps of one run ask.

    ``predictors`` are those of the compiled program that runs, by the paths of their steps; without a program each step
    has its own. ``on_text`` is given the answer piece by piece by the steps in ``last``. ``responses`` keeps what LMs
    said.
    """

    predictors: Mapping[str, Predictor] = field(default_factory=dict)
    responses: ResponseCache | None = None
    on_text: Callable[[str], None] | None = None
    last: frozenset[str] = frozenset()
