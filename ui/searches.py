"""Searches for better values as the Evaluation page reads them: nothing is written, whether they go on or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ragkit.errors import UsageError
from ragkit.optimize.studies import Study

State = Literal["done", "running", "stopped"]
COST = "context_tokens"


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that saw every question: what it chose, its means by metric, and whether it kept every limit."""

    number: int
    choices: Mapping[str, Any]
    means: Mapping[str, float | None]
    feasible: bool


@dataclass(frozen=True, slots=True)
class Search:
    """A study: what it was asked in words, its trials so far, and its card once it is done."""

    name: str
    pipeline: str
    trials: int
    state: State
    card: Mapping[str, Any] | None

    @property
    def verdict(self) -> str:
        """What it came to, in a sentence."""
        return self.state if self.card is None else str(self.card["verdict"]["sentence"])


def read(study: Study) -> Search:
    """A study as its folder has it.

    Raises:
        UsageError: The folder is damaged, or was written by a ragkit that says other things.
    """
    try:
        asked, card = study.asked, study.card
        return Search(study.name, asked.pipeline, asked.trials, _state(study, card), card)
    except (TypeError, KeyError) as error:
        raise UsageError(
            f"the search {study.name!r} was written by another ragkit: {error}",
            place=str(study.folder.name), hint="read it with that one, or begin it again: ragkit optimize PIPELINE",
        ) from error  # fmt: skip


def tried(journal: Path) -> tuple[list[Trial], int]:
    """The trials of a journal that saw every question, and how many others have ended."""
    if not journal.is_file() or not journal.stat().st_size:
        return [], 0
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name="search", storage=JournalStorage(JournalFileBackend(str(journal))))
    ended = [trial for trial in study.trials if trial.state.is_finished()]
    whole = [trial for trial in ended if trial.state == optuna.trial.TrialState.COMPLETE]
    found = [
        Trial(
            trial.number, trial.user_attrs.get("choices", {}), trial.user_attrs.get("means", {}),
            all(excess <= 0 for excess in trial.user_attrs.get("excesses", ())),
        )
        for trial in whole
    ]  # fmt: skip
    return found, len(ended) - len(whole)


def _state(study: Study, card: Mapping[str, Any] | None) -> State:
    """A study that runs holds its lock, which ends with its process."""
    if card is not None:
        return "done"
    try:
        study.lock().release()
    except (UsageError, OSError):
        return "running"
    return "stopped"
