"""Where steps stand: the corpora of the project, opened once for the process and shared by every pipeline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ragkit.errors import IndexMissing, UsageError
from ragkit.spec.plan import Step

_OPEN: dict[tuple[Path, Path, str], Any] = {}
_LOCK = threading.Lock()


class Corpora:
    """The corpora of one project, by name. The handles themselves are shared by the whole process.

    Args:
        folder: Where the corpus files are.
        state: Where indexes are kept.
    """

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        self.state = state

    def open(self, name: str) -> Any:
        """The corpus of that name, as ``ragkit.corpus.load_corpus`` gives it."""
        from ragkit.corpus import load_corpus

        key = (self.folder.resolve(), self.state.resolve(), name)
        with _LOCK:
            if key not in _OPEN:
                _OPEN[key] = load_corpus(name, self.folder, self.state)
            return _OPEN[key]

    def ensure(self, names: tuple[str, ...], build: bool, tell: Callable[[str], None], progress: Any) -> None:
        """Builds every index that is missing or stale.

        Args:
            names: The corpora.
            build: False makes a missing or stale index an error.
            tell: Is told in a sentence what is built, and why.
            progress: Is handed to the build.

        Raises:
            IndexMissing: An index is missing or stale and ``build`` is False.
        """
        for name in names:
            corpus = self.open(name)
            status = corpus.status()
            if status == "current":
                continue
            if not build:
                raise IndexMissing(f"the index of corpus {name!r} is {status}", hint=f"ragkit index {name}")
            tell(f"the index of corpus {name!r} is {status}; building it")
            for warning in corpus.build(progress=progress).warnings:
                tell(f"{name}: {warning}")

    def versions(self, names: tuple[str, ...]) -> Mapping[str, str]:
        """The published version of each corpus."""
        return {name: self.open(name).reader().version for name in names}

    def encoders(self, names: tuple[str, ...]) -> Mapping[str, str]:
        """The encoder of each corpus, by name."""
        return {name: self.open(name).reader().encoder for name in names}


class StepScope:
    """What one step may open."""

    def __init__(self, step: Step, corpora: Corpora | None) -> None:
        self._step = step
        self._corpora = corpora

    def corpus(self) -> Any:
        """The reader of the step's corpus, at its published version."""
        if self._step.corpus is None or self._corpora is None:
            raise UsageError(
                f"step {self._step.path!r} reads an index, but no corpus is set for it",
                hint="add `corpus: NAME` to the pipeline or the step",
            )
        return self._corpora.open(self._step.corpus).reader()

    def lm(self) -> Any:
        """The step's LM, a ``dspy.LM`` with settings of its own.

        Raises:
            LMError: DSPy does not take the model string or its settings.
        """
        from ragkit.lm.registry import open_lm

        if self._step.lm is None:
            raise UsageError(
                f"step {self._step.path!r} asks an LM, but none is set for it",
                hint="add `lm: provider/model` to the pipeline or the step",
            )
        return open_lm(self._step.lm)
