"""Searches for better values as the Evaluation page reads them: nothing is written, whether they go on or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragkit.errors import UsageError
from ragkit.optimize.studies import State, Study

COST = "context_tokens"
_BEGIN_AGAIN = "move its folder away (%s), and begin it again: ragkit optimize PIPELINE --data FILE"


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that saw every question: what it chose, its means by metric, and whether it kept every limit."""

    number: int
    choices: Mapping[str, Any]
    means: Mapping[str, float | None]
    feasible: bool


@dataclass(frozen=True, slots=True)
class Search:
    """A study: what it was asked in words, the most trials, its state, why it stopped, and its card once it has one.

    A study that was gone on with keeps the card of before until it has another.
    """

    name: str
    pipeline: str
    trials: int
    state: State
    stopped: str | None
    card: Mapping[str, Any] | None

    @property
    def verdict(self) -> str:
        """What it came to, in a sentence."""
        before = None if self.card is None else str(self.card["verdict"]["sentence"])
        if self.state == "done" and before is not None:
            return before
        why = "" if self.stopped is None or self.state != "stopped" else f": {self.stopped}"
        return f"{self.state}{why}" + ("" if before is None else f"; before: {before}")


def read(study: Study) -> Search:
    """A study as its folder has it.

    Raises:
        UsageError: The folder is damaged, or was written by a ragkit that says other things.
    """
    again = _BEGIN_AGAIN % study.folder
    try:
        asked, card = study.asked, study.card
        found = Search(study.name, asked.pipeline, asked.trials, study.state, study.stopped, card)
        str(found.verdict)
    except UsageError as error:
        raise UsageError(error.message, place=error.place, hint=error.hint or again) from error
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise UsageError(
            f"the search {study.name!r} was written by another ragkit, or is damaged: {error}",
            place=study.name, hint=f"read it with the ragkit that wrote it; or {again}",
        ) from error  # fmt: skip
    return found


def trials_of(study: Study) -> tuple[list[Trial], int]:
    """The trials of a study before and after its prompts were tuned, as ``tried`` gives them.

    Raises:
        UsageError: A file of its trials is damaged.
    """
    parts = [tried(journal) for journal in (study.journal, study.later_journal)]
    return [trial for found, _ in parts for trial in found], sum(others for _, others in parts)


def tried(journal: Path) -> tuple[list[Trial], int]:
    """The trials of a journal that saw every question, and how many others have ended.

    Raises:
        UsageError: The file is damaged.
    """
    if not journal.is_file() or b"\n" not in journal.read_bytes():  # of one that begins half a line may be there
        return [], 0
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.load_study(study_name="search", storage=JournalStorage(JournalFileBackend(str(journal))))
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise UsageError(
            f"the trials of the search {journal.parent.name!r} are damaged: {type(error).__name__}: {error}",
            place=str(journal), hint=_BEGIN_AGAIN % journal.parent,
        ) from error  # fmt: skip
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
