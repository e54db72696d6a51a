"""A replay on its way, and the overlay that would hold what it changed."""

from __future__ import annotations

import os
from pathlib import Path

from ragkit.components.catalogue import Catalogue
from ragkit.engine.change import Change
from ragkit.engine.replay import Origin, Replayed
from ragkit.project import Project
from ragkit.spec.load import load
from ui.runs import Run

_TOLD = ".instructions"


class Replaying:
    """A run that is taken up again. ``done`` is what came of it, once there is something.

    Args:
        origin: The run.
        change: What is changed in it.
    """

    def __init__(self, origin: Origin, change: Change) -> None:
        self.origin = origin
        self.change = change
        self.done: Replayed | None = None

    def work(self, run: Run) -> None:
        """Runs on from the change.

        Raises:
            RagkitError: The value is not allowed, or an index cannot be built.
        """
        self.done = self.origin.run(self.change, tell=run.note, on_event=run.step)


def overlay_of(origin: Origin, change: Change, project: Project, folder: Path) -> str:
    """The overlay under which the pipeline does by itself what the replay did.

    Args:
        origin: The run that was taken up.
        change: The change, at a place where an overlay can hold it.
        project: The project.
        folder: Where it will stand.
    """
    from ragkit.optimize.overlay import overlay_text

    assert change.mark is not None
    plan = load(origin.file, catalogue=Catalogue(), corpora=project.corpora)
    marks = {mark.path for mark in plan.space}
    values = {**origin.values, change.mark: change.after}
    told = {path.removesuffix(_TOLD): text for path, text in values.items() if path not in marks}
    heading = f"Tried in a replay of run {origin.trace.id[:8]}: {change.step}.{change.parameter} = {change.after!r}."
    state = origin.plan.state
    return overlay_text(
        plan, {path: value for path, value in values.items() if path in marks}, heading, told,
        None if state is None else Path(os.path.relpath(state, folder)).as_posix(),
    )  # fmt: skip
