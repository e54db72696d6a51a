"""The overlay: only the values that changed, each with what stands in the pipeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragkit.errors import UsageError
from ragkit.spec.plan import Plan


def overlay_text(plan: Plan, choices: Mapping[str, Any], heading: str) -> str:
    """The YAML of an overlay.

    Args:
        plan: The plan under its defaults; the overlay holds for its hash.
        choices: The values that were found.
        heading: Sentences for the comment at the top.
    """
    defaults = {mark.path: mark.default for mark in plan.space}
    changed = {path: value for path, value in choices.items() if value != defaults.get(path)}
    lines = [f"# {line}" for line in heading.splitlines()]
    lines += ["version: 1", f"pipeline: {_plain(plan.name)}", f"hash: {_plain(plan.hash)}"]
    lines.append("values:" if changed else "values: {}")
    lines += [
        f"  {path}: {_plain(value)}   # {_plain(defaults.get(path))} in the pipeline" for path, value in changed.items()
    ]
    return "\n".join(lines) + "\n"


def write(path: Path, text: str, force: bool) -> None:
    """Writes a file, whole or not at all.

    Raises:
        UsageError: It is there and ``force`` is not given, or it cannot be written.
    """
    if path.exists() and not force:
        raise UsageError(f"{str(path)!r} is there already", hint="--force replaces it, --out writes another")
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def _plain(value: Any) -> str:
    """A value as YAML: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)
