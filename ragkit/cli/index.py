"""``ragkit index``: brings the index of a corpus up to date."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli import complete, console
from ragkit.cli.options import JsonOption, ProjectOption, VerboseOption, examples
from ragkit.errors import UsageError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.corpus.corpus import BuildReport, Corpus

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Bring the index of a corpus up to date. What was encoded before is reused.",
    epilog=examples(
        "ragkit index papers",
        "ragkit index                   every corpus of the project",
        "ragkit index papers --check    exit code 1 when the index is missing or stale",
        "",
        "It can be stopped at any time: the next build goes on from there, and questions use the last whole index.",
    ),
)
def index(
    corpora: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CORPUS", help="Names in corpora/. Default: all of them.", autocompletion=complete.corpora
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Build nothing; say whether the index is current.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write a new version though the index is current.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail when another process builds this index.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Builds indexes."""
    owner = Project.find(Path.cwd(), project)
    if check and force:
        raise UsageError("--check and --force exclude each other")
    opened = [_open(name, owner) for name in _names(corpora, owner)]
    reports = [_check(corpus) if check else _build(corpus, no_wait, force, as_json) for corpus in opened]
    if as_json:
        console.document(reports)
    elif check:
        for report in reports:
            console.result(f"{report['corpus']}: {report['status']}")
    if check and any(report["status"] != "current" for report in reports):
        raise typer.Exit(1)
    if not as_json and not check:
        console.say(f'\nask it: ragkit run {owner.pipelines.name}/PIPELINE.yaml "your question"')


def _names(given: list[str] | None, project: Project) -> list[str]:
    from ragkit.corpus.config import corpus_names

    names = list(dict.fromkeys(given or corpus_names(project.corpora)))
    if not names:
        raise UsageError(f"there is no corpus file in {project.corpora}", hint="ragkit init adds one to begin with")
    return names


def _open(name: str, project: Project) -> Corpus:
    from ragkit.corpus.corpus import load_corpus

    # A path to the corpus file is what a shell completes to; it means its name.
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.resolve().parent == project.corpora.resolve():
        name = path.stem
    return load_corpus(name, project.corpora, project.state)


def _check(corpus: Corpus) -> dict[str, Any]:
    return {"corpus": corpus.name, "status": corpus.status()}


def _build(corpus: Corpus, no_wait: bool, force: bool, as_json: bool) -> dict[str, Any]:
    from ragkit.cli.progress import ProgressBar

    bar = ProgressBar()
    try:
        report = corpus.build(progress=bar, wait=not no_wait, force=force)
    finally:
        bar.close()
    for warning in report.warnings:
        console.warn(f"{corpus.name}: {warning}")
    if not as_json:
        console.result(text(report))
    return dataclasses.asdict(report)


def _is_told(stage: str, took: float) -> bool:
    """Stages of no time are left out; BM25 is always told, for it is the one part that every build makes anew."""
    return took >= 0.05 or stage == "bm25"


def text(report: BuildReport) -> str:
    """What a build did, for a terminal."""
    holds = (
        f"{console.count(report.documents, 'document')}, {console.count(report.passages, 'passage')}, "
        f"{console.count(report.sentences, 'sentence')}"
    )
    name = console.style(report.corpus, "bold")
    if not report.built:
        return f"{name}: current, nothing to do ({holds}; version {report.version})"
    total = sum(report.seconds.values())
    stages = ", ".join(
        f"{stage} {console.seconds(took)}" for stage, took in report.seconds.items() if _is_told(stage, took)
    )
    return "\n".join(
        (
            f"{name}: {holds}; version {report.version}",
            f"  encoded {report.encoded:,}, reused {report.reused:,}, by {report.encoder} on {report.runtime}",
            f"  {console.seconds(total)}{f': {stages}' if stages else ''}",
        )
    )
