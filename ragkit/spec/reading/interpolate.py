"""Variables of the environment in a text: ``${NAME}``, ``${NAME:-default}``, ``${NAME:?message}`` and ``$$``.

As in a shell, ``:-`` and ``:?`` also hold for a variable that is set but empty. A default may hold further ``${…}``; it
ends at the first ``}`` that closes none of them. What a variable holds is taken as it is and never read for variables
again. A dollar sign before anything else stands for itself, but for ``$NAME`` in capitals, which is probably a slip and
is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"\$[A-Z_][A-Z0-9_]+")
_DEEPEST = 8
FORMS = "${NAME}, ${NAME:-default}, ${NAME:?message}, and $$ for a dollar sign"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a ``${…}``: at ``offset`` of the text, ``length`` characters long."""

    offset: int
    length: int
    message: str
    code: str
    allowed: str | None = None
    nearest_to: tuple[str, Iterable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Expansion:
    """A text with its variables filled in.

    Attributes:
        text: The text; where there are problems it is not to be used.
        whole: The text was one ``${…}`` and nothing else.
        values: For each variable that was read: its name and what it holds.
        problems: What is wrong, in the order of the text.
    """

    text: str
    whole: bool
    values: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def expand(text: str, env: Mapping[str, str]) -> Expansion:
    """Fills in the variables of ``text`` from ``env``."""
    if "$" not in text:
        return Expansion(text, False, (), ())
    reader = _Reader(text, env)
    return reader.read()


def escape(text: str) -> str:
    """The text that ``expand`` gives back as ``text``: every dollar sign doubled."""
    return text.replace("$", "$$")


class _Reader:
    def __init__(self, text: str, env: Mapping[str, str]) -> None:
        self.text = text
        self.env = env
        self.values: list[tuple[str, str]] = []
        self.problems: list[Problem] = []

    def read(self) -> Expansion:
        expanded, _ = self._run(0, 0, live=True)
        whole = self.text.startswith("${") and not self.problems and self._closes(0) == len(self.text)
        self.problems.sort(key=lambda problem: problem.offset)
        return Expansion(expanded, whole, tuple(self.values), tuple(self.problems))

    def _run(self, at: int, depth: int, *, live: bool) -> tuple[str, int]:
        """Reads from ``at`` to the end, or inside a default to its ``}``. ``live`` is False where nobody uses it."""
        pieces: list[str] = []
        text = self.text
        while at < len(text):
            dollar = text.find("$", at)
            close = text.find("}", at) if depth else -1
            stop = min((i for i in (dollar, close) if i >= 0), default=len(text))
            pieces.append(text[at:stop])
            at = stop
            if at == len(text) or at == close:
                break
            if text.startswith("$$", at):
                pieces.append("$")
                at += 2
            elif text.startswith("${", at):
                value, at = self._variable(at, depth, live=live)
                pieces.append(value)
            else:
                bare = _BARE.match(text, at)
                if bare is not None:
                    name = bare.group()[1:]
                    self._problem(
                        at, bare.end(), f"'${name}' is not read as a variable; write '${{{name}}}'", "bare-variable"
                    )
                pieces.append("$")
                at += 1
        return "".join(pieces), at

    def _variable(self, start: int, depth: int, *, live: bool) -> tuple[str, int]:
        text = self.text
        name = _NAME.match(text, start + 2)
        end = self._closes(start)
        if end is None:
            self._problem(start, len(text), "'${' is never closed", "bad-variable", allowed=FORMS)
            return "", len(text)
        whole = text[start:end]
        if depth >= _DEEPEST:
            self._problem(start, end, f"defaults stand inside one another more than {_DEEPEST} deep", "bad-variable")
            return "", end
        if name is None:
            found = "has no name" if text[start + 2] in ":}" else "does not begin with a name"
            self._problem(start, end, f"{whole!r} {found}", "bad-variable", allowed=FORMS)
            return "", end
        after = name.end()
        operator = text[after : after + 2]
        if text[after] == "}":
            return self._value(name.group(), start, end, live=live), end
        if operator not in (":-", ":?"):
            self._problem(start, end, f"{whole!r} is not a form that is known", "bad-variable", allowed=FORMS)
            return "", end
        given = self.env.get(name.group())
        used = live and not given
        rest, _ = self._run(after + 2, depth + 1, live=used and operator == ":-")
        if given:
            return self._value(name.group(), start, end, live=live), end
        if operator == ":?" and used:
            why = " ".join(rest.split())
            self._problem(
                start, end, f"the variable {name.group()!r} is not set" + (f": {why}" if why else ""), "unset-variable"
            )
        return rest, end

    def _value(self, name: str, start: int, end: int, *, live: bool) -> str:
        if not live:
            return ""
        value = self.env.get(name)
        if value is None:
            message = f"the variable {name!r} is not set; set it, or give it a default: '${{{name}:-default}}'"
            if name.islower() and end - start == len(self.text):
                message += f"; a step is read by its name alone: {name}"
            self.problems.append(
                Problem(
                    start,
                    end - start,
                    message,
                    "unset-variable",
                    nearest_to=(name, tuple(self.env)),
                )
            )
            return ""
        self.values.append((name, value))
        return value

    def _closes(self, start: int) -> int | None:
        """The offset behind the ``}`` that closes the ``${`` at ``start``."""
        depth = 0
        at = start
        while at < len(self.text):
            if self.text.startswith("$$", at):
                at += 2
            elif self.text.startswith("${", at):
                depth += 1
                at += 2
            elif self.text[at] == "}":
                depth -= 1
                at += 1
                if depth == 0:
                    return at
            else:
                at += 1
        return None

    def _problem(self, start: int, end: int, message: str, code: str, *, allowed: str | None = None) -> None:
        self.problems.append(Problem(start, end - start, message, code, allowed))
