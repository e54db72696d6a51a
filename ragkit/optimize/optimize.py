"""An optimisation from a file and questions to an overlay and a card: what ``ragkit optimize`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragkit.engine.scope import Corpora
from ragkit.errors import UsageError
from ragkit.evaluate.card import corpora_card, machine, shown_path, versions
from ragkit.evaluate.questions import QuestionSet
from ragkit.optimize.bench import Bench
from ragkit.optimize.card import markdown, point, points
from ragkit.optimize.objective import Objective, objective_of
from ragkit.optimize.overlay import overlay_text, write
from ragkit.optimize.parts import Parts, part
from ragkit.optimize.search import Budget, Found, Tried, search
from ragkit.optimize.space import defaults, marks_of
from ragkit.optimize.studies import Asked, Study
from ragkit.optimize.verdict import Verdict, front, judge
from ragkit.project import Project
from ragkit.spec.plan import Plan

_COST = "context_tokens"


@dataclass(frozen=True, slots=True)
class Optimized:
    """What an optimisation came to.

    Attributes:
        card: All of it, as plain data.
        overlay: The overlay that was written; None where nothing was better than the defaults.
        page: The card as a Markdown file.
    """

    card: Mapping[str, Any]
    overlay: Path | None
    page: Path


def optimize(
    study: Study,
    asked: Asked,
    questions: QuestionSet,
    project: Project,
    *,
    force: bool = False,
    tell: Callable[[str], None] = lambda text: None,
    done: Callable[[int, int, Tried | None], None] = lambda number, of, tried: None,
) -> Optimized:
    """Searches (or goes on), judges on held-out questions, and writes overlay and card.

    Args:
        study: Where trials are kept.
        asked: What is asked.
        questions: The questions.
        project: The project; indexes must be there.
        force: Replace an overlay that is there.
        tell: Is told in sentences what is being done.
        done: Is told each trial's number, how many there are, and the trial where it saw every question.

    Raises:
        UsageError: The study was made for another pipeline or other questions, nothing is open, there is no objective,
            or the overlay is there already.
    """
    bench = Bench(Path(asked.pipeline), project)
    plan = bench.plan({})
    if (plan.hash, questions.sha256) != (asked.hash, asked.sha256):
        changed = "pipeline" if plan.hash != asked.hash else "file of questions"
        raise UsageError(
            f"the {changed} has changed since the study {asked.name!r} was begun: its trials no longer say anything",
            hint="begin another: ragkit optimize",
        )
    out = Path(asked.out) if asked.out else plan.file.with_name(f"{plan.file.stem}.tuned.yaml")
    if out.exists() and not force:
        raise UsageError(f"the overlay {str(out)!r} is there already", hint="--force replaces it, --out writes another")
    marks = marks_of(plan, asked.only)  # type: ignore[arg-type]
    objective = objective_of(plan, asked.maximize, asked.subject_to)
    parts = part(questions.questions, asked.held_out, asked.seed)
    tell(f"{objective}; {len(parts.tune)} questions to search on, {len(parts.report)} held out, parted {parts.how}")
    if plan.calls.lm:
        most = plan.calls.lm * len(parts.tune) * asked.trials
        capped = "" if asked.calls is None else f", and not more than {asked.calls}"
        tell(f"at most {most:,} LM requests for the search{capped}")
    budget = Budget(asked.trials, asked.minutes, asked.calls)
    study.begin(asked)
    try:
        found = search(
            bench, marks, parts.tune, objective, budget, journal=study.journal, seed=asked.seed,
            calls_each=plan.calls.lm, done=lambda number, tried: done(number, asked.trials, tried),
        )  # fmt: skip
        if not found.tried:
            raise UsageError(f"no trial could be measured: no question has the metric {objective.maximize!r}")
        chance = None
        if asked.random:
            tell("a random search of the same cost, for comparison")
            same = Budget(max(1, round(found.runs / len(parts.tune))), asked.minutes, asked.calls)
            chance = search(
                Bench(Path(asked.pipeline), project), marks, parts.tune, objective, same, at_random=True,
                seed=asked.seed + 1, calls_each=plan.calls.lm,
            )  # fmt: skip
        verdict = judge(bench, objective, parts.report, found, chance)
    finally:
        bench.close()
    card = _card(study, asked, questions, project, plan, objective, parts, found, chance, verdict)
    overlay = None
    if verdict.improved and found.best is not None:
        made = f"{objective}; study {study.name}, {card['conditions']['when']}."
        heading = f"{verdict.sentence}.\n{made}\nragkit run {asked.pipeline} QUESTION --overlay {out}"
        write(out, overlay_text(plan, found.best.choices, heading), force)
        overlay = out
    page = out.with_suffix(".card.md") if overlay else study.folder / "card.md"
    card["overlay"] = None if overlay is None else shown_path(overlay, project.root)
    write(page, markdown(card), True)
    study.finish(card)
    return Optimized(card, overlay, page)


def _card(
    study: Study, asked: Asked, questions: QuestionSet, project: Project, plan: Plan, objective: Objective,
    parts: Parts, found: Found, chance: Found | None, verdict: Verdict,
) -> dict[str, Any]:  # fmt: skip
    corpora = corpora_card(plan, Corpora(project.corpora, project.state))
    best = found.best
    marks = marks_of(plan, asked.only)  # type: ignore[arg-type]
    random = None if chance is None else chance.best
    return {
        "study": study.name,
        "pipeline": {"name": plan.name, "hash": plan.hash, "file": shown_path(plan.file, project.root)},
        "objective": str(objective),
        "objective_metric": objective.maximize,
        "space": [mark.path for mark in marks],
        "values": {
            "default": defaults(marks),
            "best": None if best is None else dict(best.choices),
            "random": {} if random is None else dict(random.choices),
        },
        "search": {
            "trials": len(found.tried) + found.given_up,
            "given_up": found.given_up,
            "runs": found.runs,
            "stopped": found.stopped,
            "tried": points(found.tried),
            "random": None if chance is None else {"trials": len(chance.tried), "runs": chance.runs},
        },
        "best": None if best is None else point(best),
        "front": points(front(found.tried, _COST)),
        "verdict": {"improved": verdict.improved, "sentence": verdict.sentence, "figures": dict(verdict.figures)},
        "again": _again(asked),
        "conditions": {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {"file": shown_path(questions.path, project.root), "sha256": questions.sha256,
                     "tune": len(parts.tune), "report": len(parts.report), "how": parts.how},
            "seed": asked.seed,
            "corpus_version": corpora["corpus_version"],
            "models": corpora["models"],
            "versions": versions(),
            "machine": machine(),
        },
    }  # fmt: skip


def _again(asked: Asked) -> str:
    parts = [f"ragkit optimize {asked.pipeline} --data {asked.data}"]
    if asked.only:
        parts.append(f"--only {asked.only}")
    parts.append(f"--trials {asked.trials}")
    if asked.maximize:
        parts.append(f"--maximize {asked.maximize}")
    parts += [f"--subject-to '{name} {sign} {limit:g}'" for name, sign, limit in asked.subject_to]
    parts.append(f"--seed {asked.seed}")
    return " ".join(parts)
