"""``ragkit data``: check the questions that pipelines are measured with, and make new ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli import complete, console
from ragkit.cli.options import JsonOption, NoBuildOption, ProjectOption, VerboseOption, examples
from ragkit.cli.outputs import keep_apart
from ragkit.errors import UsageError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader
    from ragkit.evaluate.checking.finding import CheckReport, Finding
    from ragkit.evaluate.synth.writer import Writer

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Check the questions that pipelines are measured with, and make new ones from documents.",
    epilog=examples(
        "ragkit data check corpora/papers/questions.jsonl --corpus papers",
        "ragkit data synth papers --out questions.jsonl",
    ),
)
_SHOWN = 5


@app.command(
    "check",
    help="Check a file of questions against the corpus they are about.",
    epilog=examples(
        "ragkit data check corpora/papers/questions.jsonl --corpus papers",
        "ragkit data check mine.jsonl --corpus notes --json",
        "ragkit data check labels.jsonl --corpus papers --ignore answer-not-in-gold",
        "",
        "Found are: lines that are no question; ids that are no document, with the nearest one; questions asked twice;",
        "gold that no retriever finds; answers and evidence that stand in no gold document; gold for a kind that has",
        "none, and none for a kind that needs it. Exit code 1 when something is wrong, 0 with warnings only.",
    ),
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Questions (JSON Lines).", show_default=False)],
    corpus: Annotated[
        str,
        typer.Option(
            "--corpus",
            "-c",
            metavar="NAME",
            help="The corpus they are about.",
            show_default=False,
            autocompletion=complete.corpora,
        ),
    ],
    within: Annotated[
        int, typer.Option("--within", metavar="K", min=1, help="Gold further down every ranking is out of reach.")
    ] = 100,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="CODE", help="Leave out findings of this code; repeatable.", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print every finding, not the first few of each code.")] = False,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Checks questions."""
    from ragkit.cli.progress import ProgressBar
    from ragkit.evaluate.checking.check import check_questions

    reader, bar = _reader(corpus, project, no_build), ProgressBar()
    try:
        report = check_questions(file, reader, within=within, ignore=ignore or (), progress=bar)
    finally:
        bar.close()
    if as_json:
        console.document(report.as_dict())
    else:
        _print(report, every)
    if report.counts["error"]:
        raise typer.Exit(1)


@app.command(
    "synth",
    help="Make questions from the documents of a corpus, without an LM or with one.",
    epilog=examples(
        "ragkit data synth papers --out questions.jsonl",
        "ragkit data synth papers --out questions.jsonl --n 300 --split 0.5 --noun paper",
        "ragkit data synth papers --out lists.jsonl --kinds aggregate,multi --round-trip 20",
        "ragkit data synth papers --out questions.jsonl --lm openai/gpt-4o-mini --max-calls 200",
        "",
        "Beside FILE its card is written, FILE.card.md and FILE.card.json: figures, conditions, what was dropped and",
        "why. The same seed over the same corpus version gives the same questions. They are in English.",
    ),
)
def synth(
    corpus: Annotated[
        str,
        typer.Argument(
            metavar="CORPUS", help="The corpus to ask about.", show_default=False, autocompletion=complete.corpora
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where the questions go.", show_default=False)
    ],
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many questions.")] = 100,
    kinds: Annotated[
        str | None,
        typer.Option("--kinds", metavar="KIND,…", help="Only these kinds. Default: all five.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Chooses documents and wordings.")] = 0,
    split: Annotated[
        float | None,
        typer.Option(
            "--split",
            metavar="SHARE",
            help="Mark this share `tune` and the rest `report`, no document in both.",
            show_default=False,
        ),
    ] = None,
    noun: Annotated[str, typer.Option("--noun", help="What a document is called in a question.")] = "document",
    titles: Annotated[
        bool, typer.Option("--titles", help="Keep questions that hold the title of their document.")
    ] = False,
    round_trip: Annotated[
        int | None,
        typer.Option(
            "--round-trip",
            metavar="K",
            min=1,
            show_default=False,
            help="Keep only questions with a gold document within K of bm25, dense or hybrid.",
        ),
    ] = None,
    lm: Annotated[
        str | None,
        typer.Option(
            "--lm",
            metavar="MODEL",
            show_default=False,
            help="Let this LM write questions (a DSPy model string); all else is made by rules.",
        ),
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", min=1, help="The most requests to the LM.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Makes questions."""
    from ragkit.cli.synth import make
    from ragkit.evaluate.synth.synthesise import Wanted

    chosen = {} if kinds is None else {"kinds": tuple(dict.fromkeys(k.strip() for k in kinds.split(",") if k.strip()))}
    wanted = Wanted(
        n=n,
        seed=seed,
        split=split,
        noun=noun.strip(),
        titles=titles,
        round_trip=round_trip,
        **chosen,  # type: ignore[arg-type]
    )
    wanted.check()
    if max_calls is not None and lm is None:
        raise UsageError("--max-calls goes with --lm")
    if force and out.exists():
        keep_apart("--out", out, *_documents(corpus, project))
    make(
        out, wanted, lambda: _reader(corpus, project, no_build), lambda: _writer(lm, max_calls, project),
        force=force, as_json=as_json,
    )  # fmt: skip


def _writer(lm: str | None, max_calls: int | None, project: Path | None) -> Writer | None:
    if lm is None:
        return None
    from ragkit.evaluate.synth.writer import Writer
    from ragkit.lm.cache import ResponseCache

    owner = Project.find(Path.cwd(), project)
    return Writer(lm, ResponseCache(owner.state / "responses.db"), max_calls)


def _documents(corpus: str, project: Path | None) -> list[Path]:
    """The files that a corpus is read from, and its own; none for a corpus that is not there, which is told later."""
    from ragkit.corpus.config import read_corpus
    from ragkit.corpus.loaders import source_files

    file = Project.find(Path.cwd(), project).corpora / f"{corpus}.yaml"
    return [file, *source_files(read_corpus(file).source, file.parent)] if file.is_file() else []


def _reader(corpus: str, project: Path | None, no_build: bool) -> Reader:
    """The reader of a corpus, built first where it is missing or stale."""
    from ragkit.cli.progress import ProgressBar
    from ragkit.engine.scope import Corpora

    owner = Project.find(Path.cwd(), project)
    corpora = Corpora(owner.corpora, owner.state)
    bar = ProgressBar()
    try:
        corpora.ensure((corpus,), not no_build, console.say, bar)
    finally:
        bar.close()
    reader: Reader = corpora.open(corpus).reader()
    return reader


def _print(report: CheckReport, every: bool) -> None:
    printed: dict[str, int] = {}
    for finding in report.findings:
        printed[finding.code] = printed.get(finding.code, 0) + 1
        if every or printed[finding.code] <= _SHOWN:
            console.result(_line(finding, report.file))
    for code, count in printed.items():
        if not every and count > _SHOWN:
            console.result(f"and {count - _SHOWN} more findings of {code} (--all prints them)")
    if report.findings:
        console.result()
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items())
    console.result(f"{console.count(report.questions, 'question')} ({kinds})")
    shares = [f"{name} {share:.1%}" for name, share in report.reach.items() if share is not None]
    if shares:
        console.result(f"gold documents among the first {report.within}: {', '.join(shares)}")
    for code, count in report.ignored.items():
        console.result(f"ignored: {console.count(count, 'finding')} of {code}")
    counts = report.counts
    told = f"{console.count(counts['error'], 'error')}, {console.count(counts['warning'], 'warning')}"
    console.result(console.style(told, "red" if counts["error"] else "yellow" if counts["warning"] else "green"))


def _line(finding: Finding, file: str) -> str:
    place = ":".join(str(part) for part in (file, finding.line, finding.column) if part is not None)
    severity = console.style(finding.severity, "red" if finding.severity == "error" else "yellow")
    who = f" {finding.id}:" if finding.id is not None else ""
    head = f"{console.clean(f'{place}:{who}')} {severity} [{finding.code}] {console.clean(finding.message)}"
    return f"{head}\n    {console.style('mend:', 'cyan')} {console.clean(finding.hint)}"
