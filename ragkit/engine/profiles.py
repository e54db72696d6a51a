"""The profiles of a pipeline file: which there are, and the overlay behind one."""

from __future__ import annotations

from pathlib import Path

from ragkit.components.catalogue import Catalogue
from ragkit.errors import UsageError
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from ragkit.spec.profiles import Profile, profile_of, profiles_of


def profiles(path: Path | str, *, project: Project | None = None) -> list[Profile]:
    """The profiles that a pipeline file names under ``slo``, in its order.

    Args:
        path: The YAML file.
        project: Where corpora are; by default the project around the file.

    Raises:
        SpecError: The file has errors.

    Example::

        for profile in ragkit.profiles("pipelines/adaptive-k.yaml"):
            print(profile.name, profile, profile.tuned)
    """
    return list(profiles_of(_plan(Path(path), project)).values())


def tuned_overlay(path: Path, profile: str, overlay: Path | None, project: Project) -> Path:
    """The overlay that was tuned for a profile.

    Raises:
        UsageError: There is no such profile, or it has not been tuned; or an overlay is given beside it.
    """
    if overlay is not None:
        raise UsageError(
            f"the profile {profile!r} and the overlay {str(overlay)!r} exclude each other: a profile is an overlay",
            hint="give one of them",
        )
    return profile_of(_plan(path, project), profile).overlay


def _plan(path: Path, project: Project | None) -> Plan:
    owner = project if project is not None else Project.around(path)
    return load(path, catalogue=Catalogue(), corpora=owner.corpora)
