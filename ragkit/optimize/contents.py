"""What the card of an optimisation holds, as plain data: enough to judge it and to do it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ragkit.engine.scope import Corpora
from ragkit.evaluate.card import corpora_card, machine, shown_path, versions
from ragkit.evaluate.judge import Judge
from ragkit.evaluate.questions import QuestionSet
from ragkit.optimize.card import point, points
from ragkit.optimize.objective import Objective
from ragkit.optimize.parts import Parts
from ragkit.optimize.profiles import Pick
from ragkit.optimize.spending import Spending
from ragkit.optimize.stages import Reached
from ragkit.optimize.studies import Asked, Study
from ragkit.optimize.trials import Found
from ragkit.optimize.verdict import COST, Verdict, front
from ragkit.project import Project
from ragkit.spec.plan import Plan, SearchMark


def contents(
    study: Study, asked: Asked, questions: QuestionSet, project: Project, plan: Plan, objective: Objective,
    marks: Sequence[SearchMark], parts: Parts, reached: Reached, chance: Found | None, verdict: Verdict,
    alone: Mapping[str, Any], picks: Sequence[Pick], spending: Spending, judge: Judge | None,
) -> dict[str, Any]:  # fmt: skip
    """The card.

    Args:
        study: The study.
        asked: What it was asked.
        questions: Its questions.
        project: Its project.
        plan: The plan under its defaults.
        objective: What was searched for.
        marks: What was open.
        parts: How the questions were parted.
        reached: What the stages came to.
        chance: The random search; None where there was none.
        verdict: The held-out comparison.
        alone: The gain of each step's changes alone.
        picks: What each profile came to.
        spending: What was spent.
        judge: Who judged the answers; None: nobody.
    """
    corpora = corpora_card(plan, Corpora(project.corpora, project.state))
    best = reached.best
    random = None if chance is None else chance.best
    last = reached.searches[-1] if reached.searches else None
    stopped = [found.stopped for found in reached.searches if found.stopped]
    return {
        "study": study.name,
        "pipeline": {"name": plan.name, "hash": plan.hash, "file": shown_path(plan.file, project.root)},
        "objective": str(objective),
        "objective_metric": objective.maximize,
        "space": [mark.path for mark in marks],
        "values": {
            "default": dict(reached.default.choices),
            "best": None if best is None else dict(best.choices),
            "random": {} if random is None else dict(random.choices),
        },
        "search": {
            "trials": sum(len(found.tried) + found.given_up + found.broken for found in reached.searches),
            "given_up": sum(found.given_up for found in reached.searches),
            "runs": reached.runs,
            "broken": sum(found.broken for found in reached.searches),
            "failed": sum(trial.failed for found in reached.searches for trial in found.tried),
            "unjudged": sum(trial.unjudged for found in reached.searches for trial in found.tried),
            "stopped": "; ".join(stopped) or None,
            "tried": points(reached.tried),
            "random": None
            if chance is None
            else {
                "trials": len(chance.tried), "runs": chance.runs, "broken": chance.broken,
                "failed": sum(trial.failed for trial in chance.tried),
                "unjudged": sum(trial.unjudged for trial in chance.tried),
            },
        },
        "prompts": None if reached.tuned is None else _prompts(reached),
        "best": None if last is None or last.best is None else point(last.best),
        "front": points(front(reached.tried, objective)),
        "verdict": {"improved": verdict.improved, "sentence": verdict.sentence, "figures": dict(verdict.figures)},
        "alone": dict(alone),
        "several": bool(objective.beside),
        "goals": [objective.maximize, *(objective.beside or (COST,))],
        "profiles": {pick.profile.name: pick.as_dict() for pick in picks},
        "spent": spending.as_dict(),
        "again": _again(asked),
        "conditions": {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {
                "file": shown_path(questions.path, project.root), "sha256": questions.sha256,
                "tune": len(parts.tune), "report": len(parts.report), "how": parts.how,
            },
            "seed": asked.seed,
            "judge": None if judge is None else judge.card,
            "corpus_version": corpora["corpus_version"],
            "models": corpora["models"],
            "versions": versions(),
            "machine": machine(),
        },
    }  # fmt: skip


def _prompts(reached: Reached) -> dict[str, Any]:
    """The prompt stage: how it went, and for each step that it changed the instructions and demos before and after."""
    assert reached.tuned is not None
    record, found = dict(reached.tuned.record), reached.tuned.prompts
    before = record.pop("before")
    steps = {}
    for path in found.steps if found is not None else ():
        assert found is not None
        new = found.instructions[path]
        steps[path] = {
            "before": before[path],
            "after": new if new != before[path] else None,
            "demos": len(found.demos[path]),
        }
    return {**record, "instructions": before, "steps": steps}


def _again(asked: Asked) -> str:
    parts = [f"ragkit optimize {asked.pipeline} --data {asked.data}"]
    if asked.only:
        parts.append(f"--only {asked.only}")
    if asked.optimizer != "auto":
        parts.append(f"--optimizer {asked.optimizer}")
    if asked.strategy:
        parts.append(f"--strategy '{asked.strategy}'")
    if asked.prompt_lm:
        parts.append(f"--prompt-lm {asked.prompt_lm}")
    if asked.judge:
        parts.append(f"--judge {asked.judge}")
    parts.append(f"--trials {asked.trials}")
    for kind in ("calls", "tokens", "cost"):  # a machine takes other minutes
        limit = getattr(asked.limits, kind)
        if limit is not None:
            parts.append(f"--max-{kind} {limit:g}" if kind == "cost" else f"--max-{kind} {limit}")
    parts += [f"--maximize {name}" for name in asked.maximize]
    parts += [f"--minimize {name}" for name in asked.minimize]
    parts += [f"--subject-to '{name} {sign} {limit:g}'" for name, sign, limit in asked.subject_to]
    if asked.held_out != 0.5:
        parts.append(f"--held-out {asked.held_out:g}")
    if not asked.random:
        parts.append("--no-random")
    parts.append(f"--seed {asked.seed}")
    return " ".join(parts)
