"""``ragkit train``: fits the steps of a pipeline that learn from questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ragkit.cli import console, training
from ragkit.cli.options import (
    JsonOption,
    NoBuildOption,
    PipelineArgument,
    ProjectOption,
    QuestionsOption,
    SeedOption,
    SetOption,
    SplitOption,
    VerboseOption,
    examples,
    parse_choices,
    parse_kinds,
)
from ragkit.cli.run import project_of
from ragkit.errors import UsageError

if TYPE_CHECKING:
    from ragkit.evaluate.questions import Question
    from ragkit.train.examples import Example, Lesson
    from ragkit.train.session import Fitted, Fitting, Training

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Fit the steps of a pipeline that learn from questions; only what a gate measures takes a language model.",
    epilog=examples(
        "ragkit train selector pipelines/learned-k.yaml --data questions.jsonl --force",
        "ragkit train router pipelines/complexity-routed.yaml --data questions.jsonl --force",
        "ragkit train gate pipelines/known-gated.yaml --data questions.jsonl --force",
    ),
)


@app.callback()
def _root() -> None:
    pass


StepOption = Annotated[
    str | None,
    typer.Option("--step", metavar="STEP", help="The step, where several can be trained.", show_default=False),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Write here; by default where the pipeline names it.", show_default=False
    ),
]
FoldsOption = Annotated[int, typer.Option("--folds", min=2, help="Parts of the cross-validation.")]
RepeatsOption = Annotated[int, typer.Option("--repeats", min=1, help="How often the folds are drawn.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a trained file that is there.")]


@app.command(
    "selector",
    help="Fit select.learned or select.conformal on questions with gold documents.",
    epilog=examples(
        "ragkit train selector pipelines/learned-k.yaml --data corpora/papers/questions.jsonl --split tune --force",
        "ragkit train selector my.yaml --data questions.jsonl --aim documents --out other.json",
    ),
)
def selector(
    pipeline: PipelineArgument,
    data: QuestionsOption,
    step: StepOption = None,
    split: SplitOption = None,
    aim: Annotated[
        Literal["evidence", "documents"],
        typer.Option("--aim", help="Keep further passages of a document that hold evidence, or one of each document."),
    ] = "evidence",
    folds: FoldsOption = 10,
    seed: SeedOption = 0,
    choices: SetOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Trains a selector."""
    from ragkit.train.conformal import fit_conformal
    from ragkit.train.selector import fit_selector

    def fitting(found: Sequence[Example], lesson: Lesson, pipeline: Any) -> Fitted:
        if lesson.step.use == "select.conformal":
            return fit_conformal(found, lesson.step.params.score, seed=seed)
        return fit_selector(found, aim=aim, count=folds, seed=seed)

    done = _train("selector", pipeline, data, step, split, choices, out, force, no_build, project, fitting)
    _tell(done, pipeline, data, as_json, training.selector)


@app.command(
    "router",
    help="Fit route.complexity or route.cost: from the kinds of questions, or from what each branch made of them.",
    epilog=examples(
        "ragkit train router pipelines/complexity-routed.yaml --data corpora/papers/questions.jsonl \\",
        "    --add corpora/papers/router.jsonl --split tune --force",
        "ragkit train router my.yaml --data questions.jsonl --labels branches",
        "ragkit train router my.yaml --data questions.jsonl --map aggregate=list --map multi=several",
    ),
)
def router(
    pipeline: PipelineArgument,
    data: QuestionsOption,
    add: Annotated[
        Path | None,
        typer.Option(
            "--add", metavar="FILE", help="More questions to learn from; not measured on.", show_default=False
        ),
    ] = None,
    labels: Annotated[
        Literal["kind", "branches"],
        typer.Option("--labels", help="Where labels come from: the kind, or the simplest branch that is right."),
    ] = "kind",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="KIND=LABEL", help="The label of a kind; repeatable.", show_default=False),
    ] = None,
    step: StepOption = None,
    split: SplitOption = None,
    folds: FoldsOption = 2,
    repeats: RepeatsOption = 20,
    seed: SeedOption = 0,
    choices: SetOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Trains a router."""
    from ragkit.evaluate.questions import read_questions
    from ragkit.train.branches import by_branches
    from ragkit.train.cost import fit_cost
    from ragkit.train.examples import answered, unasked
    from ragkit.train.outcomes import run_branches
    from ragkit.train.router import LABEL_OF_KIND, by_kind, fit_router
    from ragkit.train.session import Fitted

    own = parse_kinds(mapping)
    kinds = {**LABEL_OF_KIND, **own}
    added = () if add is None else read_questions(add).questions

    def refuse(lesson: Lesson) -> None:
        if lesson.step.use == "route.cost" and mapping:
            raise UsageError("route.cost learns from what each branch makes of the questions: no --map")

    def fitting(found: Sequence[Example], lesson: Lesson, pipeline: Any) -> Fitted:
        besides = unasked(added, found, console.say)
        if lesson.step.use == "route.cost":
            own_questions, more = answered([example.question for example in found]), answered(besides)
            asked, params = own_questions + more, lesson.step.params
            outcomes = run_branches(lesson, list(params.labels), asked, pipeline.progress)
            places, reader = range(len(own_questions), len(asked)), pipeline.reader(lesson.step)
            return fit_cost(reader, outcomes, params, added=places, count=folds, repeats=repeats, seed=seed)
        wanted = lesson.step.params.labels
        known = {kind: label for kind, label in kinds.items() if label in wanted or kind in own}
        questions = [example.question for example in found]
        silver = None
        if labels == "branches":
            silver = by_branches(lesson, questions, known, progress=pipeline.progress)
            learned = list(silver.labelled)
        else:
            learned = by_kind(questions, wanted, known)
        learned += by_kind(besides, wanted, known, counts=False)
        fitted = fit_router(
            pipeline.reader(lesson.step), learned, wanted, sure=lesson.step.params.sure, count=folds, repeats=repeats,
            seed=seed,
        )  # fmt: skip
        if silver is None:
            return fitted
        told = {"right": dict(silver.right), "by_bias": silver.by_bias, "left_out": silver.left_out}
        return Fitted(fitted.state, {**fitted.report, "silver": told})

    done = _train("router", pipeline, data, step, split, choices, out, force, no_build, project, fitting, refuse, added)
    _tell(done, pipeline, data, as_json, training.router)


@app.command(
    "gate",
    help="Fit the threshold of a gate: from which uncertainty retrieving pays. Every LM request is counted.",
    epilog=examples(
        "ragkit train gate my.yaml --data questions.jsonl --price 0.2 --out cautious.json",
        "ragkit train gate pipelines/known-gated.yaml --data questions.jsonl --labels data --force",
    ),
)
def gate(
    pipeline: PipelineArgument,
    data: QuestionsOption,
    labels: Annotated[
        Literal["answers", "data"],
        typer.Option(
            "--labels",
            help="Where it is known from whether retrieval is needed: answers without and with it, or the questions' "
            "retrieval_needed or kind.",
        ),
    ] = "answers",
    price: Annotated[
        float | None,
        typer.Option(
            "--price", min=0.0, metavar="PART", help="Of retrieving, in right answers; else 0.05.", show_default=False
        ),
    ] = None,
    step: StepOption = None,
    split: SplitOption = None,
    folds: FoldsOption = 2,
    repeats: RepeatsOption = 20,
    seed: SeedOption = 0,
    choices: SetOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Trains a gate."""
    from ragkit.engine.scope import StepScope
    from ragkit.train.gate import PRICE, by_answers, by_data, fit_gate
    from ragkit.train.known import fit_known

    if price is not None and labels == "data":
        raise UsageError("--price weighs right answers, and --labels data makes none", hint="--labels answers")

    def fitting(found: Sequence[Example], lesson: Lesson, upstream: Any) -> Fitted:
        measured, left_out = by_answers(lesson, found, upstream.progress) if labels == "answers" else by_data(found)
        more: dict[str, Any] = {"left_out": left_out, "price": PRICE if price is None else price}
        more |= {"count": folds, "repeats": repeats, "seed": seed}
        if lesson.step.use == "gate.known":
            return fit_known(upstream.reader(lesson.step), measured, **more)
        component: Any = lesson.step.component(lesson.step.params, StepScope(lesson.step, upstream.corpora))
        return fit_gate(measured, component.conditions(), **more)

    def say_own(lesson: Lesson) -> None:
        if lesson.step.params.threshold is not None:
            console.say(f"note: {lesson.step.path!r} has a 'threshold' of its own, which stands before the trained one")

    done = _train("gate", pipeline, data, step, split, choices, out, force, no_build, project, fitting, say_own)
    _tell(done, pipeline, data, as_json, training.gate)


def _train(
    verb: str,
    pipeline: Path,
    data: Path,
    step: str | None,
    split: str | None,
    choices: list[str] | None,
    out: Path | None,
    force: bool,
    no_build: bool,
    project: Path | None,
    fitting: Fitting,
    refuse: Callable[[Lesson], None] = lambda lesson: None,
    added: Sequence[Question] = (),
) -> Training:
    """Trains a step; ``refuse`` raises where the options do not fit it, or says what to know, before anything runs.

    ``added`` are questions that it learns from beside those of ``data``.
    """
    from ragkit.cli.progress import ProgressBar
    from ragkit.evaluate.questions import read_questions
    from ragkit.train.examples import lesson
    from ragkit.train.session import train

    questions = read_questions(data, split=split)
    found = lesson(pipeline, project_of(pipeline, project), verb, step, parse_choices(choices))
    refuse(found)
    bar = ProgressBar()
    try:
        return train(
            found, questions, fitting, out=out, force=force, build=not no_build, added=added, tell=console.say,
            progress=bar,
        )  # fmt: skip
    finally:
        bar.close()


def _tell(done: Training, pipeline: Path, data: Path, as_json: bool, text: Callable[[dict[str, Any]], str]) -> None:
    if as_json:
        console.document(done.document)
        return
    console.result(text(dict(done.report)))
    console.say(f"\nwritten to {done.path} · ragkit eval {pipeline} --data {data}")
