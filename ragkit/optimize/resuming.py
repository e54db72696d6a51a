"""Going on with a study under other limits than it was begun with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ragkit.optimize.limits import NAMES
from ragkit.optimize.stages import first_trials
from ragkit.optimize.studies import Asked, Study


def raised(
    before: Asked, study: Study, *, trials: int | None, minutes: float | None, calls: int | None, tokens: int | None,
    cost: float | None,
) -> Asked:  # fmt: skip
    """What a study is asked from now on; None leaves a limit as it was.

    Where its prompts have been begun, further trials come after them: trials before would give other values, for which
    the prompts would have to be tuned again.
    """
    asked = replace(
        before,
        trials=trials or before.trials,
        minutes=minutes or before.minutes,
        calls=calls or before.calls,
        tokens=tokens or before.tokens,
        cost=cost or before.cost,
    )
    if asked.trials != before.trials and study.tunes:
        return replace(asked, first=min(first_trials(before), asked.trials))
    return asked


def changes(before: Asked, asked: Asked) -> Iterator[str]:
    """What is limited otherwise than before, each in a sentence."""
    if asked.trials != before.trials:
        yield f"at most {asked.trials:,} trials; before: {before.trials:,}"
    for kind, name in NAMES.items():
        now, then = getattr(asked.limits, kind), getattr(before.limits, kind)
        if now != then:
            yield f"at most {name.format(now)}; before: {'no limit' if then is None else name.format(then)}"
