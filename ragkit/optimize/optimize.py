"""An optimisation from a file and questions to an overlay and a card: what ``ragkit optimize`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragkit.errors import EvaluationError, UsageError
from ragkit.evaluate.card import shown_path
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import QuestionSet
from ragkit.lm.step import LMStep
from ragkit.optimize.alone import gains_alone
from ragkit.optimize.announcement import announce, check_limits, say_spent
from ragkit.optimize.bench import Bench
from ragkit.optimize.card import markdown
from ragkit.optimize.contents import contents
from ragkit.optimize.judging import digest, judge_asked
from ragkit.optimize.limits import Limits, SpentError
from ragkit.optimize.objective import Objective, objective_of
from ragkit.optimize.overlay import write, write_overlay
from ragkit.optimize.parts import Parts, check_known, part
from ragkit.optimize.paying import paid
from ragkit.optimize.profiles import Pick, Picker, check_overlays, most_runs
from ragkit.optimize.reports import Reports
from ragkit.optimize.search import search
from ragkit.optimize.shares import Phase, Shares
from ragkit.optimize.space import marks_of
from ragkit.optimize.spending import Spending
from ragkit.optimize.stages import Reached, Stages, proposes
from ragkit.optimize.studies import Asked, Study
from ragkit.optimize.trials import Ended, Found
from ragkit.optimize.troubles import of_side, of_trial
from ragkit.optimize.variant import Variant
from ragkit.optimize.verdict import judge
from ragkit.project import Project
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Plan, SearchMark
from ragkit.spec.profiles import profiles_of


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
    done: Callable[[Ended, int], None] = lambda ended, of: None,
    progress: Callable[[Progress], None] = lambda report: None,
) -> Optimized:
    """Searches (or goes on), judges on held-out questions, and writes overlay and card.

    Args:
        study: Where trials and prompts are kept.
        asked: What is asked.
        questions: The questions.
        project: The project; indexes must be there.
        force: Replace an overlay that is there.
        tell: Is told in sentences what is being done.
        done: Is told how each trial ended, and how many there are.
        progress: Is told, from any thread, how many questions have run of what is being done; it must not raise.

    Raises:
        UsageError: The study was made for another pipeline, other questions or another judge, nothing is open, there is
            no objective, the overlay is there already, or the budget does not pay for the least that is to be done.
        EvaluationError: Every question fails before any trial has come to its end, or an LM or the judge stops
            answering.
    """
    reports, judge_model = Reports(progress), judge_asked(asked, project)
    bench = Bench(Path(asked.pipeline), project, judge_model, reports.ran)
    plan = bench.plan({})
    if (plan.hash, questions.sha256) != (asked.hash, asked.sha256):
        changed = "pipeline" if plan.hash != asked.hash else "file of questions"
        raise UsageError(
            f"the {changed} has changed since the study {asked.name!r} was begun: its trials no longer say anything",
            hint="begin another: ragkit optimize",
        )
    out = Path(asked.out) if asked.out else plan.file.with_name(f"{plan.file.stem}.tuned.yaml")
    if out.is_dir() or not out.absolute().parent.is_dir():
        what = "is a folder" if out.is_dir() else f"lies in {str(out.parent)!r}, which is not a folder"
        raise UsageError(f"the overlay {str(out)!r} {what}", hint="--out names a file, NAME.tuned.yaml")
    if out.exists() and not force:
        raise UsageError(f"the overlay {str(out)!r} is there already", hint="--force replaces it, --out writes another")
    check_overlays(plan, force)
    tunes = _tunes(plan, asked)
    marks = () if asked.only == "prompts" else marks_of(plan, asked.only, needed=not tunes)  # type: ignore[arg-type]
    objective = objective_of(plan, asked.maximize, asked.subject_to, asked.minimize, asked.judge)
    check_known(questions.questions, objective.maximize)
    parts = part(questions.questions, asked.held_out, asked.seed)
    tell(f"{objective}; {len(parts.tune)} questions to search on, {len(parts.report)} held out, parted {parts.how}")
    others = {} if judge_model is None else {"the judge": judge_model}
    if tunes and (prompter := proposes(plan, asked)) is not None:
        others["proposals"] = prompter
    check_limits(plan, asked.limits, others)
    each = bench.requests(plan)
    shares = _shares(plan, each, asked, parts, marks, tunes)
    announce(plan, each, asked, parts, marks, shares, tell)
    study.begin(asked if judge_model is None else replace(asked, judge_digest=digest(judge_model)))
    spending = Spending(asked.limits, study.spending)
    say_spent(spending, tell)
    spending.told = reports.sent
    try:
        stages = Stages(
            bench, study, asked, plan, marks, tunes, parts.tune, objective, shares, spending, tell, done, reports
        )
        reached = stages.run()
        chance = None
        if "random" in shares.phases:
            tell("a random search of the same cost, for comparison")
            same, keep = max(1, round(reached.runs / len(parts.tune))), shares.keep("random")
            with (
                closing(Bench(Path(asked.pipeline), project, judge_model, reports.ran)) as apart,
                spending.during("random", keep),
            ):
                chance = _by_chance(
                    apart, marks, parts, objective, same, asked.seed + 1, study.random_journal, spending, keep,
                    reports, tell,
                )  # fmt: skip
        with paid(spending, "judging"):
            verdict = judge(
                bench, objective, parts.report, reached.default, reached.best, _best(chance),
                lambda side: reports.begin(f"judging {side}"),
            )  # fmt: skip
        for side in verdict.figures["sides"]:
            trouble = of_side(verdict.figures, side)
            if trouble is not None:
                tell(f"judging {side}: {trouble}")
        reports.begin("profiles")
        with paid(spending, "judging"):
            picks = _picks(bench, objective, plan, parts, reached, tell)
        alone: dict[str, Any] = {}  # measured last, from what is left
        reports.begin("what each step contributes")
        if reached.best is not None and reached.best != reached.default:
            alone = _alone(bench, objective, parts, reached.default, reached.best, plan, spending, tell)
        if spending.beyond:
            tell(
                f"{spending.beyond:,} LM requests came to more than they can by their `max_tokens` and the price that "
                "is known: the server does not keep to them, and neither can a limit"
            )
        card = contents(
            study, asked, questions, project, plan, objective, marks, parts, reached, chance, verdict, alone, picks,
            spending, bench.judge,
        )  # fmt: skip
        overlay = None
        if verdict.improved and reached.best is not None:
            made = f"{objective}; study {study.name}, {card['conditions']['when']}."
            heading = f"{verdict.sentence}.\n{made}\nragkit run {asked.pipeline} QUESTION --overlay {out}"
            write_overlay(out, bench, plan, reached.best, heading, force)
            overlay = out
        for pick in picks:
            if pick.variant is not None:
                heading = f"{pick.profile.name}: {pick.profile}. {pick.sentence}.\n{objective}; study {study.name}."
                heading += f"\nragkit run {asked.pipeline} QUESTION --profile {pick.profile.name}"
                write_overlay(pick.profile.overlay, bench, plan, pick.variant, heading, force, pick.profile)
    except SpentError as error:
        study.stop(str(error))
        raise SpentError(
            f"{error}; what was found is kept",
            hint=f"ragkit study resume {study.name} with a higher limit: {asked.limits.options}",
        ) from error
    except EvaluationError as error:
        study.stop(error.message)
        hint = f"when it runs again: ragkit study resume {study.name}; what was found is kept"
        raise EvaluationError(error.message, place=error.place, hint=hint) from error
    except KeyboardInterrupt:
        study.stop("interrupted")
        raise
    except Exception as error:
        study.stop(str(error))
        raise
    finally:
        spending.close()
        bench.close()
    page = out.with_suffix(".card.md") if overlay else study.folder / "card.md"
    card["overlay"] = None if overlay is None else shown_path(overlay, project.root)
    write(page, markdown(card), True)
    study.finish(card)
    return Optimized(card, overlay, page)


def _tunes(plan: Plan, asked: Asked) -> bool:
    """Whether prompts are tuned."""
    steps = [step.path for step in steps_of(plan.root) if issubclass(step.component, LMStep)]
    if asked.only == "prompts" and not steps:
        raise UsageError(
            f"{plan.file.name} has no step that asks an LM: there are no prompts to tune",
            hint="a step such as generate.answer, and an LM: `lm: provider/model`",
        )
    return bool(steps) and asked.only in (None, "prompts")


def _by_chance(
    bench: Bench, marks: Sequence[SearchMark], parts: Parts, objective: Objective, trials: int, seed: int,
    journal: Path, spending: Spending, keep: Limits, reports: Reports, tell: Callable[[str], None],
) -> Found:  # fmt: skip
    """The random search."""

    def name(place: int) -> str:
        return f"random search, trial {place + 1} of {trials}"

    def done(ended: Ended) -> None:
        trouble = of_trial(ended)
        if trouble is not None:
            tell(f"{name(ended.place)}: {trouble}")

    return search(
        bench, marks, parts.tune, objective, trials, at_random=True, seed=seed, journal=journal,
        spent=lambda: spending.check(keep), begun=lambda place: reports.begin(name(place)), done=done,
    )  # fmt: skip


def _shares(plan: Plan, each: int, asked: Asked, parts: Parts, marks: tuple[SearchMark, ...], tunes: bool) -> Shares:
    phases: list[Phase] = ["values"] if marks else []
    if tunes:
        phases += ["prompts", "values again"] if marks else ["prompts"]
    if marks and asked.random:
        phases.append("random")
    sides = 3 if "random" in phases else 2
    runs = sides * len(parts.report) + most_runs(plan, len(parts.tune), len(parts.report))
    return Shares(asked.limits, runs * each, tuple(phases))


def _best(found: Found | None) -> Variant | None:
    return None if found is None or found.best is None else Variant(found.best.choices)


def _alone(
    bench: Bench, objective: Objective, parts: Parts, default: Variant, best: Variant, plan: Plan, spending: Spending,
    tell: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """The gain of each step's changes alone, where the budget pays for it."""
    left = spending.left("calls")
    most = (
        bench.requests(plan) * len(parts.report) * (len(best.choices) + len(best.prompts.steps if best.prompts else ()))
    )
    if left is not None and most > left:
        tell(f"what each step contributes is not measured: that takes up to {most:,} LM requests, {left:,.0f} are left")
        return {}
    try:
        with paid(spending, "judging"):
            return gains_alone(bench, objective, parts.report, default, best)
    except SpentError as error:
        tell(f"what each step contributes is not measured: {error}")
        return {}


def _picks(
    bench: Bench, objective: Objective, plan: Plan, parts: Parts, reached: Reached, tell: Callable[[str], None]
) -> list[Pick]:
    """A point for each profile that the pipeline names."""
    profiles = profiles_of(plan)
    if not profiles:
        return []
    picker = Picker(bench, objective, parts.tune, parts.report, tell)
    points = [point for variant in reached.variants if (point := picker.point(variant)) is not None]
    return [picker.pick(profile, points) for profile in profiles.values()]
