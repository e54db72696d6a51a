"""The names that a file may give to its steps, inputs and carried values."""

from __future__ import annotations

import re

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.plan import Position

NAME = re.compile(r"[a-z][a-z0-9_]*")
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

OWN = frozenset({"question", "history", "carry", "item"})

# Public attributes of ``dspy.Module`` and those its instances get: a step is an attribute of the pipeline's module, so
# a step of such a name would hide the method. A literal list: reading a file must not import DSPy (a test compares).
OF_MODULE = frozenset(
    {
        "acall", "aforward", "batch", "callbacks", "deepcopy", "dump_state", "forward", "get_lm", "history",
        "inspect_history", "load", "load_state", "map_named_predictors", "named_parameters", "named_predictors",
        "named_sub_modules", "parameters", "predictors", "reset_copy", "save", "set_lm",
    }
)  # fmt: skip


def check_name(name: str, position: Position, where: str, what: str, diagnostics: Diagnostics) -> bool:
    """Whether ``what`` (``step``, ``input`` …) may be called so; reports it where not."""
    if "${" in name:
        return False  # reported where keys are read
    if NAME.fullmatch(name) is None:
        diagnostics.add(
            position,
            where,
            f"{name!r} cannot be the name of {what}",
            allowed="a lower-case letter, then lower-case letters, digits and _",
            nearest_to=_mended(name),
            code="name",
        )
        return False
    return _free(name, position, where, what, diagnostics)


def _mended(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The name in lower case with _ between its words, as what was meant."""
    mended = re.sub(r"[\W_]+", "_", name.lower()).strip("_")
    return (mended, (mended,)) if NAME.fullmatch(mended) else None


def check_label(name: str, position: Position, where: str, diagnostics: Diagnostics) -> bool:
    """Whether a branch may be called so: labels may have capitals, start with a digit and hold a hyphen."""
    if LABEL.fullmatch(name) is None:
        diagnostics.add(
            position,
            where,
            f"{name!r} cannot be the name of a branch",
            allowed="letters, digits, _ and -, a letter or digit first",
            code="name",
        )
        return False
    return _free(name, position, where, "a branch", diagnostics)


def _free(name: str, position: Position, where: str, what: str, diagnostics: Diagnostics) -> bool:
    if name in OWN:
        text = f"{name!r} cannot be the name of {what}: the language itself uses it"
    elif name in OF_MODULE:
        text = f"{name!r} cannot be the name of {what}: it is an attribute of dspy.Module, which the pipeline becomes"
    else:
        return True
    diagnostics.add(position, where, text, code="name")
    return False
