"""``ragkit optimize``: searches over what a pipeline leaves open, and writes what is better as an overlay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ragkit.cli import console
from ragkit.cli.optimized import text
from ragkit.cli.options import (
    JsonOption,
    PipelineArgument,
    ProjectOption,
    QuestionsOption,
    SeedOption,
    VerboseOption,
    examples,
)
from ragkit.cli.run import project_of
from ragkit.cli.searching import SearchShown
from ragkit.errors import UsageError

if TYPE_CHECKING:
    from ragkit.optimize.optimize import Optimized
    from ragkit.optimize.prompts.optimizers.choice import Name
    from ragkit.optimize.studies import Asked, Study
    from ragkit.project import Project
    from ragkit.spec.written.constraint import Operator

app = typer.Typer(rich_markup_mode=None, add_completion=False)


OnlyOption = Annotated[
    Literal["numbers", "structure", "prompts"] | None,
    typer.Option(
        "--only",
        help="Values of parameters; which component and whether a step is there; or what LM steps are told and shown.",
        show_default=False,
    ),
]
OptimizerOption = Annotated[
    Literal["auto", "bootstrap", "bootstrap-rs", "mipro", "gepa", "simba", "copro", "better-together"],
    typer.Option("--optimizer", help="What tunes prompts; auto goes by the data and what the metric can explain."),
]
StrategyOption = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        metavar="'A -> B'",
        help="The optimisers of better-together, one after the other; default: mipro -> gepa.",
        show_default=False,
    ),
]
PromptLMOption = Annotated[
    str | None,
    typer.Option(
        "--prompt-lm",
        metavar="MODEL",
        help="The LM that writes proposals: one that the file names, or provider/model; default: the first step's.",
        show_default=False,
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        "--max-minutes", min=0.01, help="Begin no trial and send no request after this time.", show_default=False
    ),
]
CallsOption = Annotated[
    int | None,
    typer.Option(
        "--max-calls", min=1, help="The most LM requests of all that is done; the cache is free.", show_default=False
    ),
]
TokensOption = Annotated[
    int | None,
    typer.Option(
        "--max-tokens", min=1, help="The most tokens, prompts and replies, of all that is done.", show_default=False
    ),
]
CostOption = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        min=1e-9,
        help="The most US dollars of all that is done; where prices are known.",
        show_default=False,
    ),
]
MaximizeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--maximize",
        metavar="METRIC",
        help="The metric to raise; repeated, further ones: then there is a front. Default: the file's objective.",
        show_default=False,
    ),
]
MinimizeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--minimize", metavar="METRIC", help="A metric to lower beside it, for a front; repeatable.", show_default=False
    ),
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option("--subject-to", metavar="'METRIC < N'", help="A limit to keep; repeatable.", show_default=False),
]
JudgeOption = Annotated[
    str | None,
    typer.Option(
        "--judge",
        metavar="MODEL",
        help="The LM that judges answers, for an objective with answer_judged: a DSPy model string, or the name of an "
        "LM of the pipeline. One more request a question.",
        show_default=False,
    ),
]
HeldOutOption = Annotated[
    float,
    typer.Option(
        "--held-out", min=0.1, max=0.9, help="The share that the search never sees, where the data has no 'split'."
    ),
]
NoRandomOption = Annotated[bool, typer.Option("--no-random", help="No random search of the same cost for comparison.")]
StudyOption = Annotated[
    str | None, typer.Option("--study", metavar="NAME", help="The study's name.", show_default=False)
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="The overlay; by default NAME.tuned.yaml beside the file.", show_default=False
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an overlay that is there.")]


@app.command(
    help="Search over what a pipeline leaves open; what is better on held-out questions becomes an overlay.",
    epilog=examples(
        "ragkit optimize pipelines/adaptive-k.yaml --data corpora/papers/questions.jsonl --only numbers --trials 40",
        "ragkit optimize my.yaml --data questions.jsonl --maximize correct --subject-to 'context_tokens < 1500'",
        "ragkit optimize my.yaml --data questions.jsonl --only prompts --optimizer gepa --max-calls 2000",
        "ragkit optimize my.yaml --data questions.jsonl --maximize correct --minimize context_tokens --max-cost 5",
        "ragkit run my.yaml QUESTION --overlay my.tuned.yaml",
        "",
        "It can be stopped at any time: ragkit study resume NAME goes on.",
    ),
)
def optimize(
    pipeline: PipelineArgument,
    data: QuestionsOption,
    only: OnlyOption = None,
    optimizer: OptimizerOption = "auto",
    strategy: StrategyOption = None,
    prompt_lm: PromptLMOption = None,
    trials: Annotated[int, typer.Option("--trials", min=2, help="The most trials.")] = 40,
    minutes: MinutesOption = None,
    calls: CallsOption = None,
    tokens: TokensOption = None,
    cost: CostOption = None,
    maximize: MaximizeOption = None,
    minimize: MinimizeOption = None,
    subject_to: LimitOption = None,
    judge: JudgeOption = None,
    held_out: HeldOutOption = 0.5,
    seed: SeedOption = 0,
    no_random: NoRandomOption = False,
    study: StudyOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Optimises a pipeline."""
    from ragkit.cli.run import open_pipeline
    from ragkit.evaluate.questions import read_questions
    from ragkit.optimize.studies import Asked, Studies

    _check_prompt_options(only, optimizer, strategy, prompt_lm)
    owner = project_of(pipeline, project)
    limits = tuple(_limit(text) for text in subject_to or ())
    questions = read_questions(data)
    with open_pipeline(pipeline, project, None, None, False, False) as loaded:
        name, hash_ = loaded.plan.name, loaded.plan.hash
    place = Studies(owner).new(study, name)
    asked = Asked(
        place.name, str(pipeline), str(data), hash_, questions.sha256, only, tuple(maximize or ()),
        tuple(minimize or ()), limits, trials, minutes, calls, held_out, seed, not no_random,
        None if out is None else str(out), _joined(optimizer, strategy), prompt_lm, strategy, tokens, cost, judge,
    )  # fmt: skip
    run_study(place, asked, owner, force, as_json)


def _check_prompt_options(only: str | None, optimizer: Name, strategy: str | None, prompt_lm: str | None) -> None:
    """Refuses what could only be passed over in silence."""
    given = {
        "--optimizer": optimizer != "auto",
        "--strategy": strategy is not None,
        "--prompt-lm": prompt_lm is not None,
    }
    named = [option for option, is_given in given.items() if is_given]
    if named and only in ("numbers", "structure"):
        raise UsageError(
            f"{named[0]} is about prompts, and --only {only} leaves them as they are", hint="leave one of the two out"
        )


def _joined(optimizer: Name, strategy: str | None) -> Name:
    """The optimiser; one with a strategy is better-together."""
    if strategy is None:
        return optimizer
    if optimizer not in ("auto", "better-together"):
        raise UsageError(
            f"--strategy joins several optimisers, and --optimizer asks for {optimizer!r} alone",
            hint=f"--strategy '{optimizer} -> gepa', without --optimizer",
        )
    return "better-together"


def _limit(written: str) -> tuple[str, Operator, float]:
    from ragkit.spec.written.constraint import Constraint

    found = Constraint.parse(written)
    if found is None:
        raise UsageError(
            f"--subject-to takes METRIC < NUMBER, not {written!r}", hint="--subject-to 'context_tokens < 1500'"
        )
    return found.metric, found.operator, found.limit


def run_study(study: Study, asked: Asked, project: Project, force: bool, as_json: bool) -> None:
    """Runs a study to its end and tells what came of it; ``ragkit study resume`` does the same."""
    from ragkit.evaluate.questions import read_questions
    from ragkit.optimize.optimize import optimize as run

    shown = SearchShown()
    lock = study.lock()
    try:
        found = run(
            study, asked, read_questions(asked.data), project, force=force, tell=shown.say, done=shown.done,
            progress=shown.progress,
        )  # fmt: skip
    except KeyboardInterrupt:
        shown.say(f"\nevery finished trial is kept: ragkit study resume {study.name}")
        raise
    finally:
        shown.close()
        lock.release()
        study.discard_unbegun()
    if as_json:
        console.document({**found.card, "page": str(found.page)})
    else:
        console.result(text(found.card))
        console.say(f"\n{next_line(asked, found)}")


def next_line(asked: Asked, found: Optimized) -> str:
    """What to do next."""
    tuned = [name for name, of in found.card["profiles"].items() if of["values"] is not None]
    if tuned:
        return f"ragkit run {asked.pipeline} QUESTION --profile {tuned[0]} · the card: {found.page}"
    if found.overlay is None:
        return f"no overlay was written · every trial: {found.page}"
    return f"ragkit run {asked.pipeline} QUESTION --overlay {found.overlay} · the card: {found.page}"
