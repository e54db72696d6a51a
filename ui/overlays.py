"""The overlays in a project's folder of pipelines: files that hold values for a pipeline, and no steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.overlay import read_overlay

_HASH, _STEPS = re.compile(rb"(?m)^hash\s*:"), re.compile(rb"(?m)^steps\s*:")


class Laid(NamedTuple):
    """An overlay: the name of its pipeline, and the profile that it was tuned for. Both None for one that is broken."""

    pipeline: str | None
    profile: str | None


def laid(file: Path) -> Laid | None:
    """What an overlay says of itself; None for a file that is none."""
    try:
        text = file.read_bytes()
    except OSError:
        return None
    if not _HASH.search(text) or _STEPS.search(text):
        return None
    found = read_overlay(file, Diagnostics(), None)
    return Laid(None, None) if found is None else Laid(found.pipeline, found.profile)
