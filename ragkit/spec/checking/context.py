"""What the passes over one pipeline share, and what a scope hands to the scopes inside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from ragkit.component import Component
from ragkit.spec.diagnostics import Diagnostic, Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Model, Position
from ragkit.spec.reading import source
from ragkit.spec.written.mark_form import When
from ragkit.spec.written.marks import Marks
from ragkit.spec.written.raw import RawGraph, RawStep
from ragkit.spec.written.raw_values import Reference

MAX_STEPS = 2000
MAX_DEPTH = 20


class Components(Protocol):
    """What the compiler asks of a catalogue of components."""

    def names(self) -> tuple[str, ...]:
        """Every ``role.name``."""

    def __contains__(self, use: object) -> bool: ...

    def get(self, use: str) -> type[Component]:
        """The class of a component."""


@dataclass(slots=True)
class Compilation:
    """One pipeline being compiled, with all the files that it includes; ``texts`` are read in the place of files."""

    catalogue: Components
    diagnostics: Diagnostics
    marks: Marks
    env: Mapping[str, str] | None = None
    corpora: Path | None = None
    texts: Mapping[Path, str] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    nodes: dict[Path, Node | None] = field(default_factory=dict)
    seen: set[tuple[Position, str]] = field(default_factory=set)
    steps: int = 0
    full: bool = False

    def note(self, text: str) -> None:
        """Adds a sentence for ``validate`` and the trace, once."""
        if text not in self.notes:
            self.notes.append(text)

    def read(self, file: Path, diagnostics: Diagnostics) -> Node | None:
        """The tree of an included file, read once."""
        if file not in self.nodes:
            self.files.append(file)
            if file in self.texts:
                self.nodes[file] = source.read_text(self.texts[file], str(file), diagnostics, self.env)
            else:
                self.nodes[file] = source.read(file, diagnostics, self.env)
        return self.nodes[file]

    def refer(
        self,
        text: str,
        position: Position,
        where: str,
        graph: RawGraph,
        reader: RawStep | None,
        *,
        literal: bool = True,
    ) -> Reference:
        """A new reference, to be resolved when everything has been read."""
        reference = Reference(text, position, where, graph, reader, literal)
        self.references.append(reference)
        if reader is None:
            graph.reads.append(reference)
        return reference


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds in a scope: which corpus and LM, in which file, under which choices.

    ``lm`` is None for none; ``lms`` are the file's own names for LMs. ``chain`` are
    the files from the outermost to this one.
    """

    diagnostics: Diagnostics
    folder: Path
    chain: tuple[Path, ...]
    corpus: str | None = None
    lm: Model | None = None
    lms: Mapping[str, Model] = field(default_factory=dict)
    when: When = ()
    depth: int = 0

    def inner(self, **changes: Any) -> Setting:
        """The setting of a scope inside this one."""
        return replace(self, **changes)


class IncludedDiagnostics(Diagnostics):
    """Hands the findings in an included file on to those of the whole, and says where the file is included.

    A file that is included twice has its findings reported once: ``seen`` holds those of all included files.
    """

    def __init__(self, outer: Diagnostics, at: Position, seen: set[tuple[Position, str]]) -> None:
        super().__init__()
        self.chain = f"included at {at}"
        self._whole = outer
        if isinstance(outer, IncludedDiagnostics):
            self.chain = f"{self.chain}, {outer.chain}"
            self._whole = outer._whole
        self._seen = seen

    def __len__(self) -> int:
        return len(self._whole)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return self._whole.errors

    def register(self, file: str, text: str) -> None:
        self._whole.register(file, text)

    def span(self, position: Position, length: int) -> None:
        self._whole.span(position, length)

    def hide(self, value: str, written: str) -> None:
        self._whole.hide(value, written)

    def add(
        self,
        position: Position,
        where: str,
        message: str,
        *,
        code: str,
        allowed: str | Iterable[str] | None = None,
        nearest_to: tuple[str, Iterable[str]] | None = None,
        length: int | None = None,
    ) -> None:
        if (position, message) not in self._seen:
            self._seen.add((position, message))
            text = f"{message} ({self.chain})"
            self._whole.add(position, where, text, code=code, allowed=allowed, nearest_to=nearest_to, length=length)
