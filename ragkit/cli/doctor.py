"""``ragkit doctor``: what is installed, where things are, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import typer

from ragkit.cli import console
from ragkit.cli.options import JsonOption, ProjectOption, VerboseOption, examples

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_SIGNS: dict[str, tuple[str, console.Style]] = {
    "ok": ("ok", "green"),
    "note": ("--", "yellow"),
    "problem": ("!!", "red"),
}


@app.command(
    help="Show what is installed, where things are, and what is wrong.",
    epilog=examples("ragkit doctor", "ragkit doctor --json", "", "Exit code 1 when a check failed."),
)
def doctor(project: ProjectOption = None, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Examines."""
    from ragkit.cli.health import examine

    checks = list(examine(Path.cwd(), project))
    problems = [check for check in checks if check.state == "problem"]
    if as_json:
        console.document({"ok": not problems, "checks": [check.as_dict() for check in checks]})
    else:
        group = None
        for check in checks:
            if check.group != group:
                console.result(("" if group is None else "\n") + console.style(check.group, "bold"))
                group = check.group
            sign, style = _SIGNS[check.state]
            head = f"  {console.style(sign, style)}  {check.name:<22} "
            console.result(head + console.clean(check.text))
            if check.mend is not None:
                console.result(f"{'':29}{console.style('→', 'cyan')} {console.clean(check.mend)}")
        console.say(f"\n{console.count(len(problems), 'problem')}" if problems else "\nno problems")
    if problems:
        raise typer.Exit(1)
