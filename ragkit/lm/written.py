"""A signature as a file writes it: ``question, passages -> answer: Answer, confidence: float``.

The types are a fixed set that is read here; nothing is evaluated. Made without DSPy, for files are checked before it is
loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from ragkit import ports
from ragkit.errors import did_you_mean
from ragkit.ports import PortType
from ragkit.types import Answer, Passages, Turn

TYPES = "str, int, float, bool, list[…], Literal[a, b], … | None"
INPUT_TYPES = f"{TYPES}, list[Passage], list[Turn]"
OUTPUT_TYPES = f"{TYPES}, Answer"
UNTYPED: dict[str, Any] = {"passages": Passages, "history": list[Turn]}
"""Inputs whose names say their type; every other field without one is a text."""
TAKEN = frozenset(
    {
        "append", "append_instructions", "completed", "config", "construct", "copy", "delete", "demos", "dict",
        "dump_state", "equals", "fields", "from_orm", "input_fields", "insert", "instructions", "json", "lm",
        "load_state", "logprobs", "new_signature", "output_fields", "parse_file", "parse_obj", "parse_raw",
        "prediction", "prepend", "schema", "schema_json", "self", "signature", "update_forward_refs", "validate",
        "with_instructions", "with_updated_fields",
    }
)  # fmt: skip
"""Names that DSPy's own classes use; a test compares. So are all that begin with ``model_``."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<mark>->|[\[\]|,:])|(?P<word>\w(?:[\w.]|-(?!>))*)|(?P<other>\S))"""
)
_SIMPLE: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field.

    ``type`` is what the LM is asked for or given (``str`` for passages, turns and answers); ``port`` what flows;
    ``optional`` says that it may be nothing.
    """

    name: str
    type: Any
    port: PortType
    optional: bool = False


@dataclass(frozen=True, slots=True)
class WrittenSignature:
    """The fields of a signature, in the order written; the first output is the main port."""

    inputs: tuple[WrittenField, ...]
    outputs: tuple[WrittenField, ...]


def read_signature(text: str) -> WrittenSignature:
    """Reads a signature.

    Raises:
        ValueError: What is wrong with it, and what is allowed.
    """
    return _Reader(text).signature()


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = [
            (match.lastgroup or "", match[0].strip()) for match in _TOKEN.finditer(text) if match[0].strip()
        ]
        self._at = 0
        self._names: set[str] = set()
        for kind, token in self._tokens:
            if kind == "other":
                raise ValueError(f"the signature holds {token!r}; {_FORM}")

    def signature(self) -> WrittenSignature:
        inputs = self._fields("input", "->")
        if not self._take("->"):
            raise ValueError(f"the signature has no '->' between its inputs and its outputs; {_FORM}")
        outputs = self._fields("output", "")
        if self._at < len(self._tokens):
            raise ValueError(f"the signature has {self._next()!r} where a comma or its end is expected; {_FORM}")
        if not outputs:
            raise ValueError(f"the signature has no output; {_FORM}")
        return WrittenSignature(tuple(inputs), tuple(outputs))

    def _fields(self, side: Literal["input", "output"], end: str) -> list[WrittenField]:
        found: list[WrittenField] = []
        while self._next() not in (end, ""):
            if found and not self._take(","):
                break
            found.append(self._field(side))
        return found

    def _field(self, side: Literal["input", "output"]) -> WrittenField:
        name = self._next()
        if _NAME.fullmatch(name) is None:
            found = f"has {name!r} where" if name else "ends where"
            raise ValueError(
                f"the signature {found} the name of an {side} is expected: lower-case letters, digits and _"
            )
        self._at += 1
        if name in TAKEN or name.startswith("model_"):
            raise ValueError(f"a field cannot be called {name!r}: DSPy uses the name itself")
        if name in self._names:
            raise ValueError(f"the field {name!r} stands twice")
        self._names.add(name)
        untyped = UNTYPED.get(name, str) if side == "input" else str
        return _written(name, self._union(name, side) if self._take(":") else untyped, side)

    def _union(self, name: str, side: str) -> Any:
        kind = self._type(name, side)
        while self._take("|"):
            if self._next() != "None":
                raise ValueError(f"the field {name!r} has {self._next()!r} after '|', where only None may stand")
            self._at += 1
            kind = kind | None
        return kind

    def _type(self, name: str, side: str) -> Any:
        word = self._next()
        self._at += 1
        if word == "list":
            self._expect("[", name)
            inner = self._next()
            if inner in ("Passage", "Turn"):
                self._at += 1
                found: Any = Passages if inner == "Passage" else list[Turn]
                if side == "output":
                    raise ValueError(f"the output {name!r} cannot be a list[{inner}]: an LM writes text")
            else:
                found = list[self._type(name, side)]  # type: ignore[misc]
                if found in (list[Answer],):
                    raise ValueError(f"the field {name!r} cannot be a list of answers")
            self._expect("]", name)
            return found
        if word == "Literal":
            return self._literal(name)
        if word == "Answer":
            if side == "input":
                raise ValueError(f"the input {name!r} cannot be an Answer; read its text: `step.text`")
            return Answer
        if word not in _SIMPLE:
            known = (*_SIMPLE, "list", "Literal", "Answer", "Passage", "Turn")
            allowed = INPUT_TYPES if side == "input" else OUTPUT_TYPES
            what = (
                f"unknown type {word!r} of the field {name!r}" if word else f"the field {name!r} has no type after ':'"
            )
            raise ValueError(f"{what}{did_you_mean(word, known)}; there are {allowed}")
        return _SIMPLE[word]

    def _literal(self, name: str) -> Any:
        self._expect("[", name)
        values: list[str] = []
        while True:
            kind, token = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
            if kind not in ("text", "word"):
                raise ValueError(f"the field {name!r}: Literal[…] lists its values, as in Literal[yes, no]")
            self._at += 1
            values.append(token[1:-1] if kind == "text" else token)
            if not self._take(","):
                break
        self._expect("]", name)
        if len(set(values)) < len(values) or not all(value.strip() for value in values):
            raise ValueError(f"the field {name!r}: a value of Literal[…] is empty or stands twice")
        return Literal[tuple(values)]

    def _next(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("mark", token):
            self._at += 1
            return True
        return False

    def _expect(self, token: str, name: str) -> None:
        if not self._take(token):
            found = f"{self._next()!r}" if self._next() else "the end"
            raise ValueError(f"the type of the field {name!r} has {found} where {token!r} is expected")


_FORM = "it is written like `question, passages -> answer: str, confidence: float`"


def _written(name: str, kind: Any, side: Literal["input", "output"]) -> WrittenField:
    port, optional = ports.from_annotation(kind)
    if _is_literal(kind) and side == "output":
        port = ports.LABEL
    if port in (ports.PASSAGES, ports.ANSWER) or port == ports.list_of(ports.TURN):
        return WrittenField(name, str, port, optional)
    return WrittenField(name, kind, port, optional)


def _is_literal(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is Literal
