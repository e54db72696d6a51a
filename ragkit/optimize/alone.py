"""What each step contributes: the defaults with that step's changes alone, on the held-out questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ragkit.errors import SpecError
from ragkit.evaluate.intervals import paired_interval
from ragkit.evaluate.questions import Question
from ragkit.lm.step import LMStep
from ragkit.optimize.bench import Bench
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.optimize.variant import Variant
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Plan


def gains_alone(
    bench: Bench, objective: Objective, questions: Sequence[Question], default: Variant, best: Variant
) -> dict[str, dict[str, Any]]:
    """For each step of which something changed, the paired gain of its changes without those of other steps.

    Empty where one step changed only: its gain is the whole. A step whose values are none without another step's (a
    parameter of an alternative that the defaults do not choose) is left out, and so is one whose gain nobody knows.
    """
    alone = list(_alone(bench, default, best))
    if len(alone) < 2:
        return {}
    before = objective.values(bench.rows(default.choices, questions))
    found = {}
    for step, variant in alone:
        try:
            rows = bench.rows(variant.choices, questions, variant.prompts)
        except SpecError:
            continue
        gain = paired_interval(before, objective.values(rows))
        if gain.mean is not None and gain.low is not None:
            found[step] = gain.as_dict()
    return found


def changing_steps(plan: Plan, values: bool, prompts: bool) -> set[str]:
    """The steps that a search over values, and one over prompts, can change."""
    steps = {step.path: step for step in steps_of(plan.root)}
    found = {step_of(mark.path, set(steps)) for mark in plan.space} if values else set()
    return found | {path for path, step in steps.items() if prompts and issubclass(step.component, LMStep)}


def _alone(bench: Bench, default: Variant, best: Variant) -> Iterator[tuple[str, Variant]]:
    steps = {step.path for step in steps_of(bench.plan(best.choices).root)}
    choices: dict[str, dict[str, Any]] = {}
    for path, value in best.choices.items():
        if default.choices.get(path) != value:
            choices.setdefault(step_of(path, steps), {})[path] = value
    prompts = best.prompts.steps if best.prompts is not None else {}
    for step in dict.fromkeys((*choices, *prompts)):
        own = Prompts({step: prompts[step]}) if step in prompts else None
        yield step, Variant({**default.choices, **choices.get(step, {})}, own)


def step_of(path: str, steps: set[str]) -> str:
    """The step that a mark belongs to: ``evidence`` of ``evidence.buffer``; of an alternative, that which chooses."""
    owner = path
    while owner not in steps and "." in owner:
        owner = owner.rpartition(".")[0]
    return owner
