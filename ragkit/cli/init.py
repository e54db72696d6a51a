"""``ragkit init``: a project that can be asked right away."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import console
from ragkit.cli.options import VerboseOption, examples
from ragkit.cli.templates import DOCUMENTS, QUESTIONS, Template, files, files_over
from ragkit.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Make a project that can be asked right away. It gets settings, pipelines and a corpus.",
    epilog=examples(
        "ragkit init my-project",
        "ragkit init my-project --documents ~/notes    a corpus of the files in a folder of yours",
        "ragkit init my-project --template papers",
        "ragkit init                                   in the current folder",
        "",
        "Files that are there already are never touched.",
    ),
)
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where; made if it is missing.")] = Path(),
    template: Annotated[
        Template | None,
        typer.Option(
            "--template",
            "-t",
            help="The corpus to begin with: `notes`, eight short texts (the default); `papers`, 431 abstracts.",
        ),
    ] = None,
    documents: Annotated[
        Path | None,
        typer.Option("--documents", "-d", metavar="FOLDER", help="Begin with the files below this folder instead."),
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Makes a project."""
    if template is not None and documents is not None:
        raise UsageError("--template and --documents exclude each other")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is a file, not a folder")
    if documents is not None and not documents.is_dir():
        raise UsageError(f"--documents {str(documents)!r} is not a folder")
    kept = []
    for name, content in files(template or "notes") if documents is None else files_over(documents, folder):
        target = folder / name
        if _write_new(target, content):
            console.result(str(target))
        else:
            kept.append(target)
    if kept:
        console.say(f"kept as they were: {', '.join(map(str, kept))}")
    corpus = DOCUMENTS if documents is not None else template or "notes"
    lines = ["next:"]
    if folder != Path():
        lines.append(f"  cd {shlex.quote(str(folder))}")
    lines.append(f'  ragkit run pipelines/adaptive-k.yaml "{QUESTIONS.get(corpus, "your question")}"')
    if documents is None:
        lines.append(f"  then put your own documents into corpora/{corpus}.yaml, and: ragkit index {corpus}")
    console.say("\n".join(lines))


def _write_new(target: Path, content: bytes) -> bool:
    """Writes a file unless it is there; True when it was written.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True)
        with target.open("xb") as file:
            file.write(content)
    except OSError as error:
        if isinstance(error, FileExistsError) and target.exists():
            return False
        raise UsageError(f"cannot write {str(target)!r}: {error.strerror}") from error
    return True
