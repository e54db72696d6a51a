"""Options and help that several verbs share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from ragkit.ports import PortType


def examples(*lines: str) -> str:
    """The epilog of a verb's help: its examples, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _set_verbose(context: typer.Context, value: bool) -> bool:
    if value:
        context.find_root().meta["ragkit.verbose"] = True
    return value


def is_verbose(context: typer.Context) -> bool:
    """True when ``--verbose`` stands anywhere on the line."""
    return bool(context.find_root().meta.get("ragkit.verbose"))


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="FOLDER",
        envvar="RAGKIT_PROJECT",
        help="The project: a folder with ragkit.toml. Default: the nearest one upward.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", envvar="RAGKIT_VERBOSE", callback=_set_verbose, help="Print the traceback of an error."
    ),
]
PipelineArgument = Annotated[
    Path, typer.Argument(metavar="PIPELINE", help="A pipeline file (YAML).", show_default=False)
]
OverlayOption = Annotated[
    Path | None,
    typer.Option(
        "--overlay", metavar="FILE", help="Lay what optimisation found over the pipeline.", show_default=False
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Run as tuned for this profile of the file's `slo`, and say where a level is not kept.",
        show_default=False,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="STEP.PARAM=VALUE", help="Choose a value for a search mark; repeatable.", show_default=False
    ),
]
NoBuildOption = Annotated[
    bool,
    typer.Option("--no-build", envvar="RAGKIT_NO_BUILD", help="Make a missing or stale index an error."),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input", metavar="NAME=VALUE", help="A value for an input of the pipeline; repeatable.", show_default=False
    ),
]
StreamOption = Annotated[
    bool | None,
    typer.Option(
        "--stream/--no-stream",
        envvar="RAGKIT_STREAM",
        help="Show the answer while an LM writes it; by default where stdout is a terminal.",
        show_default=False,
    ),
]
CacheOption = Annotated[
    bool,
    typer.Option("--cache", envvar="RAGKIT_CACHE", help="Reuse results of steps that ran before with equal inputs."),
]

QuestionsOption = Annotated[
    Path, typer.Option("--data", "-d", metavar="FILE", help="Questions, one JSON object a line.", show_default=False)
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="The most questions to ask.", show_default=False)
]
KindsOption = Annotated[
    str | None, typer.Option("--kinds", metavar="KIND,…", help="Only questions of these kinds.", show_default=False)
]
SplitOption = Annotated[
    str | None,
    typer.Option("--split", metavar="NAME", help="Only questions whose key 'split' is this.", show_default=False),
]
ShuffleOption = Annotated[
    int | None,
    typer.Option("--seed", min=0, envvar="RAGKIT_SEED", help="Shuffle the questions by this seed.", show_default=False),
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, envvar="RAGKIT_SEED", help="What is drawn is drawn from this.")
]
FreshRunsOption = Annotated[
    bool, typer.Option("--no-cache", help="Run every step, also where it ran before with equal inputs.")
]


def parse_choices(given: Sequence[str] | None) -> dict[str, Any]:
    """``["evidence.buffer=3"]`` as ``{"evidence.buffer": 3}``; values are read as YAML scalars.

    Raises:
        UsageError: One has no ``=``, no name, or stands twice.
    """
    from ragkit.spec.reading.scalars import resolve

    found: dict[str, Any] = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"--set takes STEP.PARAM=VALUE, not {item!r}", hint="--set evidence.buffer=3")
        if name in found:
            raise UsageError(f"--set {name} stands twice")
        try:
            found[name] = resolve(value.strip())
        except OverflowError as error:
            raise UsageError(f"--set {name}: {error}") from error
    return found


def parse_kinds(given: Sequence[str] | None) -> dict[str, str]:
    """``["aggregate=multi"]`` as ``{"aggregate": "multi"}``: the label of each kind of question.

    Raises:
        UsageError: One has no ``=`` or no label, names no kind, or a kind stands twice.
    """
    from ragkit.evaluate.questions import KINDS

    found: dict[str, str] = {}
    for item in given or ():
        kind, equals, label = (part.strip() for part in item.partition("="))
        if not equals or not label or kind not in KINDS:
            raise UsageError(
                f"--map takes KIND=LABEL, not {item!r}{did_you_mean(kind, KINDS)}", hint=f"kinds: {', '.join(KINDS)}"
            )
        if kind in found:
            raise UsageError(f"--map {kind} stands twice")
        found[kind] = label
    return found


def parse_inputs(given: Sequence[str] | None, declared: Mapping[str, PortType]) -> dict[str, Any]:
    """``["lang=en"]`` as ``{"lang": "en"}``: text as it stands for an input of text, else read as JSON.

    Args:
        given: What stood on the line.
        declared: The pipeline's inputs and their types. Unknown names are left to the pipeline to refuse.

    Raises:
        UsageError: One has no ``=``, stands twice, or its value is not of the input's type.
    """
    found: dict[str, Any] = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"--input takes NAME=VALUE, not {item!r}")
        if name in found:
            raise UsageError(f"--input {name} stands twice")
        if name in ("question", "history"):
            raise UsageError(f"--input {name}: the {name} is not given this way")
        found[name] = _read_input(name, value, declared.get(name))
    return found


def _read_input(name: str, value: str, wanted: PortType | None) -> Any:
    from ragkit import ports

    if wanted is None or wanted in (ports.STR, ports.LABEL):
        return value
    try:
        read = json.loads(value)
    except json.JSONDecodeError:
        read = value
    if not wanted.accepts(ports.of_value(read)):
        raise UsageError(f"--input {name} is {value!r}; the pipeline declares it as {wanted}")
    return read
