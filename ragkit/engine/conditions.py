"""What a run stood on: the overlay and its profile, the version of each corpus, the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragkit.engine.scope import Corpora
from ragkit.spec.plan import Plan


def conditions_of(plan: Plan, corpora: Corpora | None, overlay: Path | None) -> dict[str, Any]:
    """The ``conditions`` of a result document (DESIGN.md section 3)."""
    names = plan.corpora
    versions = {} if corpora is None else dict(corpora.versions(names))
    encoders = {} if corpora is None else dict(corpora.encoders(names))
    return {
        "overlay": None if overlay is None else str(overlay),
        "profile": plan.profile,
        "corpus_version": versions,
        "models": {**{f"encoder of {name}": encoder for name, encoder in encoders.items()}, **plan.lms},
        "seed": None,  # nothing in a run draws at random
    }
