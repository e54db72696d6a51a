"""Overlays: what optimisation found, laid over a pipeline as values of its search marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.reading import source
from ragkit.spec.written.constraint import Constraint
from ragkit.spec.written.marks import Assignment

VERSION = 1
KEYS = ("version", "pipeline", "hash", "values")
OPTIONAL = ("state", "profile", "levels")


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay as read: whose it is, and the values by the path of their mark.

    ``state`` is the file with what DSPy's optimisers found, where there is one. ``profile`` is the one that it was made
    for, ``levels`` what that promised then.
    """

    pipeline: str
    hash: str
    place: Position
    values: Mapping[str, Assignment]
    state: Path | None = None
    profile: str | None = None
    levels: tuple[str, ...] = ()


def read_overlay(path: Path, diagnostics: Diagnostics, env: Mapping[str, str] | None) -> Overlay | None:
    """Reads ``{version: 1, pipeline: name, hash: …, values: {mark.path: value}}``; None where it is broken.

    ``state: FILE`` may name a file of predictor state beside it; ``profile: NAME`` and ``levels: [metric < number, …]``
    say which of the pipeline's profiles it was made for.
    """
    before = len(diagnostics)
    node = source.read(path, diagnostics, env)
    if node is None:
        return None
    for key in node.value:
        if key not in (*KEYS, *OPTIONAL):
            diagnostics.add(
                node.keys[key], key, f"unknown key {key!r} in an overlay", allowed=(*KEYS, *OPTIONAL),
                nearest_to=(key, (*KEYS, *OPTIONAL)), code="unknown-key",
            )  # fmt: skip
    for key in KEYS:
        if key not in node.value:
            diagnostics.add(node.position, key, f"the overlay has no {key!r}", allowed=KEYS, code="missing-key")
    _check(node, diagnostics)
    state = _state(node.value.get("state"), path.parent, diagnostics)
    if len(diagnostics) > before:
        return None
    values = {
        name: Assignment(value.plain(), value.position, f"values.{name}")
        for name, value in node.value["values"].value.items()
    }
    given, profile = node.value["hash"], node.value.get("profile")
    levels = tuple(one.value for one in node.value["levels"].value) if "levels" in node.value else ()
    name = None if profile is None else profile.value
    return Overlay(node.value["pipeline"].value, given.value, given.position, values, state, name, levels)


def is_overlay(path: Path) -> bool:
    """True when a file is an overlay, which lies beside its pipeline and is none itself."""
    return read_overlay(path, Diagnostics(), None) is not None


def report_stale(
    overlay: Overlay, name: str, hash_: str, slo: Mapping[str, Sequence[Constraint]], diagnostics: Diagnostics
) -> None:
    """Reports an overlay that was made for another pipeline, for an earlier state of this one, or for other levels."""
    if overlay.pipeline != name:
        text = f"the overlay was made for the pipeline {overlay.pipeline!r}, and this one is {name!r}"
        diagnostics.add(overlay.place, "pipeline", text, code="stale-overlay")
    elif overlay.hash != hash_:
        text = (
            f"the overlay is stale: it was made for {name!r} at hash {overlay.hash}, and the pipeline has changed to "
            f"{hash_} since; optimize it again, or run it without the overlay"
        )
        diagnostics.add(overlay.place, "hash", text, code="stale-overlay")
    elif overlay.profile is not None and overlay.profile not in slo:
        text = f"the overlay was made for the profile {overlay.profile!r}, which the pipeline does not name any more"
        diagnostics.add(overlay.place, "profile", text, allowed=tuple(slo) or None, code="stale-overlay")
    elif overlay.profile is not None:
        promised = tuple(str(level) for level in slo[overlay.profile])
        if promised != overlay.levels:
            text = (
                f"the overlay is stale: it was made for {_said(overlay.levels)}, and the profile {overlay.profile!r} "
                f"promises {_said(promised)} since; optimize it again"
            )
            diagnostics.add(overlay.place, "levels", text, code="stale-overlay")


def _said(levels: Sequence[str]) -> str:
    return ", ".join(levels) or "nothing"


def _state(node: Node | None, folder: Path, diagnostics: Diagnostics) -> Path | None:
    if node is None or node.broken:
        return None
    if not isinstance(node.value, str) or not node.value:
        found = f"'state' is {node.describe()}"
        diagnostics.add(node.position, "state", found, allowed="the name of a file beside the overlay", code="type")
        return None
    file = folder / node.value
    if not file.is_file():
        known = sorted(one.name for one in file.parent.glob("*.json")) if file.parent.is_dir() else []
        text = f"there is no file {node.value!r} beside the overlay"
        diagnostics.add(
            node.position, "state", text, allowed=known or None, nearest_to=(file.name, known), code="include"
        )
        return None
    return file


def _is_level(node: Node) -> bool:
    return isinstance(node.value, str) and Constraint.parse(node.value) is not None


def _check(node: Node, diagnostics: Diagnostics) -> None:
    top = node.value
    version = top.get("version")
    if version is not None and not version.broken and (version.value != VERSION or isinstance(version.value, bool)):
        text = f"version {version.describe()} of overlays is not known; this ragkit reads version {VERSION}"
        diagnostics.add(version.position, "version", text, allowed=str(VERSION), code="version")
    for key in ("pipeline", "hash", "profile"):
        given = top.get(key)
        if given is not None and not given.broken and not isinstance(given.value, str):
            text = f"{key!r} is {given.describe()}"
            diagnostics.add(
                given.position, key, text, allowed="a text (in quotes where it looks like a number)", code="type"
            )
    levels = top.get("levels")
    if levels is not None and not levels.broken and not (levels.kind == "list" and all(map(_is_level, levels.value))):
        allowed = "what the profile promised when it was made: [metric < number, …]"
        diagnostics.add(levels.position, "levels", f"'levels' is {levels.describe()}", allowed=allowed, code="type")
    values = top.get("values")
    if values is not None and not values.broken and values.kind != "map":
        text = f"'values' is {values.describe()}"
        diagnostics.add(values.position, "values", text, allowed="a mapping of search marks to values", code="type")
