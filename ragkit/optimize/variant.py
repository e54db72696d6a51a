"""A pipeline as it can stand: values of its search marks, and prompts of its LM steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.optimize.prompts.prompts import Prompts


@dataclass(frozen=True, slots=True)
class Variant:
    """Values by the paths of their marks, and what LM steps are told and shown; None leaves them as the file has it."""

    choices: Mapping[str, Any]
    prompts: Prompts | None = None
