"""``ragkit serve``: pipelines for programs, over HTTP."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import console
from ragkit.cli.listening import LOCAL, LOOPBACK, check_free, shown
from ragkit.cli.options import NoBuildOption, ProjectOption, VerboseOption, examples
from ragkit.errors import MissingExtra
from ragkit.project import Project

app = typer.Typer(rich_markup_mode=None, add_completion=False)
PORT = 8000
TOKEN = "RAGKIT_SERVE_TOKEN"
GRACE = 30
"""Seconds that questions have to come to their end when the server is told to stop."""


@app.command(
    help="Serve pipelines over HTTP: ragkit's own API, and OpenAI's with a pipeline as a model.",
    epilog=examples(
        "ragkit serve",
        "ragkit serve pipelines/learned-k.yaml --port 8080",
        "RAGKIT_SERVE_TOKEN=secret ragkit serve --host 0.0.0.0",
        "curl -s localhost:8000/v1/pipelines/hybrid/run -H 'content-type: application/json' -d '{\"question\": \"…\"}'",
        "",
        "It listens to this machine only, or where --host says; ctrl-C or SIGTERM ends it once what runs is done.",
    ),
)
def serve(
    pipelines: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PIPELINE]...", help="Those to serve; default: every sound one of the project.", show_default=False
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen at.")] = PORT,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = LOOPBACK,
    workers: Annotated[int, typer.Option("--workers", min=1, max=256, help="How many questions run at once.")] = 4,
    queue: Annotated[
        int, typer.Option("--queue", min=0, max=10_000, help="How many more may wait; the next one is answered 429.")
    ] = 32,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Runs the server until it is stopped."""
    try:
        import uvicorn

        from ragkit.serve.app import create_app
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "fastapi", "ragkit serve", "serve") from error
    from ragkit.serve.shelf import Shelf, fill

    owner = Project.find(Path.cwd(), project)
    check_free("ragkit serve", host, port, PORT)
    shelf = Shelf(owner, build=not no_build, tell=console.say)
    for name, broken in fill(shelf, pipelines or [], owner.pipelines).items():
        console.warn(f"{name} is not served: {broken.diagnostics[0].message}")
    token = os.environ.get(TOKEN) or None
    local = host in LOCAL
    if not local and token is None:
        console.warn(f"it listens at {host} and asks for no password: set {TOKEN}, or whoever reaches it can use it")
    for served in shelf.all if pipelines else ():
        shelf.open(served)
    console.say(f"{console.count(len(shelf), 'pipeline')} of {owner.root}: http://{shown(host)}:{port}/v1/models")
    made = create_app(
        shelf, workers=workers, waiting=queue, token=token, hosts=frozenset(LOCAL) if local else None
    )  # fmt: skip
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn ends at either, and then raises it again for whoever was there before: nobody, so that it ends with 0.
        signal.signal(number, lambda *_: None)
    uvicorn.run(
        made, host=host, port=port, log_level="info" if verbose else "warning", timeout_graceful_shutdown=GRACE,
        server_header=False,
    )  # fmt: skip
