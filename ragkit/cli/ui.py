"""``ragkit ui``: the app in the browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import console
from ragkit.cli.listening import LOCAL, LOOPBACK, check_free, shown
from ragkit.cli.options import ProjectOption, VerboseOption, examples
from ragkit.project import Project
from ragkit.shipped import shipped

app = typer.Typer(rich_markup_mode=None, add_completion=False)
PORT = 8501


@app.command(
    help="Open the app: ask questions and see why they were answered so.",
    epilog=examples(
        "ragkit ui",
        "ragkit ui --port 8600 --no-browser",
        "ragkit ui --read-only                      looks at runs; asks and stores nothing",
        "",
        "It listens to this machine only unless --host says otherwise; ctrl-C ends it.",
    ),
)
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen at.")] = PORT,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = LOOPBACK,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only show what is there: no questions, no feedback.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Runs the app until it is stopped."""
    owner = Project.find(Path.cwd(), project)
    main = shipped("ui") / "main.py"
    check_free("ragkit ui", host, port, PORT)
    console.say(f"the app of {owner.root}: http://{shown(host)}:{port}  (ctrl-C ends it)")
    if host not in LOCAL:
        console.warn(f"it listens at {host} and asks for no password: whoever reaches this address can use it")
    environment = {**os.environ, "RAGKIT_PROJECT": str(owner.root), "RAGKIT_UI_READ_ONLY": "1" if read_only else ""}
    code = serve(command(main, host, port, browser=not no_browser), environment)
    if code:
        raise typer.Exit(3)


def serve(line: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a server until it ends or is told to: ctrl-C and SIGTERM end it too, and nothing of it stays behind.

    Returns:
        Its exit code; 0 where it was told to end.
    """
    told: list[int] = []
    with subprocess.Popen(line, env=environment) as server:

        def forward(number: int, _: object) -> None:
            told.append(number)
            server.terminate()

        before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            code = server.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return 0 if told else code


def command(main: Path, host: str, port: int, *, browser: bool) -> list[str]:
    """The command that starts Streamlit; what it would tell its makers is switched off.

    Args:
        main: The app's entry file.
        host: The address to listen at.
        port: The port to listen at.
        browser: Open a browser.
    """
    options = {
        "server.address": host,
        "server.port": port,
        "server.headless": not browser,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "type",
        "global.developmentMode": False,
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value).lower())]
    return [sys.executable, "-m", "streamlit", "run", str(main), *flags]
