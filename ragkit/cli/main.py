"""``ragkit``: finds the verb, runs it, and turns what went wrong into a message and an exit code.

Verbs are imported when they are called: ``ragkit validate`` pays for no other. Exit codes: 0 fine, 1 a check failed,
2 usage or YAML, 3 a failure at run time, 130 interrupted, 141 the reader of stdout went away.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from ragkit.cli import console, interrupt
from ragkit.cli.options import VerboseOption, examples, is_verbose
from ragkit.errors import RagkitError, nearest

VERBS = (
    "init",
    "validate",
    "graph",
    "index",
    "run",
    "chat",
    "eval",
    "compare",
    "train",
    "optimize",
    "study",
    "data",
    "trace",
    "components",
    "schema",
    "doctor",
    "ui",
    "serve",
)
INTERRUPTED = 130
BROKEN_PIPE = 141


class Verbs(TyperGroup):
    """The group of all verbs: each is the module of its name in this folder, which holds ``app``."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Parses and runs a whole command line; text that the terminal cannot show is written with escapes."""
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            stream = getattr(sys, name)
            if stream is None:  # closed by who started this process; open until it ends
                setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
            elif mode == "w" and hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return super().main(*args, **{"prog_name": "ragkit", **kwargs})

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs in the order in which a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Imports one verb and gives its command, or None."""
        if cmd_name not in VERBS:
            return None
        command = typer.main.get_command(importlib.import_module(f"ragkit.cli.{cmd_name}").app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Finds the verb; a mistyped one is answered with the nearest, a pipeline file with `ragkit run`."""
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            guess = nearest(args[0], VERBS)
            if args[0] == "help":
                hint = f" For help: ragkit {' '.join([*args[1:], '--help'])}"
            elif args[0].endswith((".yaml", ".yml")):
                hint = f' To ask it a question: ragkit run {args[0]} "your question"'
            else:
                hint = f" Did you mean {guess!r}?" if guess else f" Known: {', '.join(VERBS)}."
            ctx.fail(f"unknown command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Runs the verb; every error that leaves it is reported here, and only here."""
        try:
            with interrupt.remembered():
                value = super().invoke(ctx)
            console.flush()
            return value
        except RagkitError as error:
            if is_verbose(ctx):
                traceback.print_exc(file=sys.stderr)
            console.complain(error)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            console.say("\ninterrupted")
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:
            console.forget_stdout()
            raise typer.Exit(BROKEN_PIPE) from error
        except (typer.Exit, typer.Abort):
            raise
        except OSError as error:
            if is_verbose(ctx):
                traceback.print_exc(file=sys.stderr)
            console.forget_stdout()
            console.say(f"{console.style('error:', 'red', sys.stderr)} {console.clean(told(error))}")
            raise typer.Exit(3) from error
        except Exception as error:
            module = type(error).__module__
            if module.startswith("typer."):
                raise
            if is_verbose(ctx):
                traceback.print_exc(file=sys.stderr)
            label = console.style("error:", "red", sys.stderr)
            if module == "sqlite3":
                console.say(f"{label} a file of the project's state cannot be used: {console.clean(str(error))}")
                console.say("  is the disk full, or the folder not to be written? ragkit doctor shows where it is")
                raise typer.Exit(3) from error
            console.say(f"{label} {type(error).__name__}: {console.clean(str(error))}")
            console.say("  this is a defect of ragkit; run again with --verbose for the traceback and report it")
            raise typer.Exit(3) from error


def told(error: OSError) -> str:
    """What the system said, and of which file: without its number, which tells a person nothing."""
    if error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f"{str(error.filename)!r}: {error.strerror}"


class Application(typer.Typer):
    """The process: one that was interrupted does not wait for requests to an LM."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Runs the command line and ends the process."""
        try:
            return super().__call__(*args, **options)
        except SystemExit as end:
            if end.code == INTERRUPTED:
                interrupt.leave(INTERRUPTED)
            raise


app = Application(
    name="ragkit",
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        console.result(f"ragkit {version('ragkit')}")
        raise typer.Exit


@app.callback(
    help="Questions answered from your documents by a pipeline that is one YAML file, and that shows why.",
    epilog=examples(
        "ragkit init my-project                                   a project with a corpus and pipelines",
        'ragkit run pipelines/adaptive-k.yaml "What is RAG?"      an answer with its sources',
        "ragkit trace show                                        why the last run answered as it did",
        "",
        "Exit codes: 0 fine, 1 a check failed, 2 usage or YAML, 3 a failure at run time, 130 interrupted.",
        "Environment: RAGKIT_PROJECT, RAGKIT_HOME (state), RAGKIT_TRACE_CONTENT, RAGKIT_VERBOSE, NO_COLOR.",
    ),
)
def _root(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
    verbose: VerboseOption = False,
) -> None:
    pass


def main() -> None:
    """The entry point of the console script and of ``python -m ragkit``."""
    app()
