"""The reproducibility card: everything a number of a report depends on, and the machine it was measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.engine import Pipeline
from ragkit.engine.scope import Corpora
from ragkit.evaluate.intervals import LEVEL, RESAMPLES
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Plan
from ragkit.trained import TrainedFile

if TYPE_CHECKING:
    from ragkit.evaluate.questions import QuestionSet
    from ragkit.evaluate.settings import Settings

PACKAGES = (
    "ragkit", "numpy", "dspy", "chromadb", "bm25s", "onnxruntime", "tokenizers", "sentence-transformers", "torch",
)  # fmt: skip
"""The packages that can change a number; one that is not installed is null."""


def card_of(
    pipeline: Pipeline, questions: QuestionSet, root: Path, settings: Settings, corpora: Corpora
) -> dict[str, Any]:
    """The card of an evaluation before it runs; when, how long and what was gone on from are added at its end.

    Args:
        pipeline: The pipeline.
        questions: The questions.
        root: The project's folder.
        settings: How it runs and with what is measured.
        corpora: The project's corpora.
    """
    plan = pipeline.plan
    return {
        "pipeline": {"name": plan.name, "hash": plan.hash, "file": shown_path(plan.file, root)},
        "overlay": None,
        "choices": dict(plan.choices),
        "inputs": dict(settings.inputs),
        **corpora_card(plan, corpora),
        "trained": trained_card(plan),
        "data": {
            "name": questions.name, "file": shown_path(questions.path, root), "sha256": questions.sha256,
            "n": len(questions), "of": questions.total,
        },
        "mode": "single" if settings.single else "batch",
        "batch_size": 1 if settings.single else pipeline.batch_size,
        "cache": pipeline.cache is not None,
        "citations": "verbatim" if settings.entailment is None else settings.entailment.card,
        "judge": None if settings.judge is None else settings.judge.card,
        "intervals": f"{LEVEL:.0%} percentile bootstrap over questions, {RESAMPLES} resamples, seed 0",
        "versions": versions(),
        "machine": machine(),
    }  # fmt: skip


def versions() -> dict[str, str | None]:
    """The versions of Python and of the packages that can change a number. Nothing is imported for it."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def machine() -> dict[str, Any]:
    """The class of the machine: system, processor, the cores this process may use, and memory in GB (10**9 bytes)."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _processor(),
        "cores": _cores(),
        "memory_gb": _memory(),
    }


def corpora_card(plan: Plan, corpora: Corpora) -> dict[str, Any]:
    """What a plan reads: the versions of its indexes, how much they hold, the encoders with their digests.

    Returns:
        ``{"corpus_version": {corpus: version}, "corpora": {corpus: counts}, "models": {use: {name, digest, …}},
        "tokenizer": {corpus: model}}``; the tokenizer is the one that ``context_tokens`` are counted with.
    """
    readers = {name: corpora.open(name).reader() for name in plan.corpora}
    models: dict[str, Any] = {}
    for name, reader in readers.items():
        encoder = reader.manifest.encoder
        models[f"encoder of {name}"] = {
            "name": encoder["model"], "digest": encoder["digest"], "dimensions": encoder["dimensions"],
            "runtime": encoder["runtime"],
        }  # fmt: skip
    return {
        "corpus_version": {name: reader.version for name, reader in readers.items()},
        "corpora": {
            name: {"documents": reader.manifest.documents, "passages": reader.manifest.passages}
            for name, reader in readers.items()
        },
        "models": {**models, **{name: {"name": model} for name, model in plan.lms.items()}},
        "tokenizer": {name: reader.manifest.encoder["model"] for name, reader in readers.items()},
    }


def trained_card(plan: Plan) -> dict[str, Any]:
    """The trained files that a plan reads: for each step the file's name and digest, and the data it was made from."""
    found: dict[str, Any] = {}
    for step in steps_of(plan.root):
        for _, value in step.params or ():
            if isinstance(value, TrainedFile) and value.trained:
                trained = value.read(step.use)
                found[step.path] = {
                    "file": value.path.name, "sha256": value.digest, "data": trained.conditions.get("data"),
                }  # fmt: skip
    return found


def shown_path(path: Path, root: Path) -> str:
    """A path as a report names it: from the project's folder where it lies inside, so that it tells nothing of a home.

    Args:
        path: A file.
        root: The project's folder.
    """
    absolute = path.absolute()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path.name


def file_card(path: Path | None, root: Path) -> Mapping[str, str] | None:
    """A file that was given: its name and the SHA-256 of what it holds; None where none was."""
    if path is None:
        return None
    from hashlib import sha256

    return {"file": shown_path(path, root), "sha256": sha256(path.read_bytes()).hexdigest()}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _cores() -> int | None:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count()


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None  # a system that does not say


def _processor() -> str | None:
    """The processor's name as the system gives it; Linux keeps it in a file, which has no such line on some boards."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.processor() or None
