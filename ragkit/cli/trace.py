"""``ragkit trace``: what earlier runs did, and why."""

from __future__ import annotations

import dataclasses
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ragkit.cli import complete, console
from ragkit.cli.options import JsonOption, ProjectOption, VerboseOption, examples
from ragkit.errors import UsageError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.trace.store import TraceStore
    from ragkit.trace.stored import TraceRow

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Look at earlier runs: list, show, compare and export them, and remove old ones.",
    epilog=examples(
        "ragkit trace list",
        "ragkit trace show",
        "ragkit trace diff 4f2a 91c0",
        "ragkit trace export 4f2a -o run.json",
        "ragkit trace prune --older-than 30d",
    ),
)
TraceArgument = Annotated[
    str,
    typer.Argument(
        metavar="TRACE", help="The beginning of an id, or `last`.", show_default=False, autocompletion=complete.runs
    ),
]


@app.command(
    "list",
    help="List the latest runs, the last first.",
    epilog=examples(
        "ragkit trace list -n 50", "ragkit trace list --failed", 'ragkit trace list --query "adaptive" --since 2d'
    ),
)
def list_(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The most runs to list.")] = 20,
    pipeline: Annotated[str | None, typer.Option("--pipeline", help="Only runs of the pipeline of this name.")] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="Only runs whose question or answer holds this text.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only runs since 30m, 12h, 7d or 2026-01-31.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only runs that failed.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Lists runs."""
    with _store(project) as store:
        rows = store.list(
            limit, pipeline=pipeline, since=_time("--since", since), failed=True if failed else None, query=query
        )
    if as_json:
        console.document([_row(row) for row in rows])
        return
    if not rows:
        narrowed = query or pipeline or since or failed
        console.say("no runs match" if narrowed else "no runs yet: ragkit run PIPELINE QUESTION")
        return
    cells = [
        (
            row.id[:8],
            f"{row.when:%Y-%m-%d %H:%M:%S}",
            "abstained" if row.outcome == "ok" and row.abstained else row.outcome,
            "-" if row.seconds is None else console.seconds(row.seconds),
            row.pipeline,
            row.question,
        )
        for row in rows
    ]
    console.result(console.table(("trace", "started", "outcome", "took", "pipeline", "question"), cells))
    console.say(f"\nragkit trace show {rows[0].id[:8]} tells the whole of it")


@app.command(
    help="Tell what a run did. Step by step: time, counts, decision and why.",
    epilog=examples(
        "ragkit trace show            the last run", "ragkit trace show 4f2a", "ragkit trace show 4f2a --json"
    ),
)
def show(
    trace: TraceArgument = "last",
    full: Annotated[bool, typer.Option("--full", help="Print every passage and text whole.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Tells one run."""
    from ragkit.trace.plain import as_plain
    from ragkit.trace.story import story

    with _store(project) as store:
        stored = store.get(trace)
    if as_json:
        console.document(as_plain(stored.trace))
        return
    color = console.is_coloured(sys.stdout)
    console.result(story(stored.trace, width=console.width(), color=color, full=full, outcome=stored.row.outcome))


@app.command(
    help="Compare two runs. Where they part, what each step did otherwise, which passages.",
    epilog=examples(
        "ragkit trace diff 4f2a 91c0", "ragkit trace diff 4f2a last --full", "ragkit trace diff 4f2a 91c0 --json"
    ),
)
def diff(
    left: Annotated[
        str, typer.Argument(metavar="TRACE", help="The one run.", show_default=False, autocompletion=complete.runs)
    ],
    right: Annotated[
        str, typer.Argument(metavar="TRACE", help="The other run.", autocompletion=complete.runs)
    ] = "last",
    full: Annotated[bool, typer.Option("--full", help="Every step and every passage, not only what differs.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compares two runs."""
    from ragkit.trace.diff import as_dict
    from ragkit.trace.diff import diff as compare
    from ragkit.trace.diff_story import render_diff

    with _store(project) as store:
        compared = compare(store.get(left).trace, store.get(right).trace)
    if as_json:
        console.document(as_dict(compared))
    else:
        color = console.is_coloured(sys.stdout)
        console.result(render_diff(compared, width=console.width(), color=color, full=full))


@app.command(
    help="Export runs. As JSON, as Markdown to paste, or as OpenTelemetry spans with OpenInference names.",
    epilog=examples(
        "ragkit trace export 4f2a -o run.json",
        "ragkit trace export 4f2a --format markdown",
        "ragkit trace export --latest 50 --format otlp -o runs.jsonl",
        "ragkit trace export --latest 50 --endpoint http://localhost:6006",
        "",
        "OPENINFERENCE_HIDE_INPUTS and OPENINFERENCE_HIDE_OUTPUTS leave texts out.",
    ),
)
def export(
    traces: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TRACE", help="Beginnings of ids, or `last`, the default.", autocompletion=complete.runs
        ),
    ] = None,
    form: Annotated[
        Literal["json", "markdown", "otlp"], typer.Option("--format", "-f", help="What to write.")
    ] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of stdout.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="URL", help="Send spans to this OTLP/HTTP address instead.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", metavar="NAME=VALUE", help="A header for --endpoint; repeatable.")
    ] = None,
    latest: Annotated[int | None, typer.Option("--latest", min=1, help="The latest so many runs.")] = None,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Exports runs."""
    from ragkit.cli.exports import as_headers, send, write

    if traces and latest is not None:
        raise UsageError("--latest and the names of traces exclude each other")
    if endpoint is None and header:
        raise UsageError("--header goes with --endpoint")
    if endpoint is not None and output is not None:
        raise UsageError("--endpoint and --output exclude each other")
    headers = as_headers(header)
    with _store(project) as store:
        names = traces or ["last"] if latest is None else [row.id for row in store.list(latest)]
        runs = [store.get(name) for name in names]
    if endpoint is not None:
        send(runs, endpoint, headers)
    else:
        write(runs, form, output)


@app.command(
    help="Remove old runs. What only they used goes too, and the file of traces shrinks.",
    epilog=examples(
        "ragkit trace prune --keep 1000               all but the latest 1,000 runs",
        "ragkit trace prune --older-than 30d",
        "ragkit trace prune --keep 1000 --older-than 30d    what is neither of the 1,000 nor of 30 days",
        "ragkit trace prune --older-than 2026-01-31 --dry-run",
        "",
        "A run that is not over stays. What was said about a run goes with it.",
    ),
)
def prune(
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=0, help="Keep the latest so many runs in any case.")
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help="Only runs older than 12h, 30d, 8w or 2026-01-31."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; say what would go.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Removes runs."""
    from ragkit.cli.pruned import told

    if keep is None and older_than is None:
        raise UsageError(
            "say which runs may go: --keep N, --older-than TIME, or both", hint="ragkit trace prune --older-than 30d"
        )
    with _store(project) as store:
        done = store.prune(keep=keep, before=_time("--older-than", older_than), dry_run=dry_run)
    if as_json:
        console.document({"dry_run": dry_run, **dataclasses.asdict(done)})
        return
    console.result(told(done, dry_run=dry_run))
    if done.not_shrunk is not None:
        console.warn(f"the file was not made smaller: {done.not_shrunk}; prune again later")


def _store(project: Path | None) -> TraceStore:
    from ragkit.trace.store import TraceStore

    owner = Project.find(Path.cwd(), project)
    return TraceStore(owner.state / "traces.db", content=owner.trace_content)


def _time(flag: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    number, now = text[:-1], datetime.now().astimezone()
    try:
        if text[-1:] in units and number.isdigit():
            found = now - timedelta(**{units[text[-1]]: int(number)})
        else:
            found = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{flag} takes 30m, 12h, 7d, 2w or a date like 2026-01-31, not {text!r}") from error
    if found > now:
        raise UsageError(f"{flag} {text} lies in the future")
    return max(found, datetime.fromtimestamp(0, UTC))


def _row(row: TraceRow) -> dict[str, Any]:
    return {
        "trace_id": row.id,
        "started": row.when.isoformat(),
        "seconds": row.seconds,
        "outcome": row.outcome,
        "pipeline": {"name": row.pipeline, "hash": row.pipeline_hash},
        "question": row.question,
        "answer": row.answer,
        "abstained": row.abstained,
        "error": row.error,
        "steps": row.steps,
        "passages": row.passages,
    }
