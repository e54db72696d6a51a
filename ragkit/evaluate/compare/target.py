"""What is to be compared, as it is written: ``[LABEL=]PIPELINE[@OVERLAY][@STEP.PARAM=VALUE]…``, a result, or rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ragkit.errors import UsageError, did_you_mean

Kind = Literal["pipeline", "result", "rows"]
_LABEL = re.compile(r"([^=@/\\]{1,40})=(.+)", re.DOTALL)
_CHOICE = re.compile(r"[a-z][a-z0-9_.]*=.*", re.DOTALL)
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Target:
    """One argument of ``ragkit compare``, understood and not yet read.

    Attributes:
        kind: What it names.
        source: The argument as it stood, without its label.
        name: The pipeline's or the rows' file, or the name or folder of a saved result.
        label: The label that was given; None where one has to be found.
        overlay: The overlay to lay over a pipeline.
        choices: Values for its search marks, as ``step.param=value``.
    """

    kind: Kind
    source: str
    name: str
    label: str | None = None
    overlay: Path | None = None
    choices: tuple[str, ...] = field(default=())

    @property
    def variant(self) -> str:
        """The overlay and the choices, which tell two uses of one pipeline apart."""
        overlay = () if self.overlay is None else (self.overlay.name.partition(".")[0],)
        return "@".join((*overlay, *self.choices))


def read_target(text: str, saved: Sequence[str]) -> Target:
    """Reads one argument.

    What exists as it is written, as a file, a folder or a saved result, is taken as it is written; only then are ``=``
    and ``@`` looked for.

    Args:
        text: The argument.
        saved: The names of the saved results.

    Raises:
        UsageError: It names nothing that is there; the message has the nearest name.
    """
    found = _exact(text, saved)
    if found is not None:
        return found
    label = _LABEL.fullmatch(text)
    if label is not None:
        return replace(read_target(label[2], saved), label=label[1].strip())
    file, *rest = text.split("@")
    if rest and file.endswith(_YAML) and Path(file).is_file():
        return _variant(Target("pipeline", text, file), rest)
    raise _unknown(text, file, saved)


def _exact(text: str, saved: Sequence[str]) -> Target | None:
    path = Path(text)
    if path.is_file():
        return Target("pipeline" if text.endswith(_YAML) else "rows", text, text)
    if text in saved or (path / "report.json").is_file():
        return Target("result", text, text)
    return None


def _variant(target: Target, parts: Sequence[str]) -> Target:
    for part in parts:
        if _CHOICE.fullmatch(part):
            target = replace(target, choices=(*target.choices, part))
        elif target.overlay is not None:
            raise UsageError(f"{target.source!r} has two overlays: {str(target.overlay)!r} and {part!r}")
        elif not Path(part).is_file():
            raise UsageError(
                f"{target.source!r}: there is no overlay {part!r}",
                hint="after @ stands an overlay file, or STEP.PARAM=VALUE for a search mark",
            )
        else:
            target = replace(target, overlay=Path(part))
    return target


def _unknown(text: str, file: str, saved: Sequence[str]) -> UsageError:
    if text and Path(text).is_dir():
        return UsageError(f"the folder {text!r} holds no saved result (no report.json)")
    folder = Path(file).parent
    beside = (
        [path.as_posix() for path in folder.glob("*") if path.suffix in (*_YAML, ".jsonl")] if folder.is_dir() else []
    )
    names = [*saved, *beside]
    return UsageError(
        f"there is no pipeline file, saved result or file of rows {file!r}{did_you_mean(file, names)}",
        hint=f"saved results: {', '.join(saved)}" if saved else "ragkit eval PIPELINE --data FILE --save NAME",
    )


def labelled(targets: Sequence[Target], names: Sequence[str]) -> list[str]:
    """A label for every side, no two alike.

    Args:
        targets: The arguments.
        names: For each the name that it has of itself: the pipeline's, the result's, the file's.

    Raises:
        UsageError: Two labels that were given are the same.
    """
    given = [target.label for target in targets if target.label is not None]
    for label in given:
        if given.count(label) > 1:
            raise UsageError(f"the label {label!r} stands twice")
    wanted = [target.label or name for target, name in zip(targets, names, strict=True)]
    labels: list[str] = []
    for target, label in zip(targets, wanted, strict=True):
        if target.label is None and wanted.count(label) > 1 and target.variant:
            label = f"{label}@{target.variant}"
        free, number = label, 2
        while free in labels or (target.label is None and free in given):
            free, number = f"{label} ({number})", number + 1
        labels.append(free)
    return labels
