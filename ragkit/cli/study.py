"""``ragkit study``: the studies of a project: which there are, what was best, and going on with one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import console
from ragkit.cli.optimize import CallsOption, CostOption, MinutesOption, TokensOption, run_study
from ragkit.cli.optimized import text
from ragkit.cli.options import JsonOption, ProjectOption, VerboseOption, examples
from ragkit.errors import UsageError
from ragkit.project import Project

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
            found.append((study.name, study.asked, study.card))
        except UsageError as error:
            console.warn(error.message)
    if as_json:
        console.document(
            [
                {"name": name, "pipeline": asked.pipeline, "trials": asked.trials, "done": card is not None,
                 "verdict": None if card is None else card["verdict"]["sentence"]}
                for name, asked, card in found
            ]
        )  # fmt: skip
        return
    if not found:
        console.say("no study yet: ragkit optimize PIPELINE --data FILE")
        return
    rows = [
        (name, asked.pipeline, "stopped" if card is None else card["verdict"]["sentence"])
        for name, asked, card in found
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
    if as_json:
        console.document(card)
    else:
        console.result(text(card))


@app.command("resume", help="Go on with a study that was stopped.", epilog=examples("ragkit study resume adaptive-k-1"))
def resume(
    name: NameArgument,
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
    from ragkit.optimize.studies import Studies

    owner = Project.find(Path(), project)
    study = Studies(owner).open(name)
    if study.card is not None:
        console.say(f"the study {name!r} is done; its trials are read, not run again")
    before = study.asked
    asked = replace(
        before,
        minutes=minutes or before.minutes,
        calls=calls or before.calls,
        tokens=tokens or before.tokens,
        cost=cost or before.cost,
    )
    run_study(study, asked, owner, force, as_json)
