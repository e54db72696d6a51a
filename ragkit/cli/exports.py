"""Where ``trace export`` puts runs: stdout, a file, or an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ragkit.cli import console
from ragkit.cli.outputs import write as write_file
from ragkit.errors import UsageError

if TYPE_CHECKING:
    from ragkit.trace.stored import StoredTrace


def write(runs: Sequence[StoredTrace], form: Literal["json", "markdown", "otlp"], output: Path | None) -> None:
    """Writes runs: one JSON document (a list where there are several), Markdown, or a line of OTLP for each.

    Raises:
        UsageError: The file cannot be written.
    """
    from ragkit.trace.export.forms import export

    texts = [export(run, form) for run in runs]
    if form == "json":
        text = texts[0] if len(texts) == 1 else "[" + ",\n".join(texts) + "]"
    else:
        text = ("\n\n" if form == "markdown" else "\n").join(texts)
    if output is None:
        console.result(text)
        return
    write_file("--output", output, text + "\n")
    console.say(f"wrote {console.count(len(runs), 'run')} to {output}")


def send(runs: Sequence[StoredTrace], endpoint: str, headers: dict[str, str]) -> None:
    """Sends runs to an OTLP endpoint."""
    from ragkit.trace.export.otlp import send as send_spans

    taken = send_spans(((run.trace, run.feedback) for run in runs), endpoint, headers=headers)
    console.say(f"sent {console.count(taken, 'run')} to {endpoint}")


def as_headers(given: Sequence[str] | None) -> dict[str, str]:
    """``["api_key=x"]`` as a mapping.

    Raises:
        UsageError: One has no ``=`` or no name. Its value is not repeated: it may be a secret.
    """
    found = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise UsageError("--header takes NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
