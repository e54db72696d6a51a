"""The overlay: only what changed, each with what stands in the pipeline; demos in a file of state beside it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ragkit.components.catalogue import Catalogue
from ragkit.errors import UsageError
from ragkit.optimize.bench import Bench, told_anew
from ragkit.optimize.variant import Variant
from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from ragkit.spec.profiles import Profile
from ragkit.spec.reading.interpolate import escape

_INDENT = "    "


def overlay_text(
    plan: Plan, choices: Mapping[str, Any], heading: str, instructions: Mapping[str, str] | None = None,
    state: str | None = None, profile: Profile | None = None,
) -> str:  # fmt: skip
    """The YAML of an overlay.

    Args:
        plan: The plan under its defaults; the overlay holds for its hash.
        choices: The values that were found.
        heading: Sentences for the comment at the top.
        instructions: What LM steps are told, by the steps' paths.
        state: The name of the file with their demos.
        profile: The profile that it is made for.
    """
    defaults = {mark.path: mark.default for mark in plan.space}
    changed = {path: value for path, value in choices.items() if value != defaults.get(path)}
    lines = [f"# {line}" for line in heading.splitlines()]
    lines += ["version: 1", f"pipeline: {_plain(plan.name)}", f"hash: {_plain(plan.hash)}"]
    if profile is not None:
        lines += [f"profile: {profile.name}", f"levels: {_plain([str(level) for level in profile.levels])}"]
    if state is not None:
        lines.append(f"state: {_plain(state)}   # what LM steps are shown")
    lines.append("values:" if changed or instructions else "values: {}")
    lines += [
        f"  {path}: {_plain(value)}   # {_plain(defaults.get(path))} in the pipeline" for path, value in changed.items()
    ]
    for path, text in (instructions or {}).items():
        lines += _told(f"{path}.instructions", text)
    return "\n".join(lines) + "\n"


def write_overlay(
    path: Path, bench: Bench, plan: Plan, best: Variant, heading: str, force: bool, profile: Profile | None = None
) -> None:
    """Writes an overlay, and beside it (``NAME.state.json``) the state of the LM steps where they are shown demos.

    Both are read again before this returns.

    Args:
        path: The overlay's file.
        bench: Has the pipeline.
        plan: The plan under its defaults.
        best: What was found.
        heading: Sentences for the comment at the top.
        force: Replace what is there.
        profile: The profile that it is made for.

    Raises:
        UsageError: A file is there and ``force`` is not given, or it cannot be written.
    """
    told: dict[str, str] = {}
    state = None
    if best.prompts is not None:
        told = told_anew(bench.plan(best.choices), best.prompts)
        if any(best.prompts.demos.values()):
            state = path.with_suffix(".state.json")
            write(state, _state(bench, best), force)
    name = None if state is None else state.name
    write(path, overlay_text(plan, best.choices, heading, told, name, profile), force)
    load(plan.file, catalogue=Catalogue(), overlay=path, corpora=bench.corpora)


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


def _state(bench: Bench, best: Variant) -> str:
    """The state of every LM step as DSPy saves it; no LM in it."""
    from ragkit.engine.module import PipelineModule

    state = PipelineModule(bench.pipeline(best.choices, best.prompts)).dump_state()
    return orjson.dumps(state, option=orjson.OPT_INDENT_2).decode() + "\n"


def _told(key: str, text: str) -> Iterator[str]:
    """Instructions as YAML: a block where their lines can stand in one as they are, else a quoted text."""
    told = escape(inspect.cleandoc(text))
    lines = told.split("\n")
    plain = all(line.isprintable() and line == line.rstrip() for line in lines)
    if plain and lines and not lines[0].startswith(" "):
        yield f"  {key}: |-"
        yield from (f"{_INDENT}{line}" if line else "" for line in lines)
    else:
        quoted = "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in _plain(told))
        yield f"  {key}: {quoted}"


def _plain(value: Any) -> str:
    """A value as YAML: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)
