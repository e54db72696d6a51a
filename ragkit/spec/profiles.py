"""Profiles: the service levels that a pipeline names under ``slo``, and the overlay that was tuned for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import UsageError, did_you_mean
from ragkit.spec.plan import Plan
from ragkit.spec.written.constraint import Constraint


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile of a pipeline.

    ``levels`` is what it promises (nothing for one that only wants the best); ``overlay`` the file that ``ragkit
    optimize`` writes for it, beside the pipeline.
    """

    name: str
    levels: tuple[Constraint, ...]
    overlay: Path

    @property
    def tuned(self) -> bool:
        """True when its overlay is there."""
        return self.overlay.is_file()

    def __str__(self) -> str:
        return ", ".join(map(str, self.levels)) or "no limit"


def profiles_of(plan: Plan) -> Mapping[str, Profile]:
    """The profiles of a pipeline, in the order of its file."""
    return {name: Profile(name, levels, overlay_beside(plan.file, name)) for name, levels in plan.slo.items()}


def overlay_beside(pipeline: Path, profile: str) -> Path:
    """Where the overlay of a profile stands: ``my.yaml`` has ``my.fast.yaml``."""
    return pipeline.with_name(f"{pipeline.stem}.{profile}.yaml")


def profile_of(plan: Plan, name: str) -> Profile:
    """One profile that can be used.

    Raises:
        UsageError: The pipeline names none of that name, or it has not been tuned.
    """
    known = profiles_of(plan)
    if name not in known:
        there = f"it names {', '.join(map(repr, known))}" if known else "it names none under `slo`"
        hint = None if known else "slo: {fast: ['p95_seconds < 2'], best: []}"
        raise UsageError(f"{plan.file.name} has no profile {name!r}; {there}{did_you_mean(name, known)}", hint=hint)
    profile = known[name]
    if not profile.tuned:
        others = [one.name for one in known.values() if one.tuned]
        there = f"; tuned are {', '.join(map(repr, others))}" if others else ""
        raise UsageError(
            f"the profile {name!r} has not been tuned: there is no {str(profile.overlay)!r}{there}",
            hint=f"ragkit optimize {plan.file} --data QUESTIONS",
        )
    return profile
