"""An answer on the terminal while an LM writes it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ragkit.cli import console

if TYPE_CHECKING:
    from ragkit.engine.result import RunResult


class LiveAnswer:
    """Writes the pieces of an answer to stdout as they come.

    What an LM writes is not yet checked: ``rest`` gives what remains to be shown once the run has ended, which is the
    whole result where the answer was changed or is no answer any more.
    """

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, piece: str) -> None:
        """Writes the next piece."""
        self._said += piece
        sys.stdout.write(console.clean(piece))
        sys.stdout.flush()

    def end_line(self) -> None:
        """Ends the line that the answer stands in, so that others can be written below it."""
        if self._said and not self._said.endswith("\n"):
            self("\n")

    def rest(self, result: RunResult) -> str:
        """The result without what stands on the terminal already; empty when nothing remains."""
        from ragkit.cli.answer import text

        self.end_line()
        answer = result.answer
        if not self._said or answer is None:
            return text(result)
        if self._said.split() == answer.text.split():
            rest = text(result, with_answer=False)
            return f"\n{rest}" if rest else ""
        console.say("the answer was checked after it was written; this is what holds:")
        return text(result)
