"""The trials of a search on disk: Optuna's own journal, gone on with where it is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.errors import UsageError

if TYPE_CHECKING:
    import optuna


FIRST = "first"
"""The mark of trials whose values were given, not proposed: they see every question."""


def open_trials(journal: Path | None, at_random: bool, seed: int, width: int, goals: int) -> optuna.Study:
    """The trials of a search, those of before a stop with them.

    Args:
        journal: The file that keeps them; None keeps them in memory.
        at_random: Values are drawn at random.
        seed: What they are drawn from.
        width: How many marks are open.
        goals: How many goals there are, each to be raised.

    Raises:
        UsageError: The file is damaged.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = None
    if journal is not None:
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        journal.parent.mkdir(parents=True, exist_ok=True)
        _drop_half_a_line(journal)
        try:
            storage = JournalStorage(JournalFileBackend(str(journal)))
        except ValueError as error:
            raise UsageError(
                f"{str(journal)!r} is damaged: {error}", hint="begin another study: ragkit optimize"
            ) from error
    # Resumed, a sampler begins anew: its seed counts the trials that are there, so that it proposes others than before.
    study = optuna.create_study(
        storage=storage, study_name="search", directions=["maximize"] * goals, load_if_exists=True,
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2, bootstrap_count=0),
    )  # fmt: skip
    seed += len(study.trials)
    study.sampler = (
        optuna.samplers.RandomSampler(seed=seed)
        if at_random
        else optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(5, 2 * width))
    )
    return study


def queue_first(study: optuna.Study, *first: Mapping[str, Any]) -> None:
    """Puts the values that come first in the queue, and those again whose trial a stop broke off."""
    from optuna.trial import TrialState

    if not study.trials:
        for values in first:
            study.enqueue_trial(dict(values), {FIRST: True}, skip_if_exists=True)
    for trial in study.trials:
        if trial.state == TrialState.RUNNING:
            study.tell(trial.number, state=TrialState.FAIL)
            given = trial.system_attrs.get("fixed_params", {})  # of one that was broken off before it had drawn any
            mark = {name: value for name, value in trial.user_attrs.items() if name == FIRST}
            study.enqueue_trial({**given, **trial.params}, mark)


def _drop_half_a_line(journal: Path) -> None:
    """A process that was killed while it wrote leaves half a line, behind which Optuna could read nothing."""
    if journal.exists():
        text = journal.read_bytes()
        if not text.endswith(b"\n"):
            os.truncate(journal, text.rfind(b"\n") + 1)
