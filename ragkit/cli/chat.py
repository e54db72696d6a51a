"""``ragkit chat``: a conversation in the terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli import answer, console, interrupt
from ragkit.cli.options import (
    CacheOption,
    NoBuildOption,
    OverlayOption,
    PipelineArgument,
    ProfileOption,
    ProjectOption,
    SetOption,
    StreamOption,
    VerboseOption,
    examples,
)
from ragkit.cli.run import live_answer, open_pipeline, project_of
from ragkit.errors import RagkitError, UsageError, did_you_mean

if TYPE_CHECKING:
    from ragkit.engine import Pipeline
    from ragkit.engine.result import RunResult
    from ragkit.trace.model import Span
    from ragkit.types import Turn

app = typer.Typer(rich_markup_mode=None, add_completion=False)
PROMPT = "> "
COMMANDS = {
    "/trace": "what the last answer was made of, step by step",
    "/passages": "the passages that reached the last answer",
    "/new": "forget the conversation so far",
    "/help": "these commands",
    "/quit": "leave (ctrl-D does too; ctrl-C stops an answer)",
}


@app.command(
    help="Talk with a pipeline. Each question is asked with the turns before it.",
    epilog=examples(
        "ragkit chat pipelines/adaptive-k.yaml",
        "printf 'What is RAG?\\n/passages\\n' | ragkit chat pipelines/naive.yaml",
        "",
        f"In the conversation: {', '.join(COMMANDS)}.",
    ),
)
def chat(
    pipeline: PipelineArgument,
    overlay: OverlayOption = None,
    profile: ProfileOption = None,
    choices: SetOption = None,
    no_build: NoBuildOption = False,
    cache: CacheOption = False,
    stream: StreamOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show the steps while they run.")] = False,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Talks."""
    with open_pipeline(pipeline, project, overlay, choices, no_build, cache, profile) as loaded:
        conversation = Conversation(loaded, quiet, stream)
        interactive = sys.stdin.isatty()
        if interactive:
            console.say(f"{loaded.plan.name}: ask away; /help lists the commands, ctrl-D ends")
        for line in _lines(project_of(pipeline, project).state / "chat_history" if interactive else None):
            if line.strip() in ("/quit", "/exit"):
                break
            try:
                conversation.hear(line.strip())
            except KeyboardInterrupt:
                if not interactive:
                    raise
                interrupt.forget()
                console.say("\nstopped; ask on, or leave with ctrl-D")
    if conversation.failed and not interactive:
        raise typer.Exit(RagkitError.exit_code)


class Conversation:
    """The turns so far and the last result; ``hear`` takes a line of the person."""

    def __init__(self, pipeline: Pipeline, quiet: bool, stream: bool | None = None) -> None:
        self.pipeline = pipeline
        self.quiet = quiet
        self.stream = stream
        self.history: list[Turn] = []
        self.last: RunResult | None = None
        self.failed = False

    def hear(self, line: str) -> None:
        """Obeys a command, or asks a question and prints its answer."""
        if line.startswith("/"):
            self._obey(line)
        elif line:
            self._ask(line)

    def _ask(self, question: str) -> None:
        from ragkit.types import Turn

        live = live_answer(self.stream)

        def show(span: Span) -> None:
            if live is not None:
                live.end_line()
            _show_step(span)

        result = self.pipeline.run(question, history=self.history, on_event=None if self.quiet else show, on_text=live)
        self.last = result
        if live is not None:
            live.end_line()
        if result.error is not None:
            self.failed = True
            console.complain(result.error)
            return
        console.result((answer.text(result) if live is None else live.rest(result)) + "\n")
        sys.stdout.flush()
        for warning in result.warnings:
            console.warn(warning)
        self.history.append(Turn("user", question))
        if result.answer is not None:
            self.history.append(Turn("assistant", result.answer.text))

    def _obey(self, command: str) -> None:
        if command == "/help":
            console.say("\n".join(f"  {name:<10} {what}" for name, what in COMMANDS.items()))
        elif command == "/new":
            self.history.clear()
            console.say("a new conversation")
        elif command not in COMMANDS:
            console.say(f"unknown command {command!r}{did_you_mean(command, COMMANDS)}; /help lists them")
        elif self.last is None:
            console.say("ask something first")
        elif command == "/passages":
            console.result((answer.passages(self.last.passages) or "no passages") + "\n")
        elif command == "/trace":
            from ragkit.trace.story import story

            told = story(self.last.trace, width=console.width(), color=console.is_coloured(sys.stdout))
            console.result(told + "\n")


def _show_step(span: Span) -> None:
    from ragkit.trace.telling import decision_in_words, what

    took = "" if span.status == "skipped" else console.seconds((span.ended - span.started) / 1e9)
    why = f"  {decision_in_words(span.decision)}" if span.decision is not None else ""
    text = f"  {took:>8}  {span.step}  {what(span)}{why}"
    console.say(console.style(console.clean(text), "dim", sys.stderr))


def _lines(memory: Path | None) -> Iterator[str]:
    """The person's lines until the input ends; at a terminal with editing, and with the lines of earlier days.

    Raises:
        UsageError: What is piped in is not text.
    """
    if memory is None:
        try:
            yield from sys.stdin
        except UnicodeDecodeError as error:
            raise UsageError(f"stdin is not valid {error.encoding} text") from error
        return
    with _editing(memory):
        while True:
            try:
                if sys.stdout.isatty():
                    yield input(PROMPT)
                else:  # the prompt would stand in the result
                    sys.stderr.write(PROMPT)
                    sys.stderr.flush()
                    line = sys.stdin.readline()
                    if not line:
                        return
                    yield line
            except EOFError:
                console.say()
                return


@contextlib.contextmanager
def _editing(memory: Path) -> Iterator[None]:
    try:
        import readline
    except ImportError:  # a Python that was built without it: lines are read plainly
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(memory)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        try:
            memory.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(memory)
        except OSError as error:
            console.warn(f"the lines typed could not be kept in {memory}: {error.strerror}")
