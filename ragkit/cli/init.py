"""``ragkit init``: a project that can be asked right away."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from ragkit.cli import console
from ragkit.cli.options import VerboseOption, examples
from ragkit.errors import UsageError
from ragkit.project import FILE
from ragkit.shipped import shipped

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Template = Literal["notes", "papers"]
QUESTIONS: Mapping[Template, str] = {
    "notes": "How does Adaptive-k cut the list of passages?",
    "papers": "How does Adaptive-k choose how many passages to retrieve?",
}
SETTINGS = """\
# A ragkit project: `ragkit` looks for this file from the current folder upward. Everything here is optional.

[folders]
corpora = "corpora"        # `corpus: notes` in a pipeline is notes.yaml in this folder
pipelines = "pipelines"    # what `ragkit validate` checks when it is given no file

[trace]
content = true             # false keeps questions, texts and answers out of the traces
"""
_MODELINE = re.compile(r"(?m)^(# yaml-language-server: \$schema=)\S*/(\S+)$")
_CORPUS = re.compile(r"(?m)^corpus: papers\b")


@app.command(
    help="Make a project that can be asked right away. It gets settings, pipelines and a corpus.",
    epilog=examples(
        "ragkit init my-project",
        "ragkit init my-project --template papers",
        "ragkit init                           in the current folder",
        "",
        "Files that are there already are never touched.",
    ),
)
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where; made if it is missing.")] = Path(),
    template: Annotated[
        Template,
        typer.Option(
            "--template", "-t",
            help="The corpus to begin with: `notes`, eight short texts to replace by yours; `papers`, 431 abstracts.",
        ),
    ] = "notes",
    verbose: VerboseOption = False,
) -> None:  # fmt: skip
    """Makes a project."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is a file, not a folder")
    kept = []
    for name, content in _files(template):
        target = folder / name
        if _write_new(target, content):
            console.result(str(target))
        else:
            kept.append(target)
    if kept:
        console.say(f"kept as they were: {', '.join(map(str, kept))}")
    lines = ["next:"]
    if folder != Path():
        lines.append(f"  cd {shlex.quote(str(folder))}")
    lines.append(f'  ragkit run pipelines/adaptive-k.yaml "{QUESTIONS[template]}"')
    lines.append(f"  then let corpora/{template}.yaml read your own documents: ragkit index {template}")
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


def _files(template: Template) -> Iterator[tuple[str, bytes]]:
    """The files of a new project, as paths in it and contents."""
    from ragkit.components.catalogue import Catalogue
    from ragkit.corpus.config import CorpusSpec
    from ragkit.spec.schema import schemas

    yield FILE, SETTINGS.encode()
    yield ".gitignore", b"/.ragkit/\n"
    for name, text in schemas(Catalogue(), CorpusSpec).items():
        yield f"schema/{name}", text.encode()
    for file in sorted(shipped("pipelines").glob("*.yaml")):
        text = _CORPUS.sub(f"corpus: {template}", file.read_text(encoding="utf-8"))
        yield f"pipelines/{file.name}", _with_schema(text).encode()
    corpora = shipped("corpora")
    yield f"corpora/{template}.yaml", _with_schema((corpora / f"{template}.yaml").read_text(encoding="utf-8")).encode()
    for file in sorted((corpora / template).rglob("*")):
        if file.is_file():
            yield f"corpora/{file.relative_to(corpora).as_posix()}", file.read_bytes()


def _with_schema(text: str) -> str:
    """The text with its modeline pointing at the schema in the project."""
    return _MODELINE.sub(r"\1../schema/\2", text)
