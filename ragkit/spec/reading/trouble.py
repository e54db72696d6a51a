"""Where a YAML parser gave up, and what the lines around it look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ragkit.spec.plan import Position
from ragkit.spec.reading.lexical import Places


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the parser complained of.

    Attributes:
        problem: Its words for what it found.
        offset: Where it gave up.
        context: Its words for what it was reading then.
        context_offset: Where that begins.
        places: The text.
    """

    problem: str
    offset: int
    context: str
    context_offset: int | None
    places: Places

    @property
    def position(self) -> Position:
        """Where it gave up."""
        return self.places.at(self.offset)

    @property
    def line(self) -> str:
        """The line on which it gave up."""
        return self.places.line(self.position.line)

    @property
    def before(self) -> str:
        """The line up to the offset."""
        return self.line[: self.position.column - 1]

    @property
    def token(self) -> str:
        """The word that stands where it gave up, quoted."""
        rest = self.places.text[self.offset : self.offset + 30].split("\n", 1)[0].strip()
        return repr(rest.split(" ", 1)[0]) if rest else "the end of the line"

    def line_above(self) -> tuple[int, str]:
        """The number and text of the nearest line above that says something; 0 when there is none."""
        for number in range(self.position.line - 1, 0, -1):
            text = self.places.line(number)
            if text.strip() and not text.lstrip().startswith("#"):
                return number, text
        return 0, ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule makes of a trouble: a finding without its file and document place."""

    position: Position
    message: str
    length: int = 1
    code: str = "syntax"


Rule = Callable[[Trouble], "Verdict | None"]


def trouble_of(error: YAMLError, places: Places) -> Trouble:
    """Reads the parser's error."""
    if not isinstance(error, MarkedYAMLError):
        return Trouble(str(error).splitlines()[0], 0, "", None, places)
    context = error.context_mark.index if error.context_mark is not None else None
    mark = error.problem_mark if error.problem_mark is not None else error.context_mark
    return Trouble(
        problem=error.problem or error.context or "",
        offset=mark.index if mark is not None else 0,
        context=error.context or "",
        context_offset=context,
        places=places,
    )
