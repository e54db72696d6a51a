"""``ragkit schema``: the JSON Schemas that editors check files with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import console
from ragkit.cli.options import ProjectOption, VerboseOption, examples
from ragkit.errors import UsageError
from ragkit.project import Project
from ragkit.shipped import in_checkout

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Print the JSON Schema that editors check files with. It is made from the components that are installed.",
    epilog=examples(
        "ragkit schema > pipeline.schema.json",
        "ragkit schema --corpus",
        "ragkit schema --write       bring the project's schema folder up to date, for example after a new plug-in",
        "ragkit schema --check       exit code 1 when it is out of date",
    ),
)
def schema(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="For --check and --write. Default: the project's schemas.")
    ] = None,
    corpus: Annotated[bool, typer.Option("--corpus", help="Print the schema of corpus files instead.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say which schema files in FOLDER are out of date.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the schema files into FOLDER.")] = False,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Prints, checks or writes schemas."""
    from ragkit.components.catalogue import Catalogue
    from ragkit.corpus.config import CorpusSpec
    from ragkit.spec.schema.schemas import CORPUS_FILE, PIPELINE_FILE, schemas, stale_schemas, write_schemas

    if check and write:
        raise UsageError("--check and --write exclude each other")
    if not (check or write):
        if folder is not None:
            raise UsageError(f"{str(folder)!r}: a folder goes with --check or --write", hint="ragkit schema > FILE")
        sys.stdout.write(schemas(Catalogue(), CorpusSpec)[CORPUS_FILE if corpus else PIPELINE_FILE])
        return
    target = folder if folder is not None else _default_folder(project)
    if check:
        stale = stale_schemas(target, Catalogue(), CorpusSpec)
        for file in stale:
            console.result(str(file))
        if stale:
            console.say(f"{console.count(len(stale), 'schema')} out of date; `ragkit schema --write {target}` mends it")
            raise typer.Exit(1)
        console.say(f"the schemas in {target} are up to date")
        return
    if not target.is_dir():
        raise UsageError(f"{str(target)!r} is not a folder", hint=f"mkdir {target}")
    for file in write_schemas(target, Catalogue(), CorpusSpec):
        console.result(str(file))


def _default_folder(explicit: Path | None) -> Path:
    """The project's own schemas; in ragkit's repository those beside the package that it ships."""
    from ragkit import spec as beside

    root = Project.find(Path.cwd(), explicit).root
    package = Path(beside.__path__[0])
    return package if in_checkout() and package.parent.parent == root else root / "schema"
