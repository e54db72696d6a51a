"""The LM judge of an optimisation: which it is, and whether it is still the one that a study was begun with."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path

import orjson

from ragkit.components.catalogue import Catalogue
from ragkit.errors import UsageError
from ragkit.evaluate.judge import SIGNATURE, judge_of
from ragkit.optimize.studies import Asked
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.spec.plan import Model


def judge_asked(asked: Asked, project: Project) -> Model | None:
    """The LM that a study's ``judge`` names; None where it names none.

    Raises:
        UsageError: It names none that there is, or another one than when the study was begun.
    """
    if asked.judge is None:
        return None
    model = judge_of(load(Path(asked.pipeline), catalogue=Catalogue(), corpora=project.corpora), asked.judge)
    if asked.judge_digest not in (None, digest(model)):
        raise UsageError(
            f"the judge {asked.judge!r} is another than the one that the study {asked.name!r} was begun with: its "
            "trials no longer say anything",
            hint="begin another: ragkit optimize",
        )
    return model


def digest(model: Model) -> str:
    """Equal for judges that are told the same and answer from the same place."""
    same = Model("")
    how = {"timeout": same.timeout, "retries": same.retries, "concurrency": same.concurrency, "price": None}
    said = [asdict(replace(model, **how)), SIGNATURE.instructions]  # type: ignore[arg-type]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
