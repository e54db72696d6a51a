"""Options and help that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def examples(*lines: str) -> str:
    """The epilog of a verb's help: its examples, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _set_verbose(context: typer.Context, value: bool) -> bool:
    if value:
        context.find_root().meta["ragkit.verbose"] = True
    return value


def is_verbose(context: typer.Context) -> bool:
    """True when ``--verbose`` stands anywhere on the line."""
    return bool(context.find_root().meta.get("ragkit.verbose"))


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="FOLDER",
        envvar="RAGKIT_PROJECT",
        help="The project: a folder with ragkit.toml. Default: the nearest one upward.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", envvar="RAGKIT_VERBOSE", callback=_set_verbose, help="Print the traceback of an error."
    ),
]
PipelineArgument = Annotated[Path, typer.Argument(metavar="PIPELINE", help="A pipeline file (YAML).", show_default=False)]
