"""``ragkit study``: the studies of a project: which there are, what was best, and going on with one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli import console
from ragkit.cli.optimize import CallsOption, CostOption, MinutesOption, TokensOption, run_study
from ragkit.cli.optimized import text
from ragkit.cli.options import JsonOption, ProjectOption, VerboseOption, examples
from ragkit.errors import UsageError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.optimize.studies import State

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="The studies of a project: searches of ragkit optimize, stopped or done.",
    epilog=examples("ragkit study list", "ragkit study best adaptive-k-1", "ragkit study resume adaptive-k-1"),
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The study.", show_default=False)]


@app.command("list", help="Every study and what it came to, the last first.", epilog=examples("ragkit study list"))
def list_(project: ProjectOption = None, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Lists the studies."""
    from ragkit.optimize.studies import Studies

    found = []
    for study in Studies(Project.find(Path(), project)):
        try:
            found.append((study, study.asked, study.card, study.state, study.stopped))
        except UsageError as error:
            console.warn(error.message)
    if as_json:
        console.document(
            [
                {"name": study.name, "pipeline": asked.pipeline, "trials": asked.trials, "done": state == "done",
                 "state": state, "stopped": stopped, "verdict": None if card is None else card["verdict"]["sentence"]}
                for study, asked, card, state, stopped in found
            ]
        )  # fmt: skip
        return
    if not found:
        console.say("no study yet: ragkit optimize PIPELINE --data FILE")
        return
    rows = [
        (study.name, asked.pipeline, _came_to(state, stopped, None if card is None else card["verdict"]["sentence"]))
        for study, asked, card, state, stopped in found
    ]
    console.result(console.table(("study", "pipeline", "what it came to"), rows))


@app.command("best", help="What a study found.", epilog=examples("ragkit study best adaptive-k-1"))
def best(
    name: NameArgument, project: ProjectOption = None, as_json: JsonOption = False, verbose: VerboseOption = False
) -> None:
    """Shows what a study found."""
    from ragkit.optimize.studies import Studies

    study = Studies(Project.find(Path(), project)).open(name)
    card = study.card
    if card is None:
        raise UsageError(f"the study {name!r} is not done", hint=f"ragkit study resume {name}")
    if study.state != "done":
        console.warn(f"the study {name!r} was gone on with since, and is {_came_to(study.state, study.stopped, None)}")
    if as_json:
        console.document(card)
    else:
        console.result(text(card))


@app.command(
    "resume",
    help="Go on with a study that was stopped, or with more trials or budget.",
    epilog=examples(
        "ragkit study resume adaptive-k-1",
        "ragkit study resume adaptive-k-1 --trials 80 --max-calls 5000",
        "",
        "A limit that is not given stays as it was. What was spent before the stop counts.",
    ),
)
def resume(
    name: NameArgument,
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=2, help="The most trials, those of before with them.", show_default=False),
    ] = None,
    minutes: MinutesOption = None,
    calls: CallsOption = None,
    tokens: TokensOption = None,
    cost: CostOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an overlay that is there.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Goes on with a study."""
    from ragkit.optimize.resuming import changes, raised
    from ragkit.optimize.studies import Studies

    owner = Project.find(Path(), project)
    study = Studies(owner).open(name)
    before = study.asked
    if study.state == "done":
        console.say(f"the study {name!r} is done; what it has run is read, not run again")
    elif study.stopped is not None:
        console.say(f"stopped: {study.stopped}")
    asked = raised(before, study, trials=trials, minutes=minutes, calls=calls, tokens=tokens, cost=cost)
    for change in changes(before, asked):
        console.say(change)
    run_study(study, asked, owner, force, as_json)


def _came_to(state: State, stopped: str | None, verdict: str | None) -> str:
    """A study in a line of the list."""
    if state == "done" and verdict is not None:
        return verdict
    why = f": {stopped}" if state == "stopped" and stopped is not None else ""
    return f"{state}{why}" + ("" if verdict is None else f"; before: {verdict}")
