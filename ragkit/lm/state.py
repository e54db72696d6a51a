"""Saved state of LM steps: read as data, and refused where it does not belong to the steps as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from ragkit.errors import LMError

Fields = Mapping[str, Mapping[str, str]]
KEY = "step_fields"
"""Where state says which fields it was made for."""
METADATA = "metadata"
"""Where DSPy says which versions a file was saved with, beside the steps."""


def fitting(state: Mapping[str, Any], steps: Mapping[str, Fields]) -> dict[str, dict[str, Any]]:
    """The state of each step.

    Args:
        state: What a program saved: a part for each LM step, by its path.
        steps: The fields of each LM step of the pipeline, by its path.

    Raises:
        LMError: A step is missing on one side, or its fields have changed; every reason is told.
    """
    saved = {name: part for name, part in state.items() if name != METADATA or name in steps}
    reasons = [f"the pipeline has no LM step {name!r}" for name in saved if name not in steps]
    reasons += [f"it has nothing for the LM step {name!r}" for name in steps if name not in saved]
    for name, fields in steps.items():
        reason = unfit(saved[name], fields) if name in saved else None
        if reason is not None:
            reasons.append(f"step {name!r}: {reason}")
    if reasons:
        raise LMError(f"the saved state is refused: {'; '.join(reasons)}", hint="optimise the pipeline again")
    return saved


def unfit(state: Any, fields: Fields) -> str | None:
    """Why the state of a step does not belong to it as it is now; None when it does."""
    made_for = state.get(KEY) if isinstance(state, Mapping) else None
    if not isinstance(made_for, Mapping):
        return "it does not say which fields it was made for"
    for side in ("inputs", "outputs"):
        then, now = dict(made_for.get(side) or {}), dict(fields[side])
        if then != now:
            return f"its {side} were {_listed(then)}, and the step's are {_listed(now)}"
    return None


def read_state(file: Path) -> dict[str, Any]:
    """The state in a JSON file.

    Raises:
        LMError: It is not there, or is no JSON object.
    """
    try:
        found = orjson.loads(file.read_bytes())
    except OSError as error:
        raise LMError(f"the state {str(file)!r} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise LMError(f"the state {str(file)!r} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise LMError(f"the state {str(file)!r} is no JSON object")
    return found


def _listed(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {kind}" for name, kind in fields.items()) or "none"
