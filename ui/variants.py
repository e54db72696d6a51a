"""What can be laid over a pipeline: the overlays tuned for its profiles, and others in the folder of pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import UsageError
from ragkit.spec.plan import Plan
from ragkit.spec.profiles import Profile, profile_of, profiles_of
from ui.overlays import Laid


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a pipeline other than as its file is.

    Attributes:
        name: What an address calls it: a profile's name, or an overlay's file in the folder of pipelines.
        plan: The pipeline.
        file: The overlay; where a profile has not been tuned, the one that would be there.
        profile: The profile; None for another overlay.
    """

    name: str
    plan: Plan
    file: Path
    profile: Profile | None = None

    @property
    def title(self) -> str:
        """It in words, a profile with its levels."""
        if self.profile is None:
            return self.name
        return f"{self.name}: {self.profile}{'' if self.profile.tuned else ' (not tuned)'}"

    def overlay(self) -> Path:
        """The overlay to run with.

        Raises:
            UsageError: The profile has not been tuned, or its overlay is a link that leads out of the project.
        """
        if self.profile is not None:
            profile_of(self.plan, self.name)
        if not self.file.resolve().is_relative_to(self.plan.file.parent.resolve()):
            raise UsageError(f"the overlay {self.file.name!r} lies outside the project")
        return self.file


def variants_of(plan: Plan, folder: Path, overlays: Mapping[Path, Laid]) -> dict[str, Variant]:
    """The profiles of a pipeline in the order of its file, then its other overlays, by their names.

    Args:
        plan: The pipeline.
        folder: The folder of pipelines.
        overlays: The overlays in it, by their files.
    """
    profiles = profiles_of(plan)
    found = {name: Variant(name, plan, profile.overlay, profile) for name, profile in profiles.items()}
    taken = {profile.overlay for profile in profiles.values()}
    for file, laid in overlays.items():
        if laid.pipeline == plan.name and file not in taken:
            name = file.relative_to(folder).as_posix()
            found[name] = Variant(name, plan, file)
    return found
