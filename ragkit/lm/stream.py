"""The text of one field out of a reply in the chat format, while the reply is still coming."""

from __future__ import annotations

import re
from collections.abc import Callable

_HEAD = re.compile(r"\[\[ ## (\w+) ## \]\][*_`]*[ \t]*\n?")
_THOUGHTS, _THOUGHT = "<think>", "</think>"
_LONGEST_HEAD = 80


class FieldStream:
    """Takes pieces of a reply and hands on those of one field, without the marks around it.

    What may be the beginning of a mark is held back until it is known. White space at the end of the field is held back
    too: it belongs to the marks. Thoughts at the beginning of a reply may name fields; they are passed over.

    Args:
        field: The name of the field.
        show: Is given each piece of its text.
    """

    def __init__(self, field: str, show: Callable[[str], None]) -> None:
        self._field = field
        self._show = show
        self._held = ""
        self._inside = False
        self._begun = False
        self._opening = True

    def feed(self, piece: str) -> None:
        """Takes the next piece."""
        self._held += piece
        if self._opening and self._in_thoughts():
            return
        while True:
            match = _HEAD.search(self._held)
            if match is None or (match.end() == len(self._held) and not match[0].endswith("\n")):
                break
            self._hand_on(self._held[: match.start()].rstrip())
            self._held = self._held[match.end() :]
            self._inside = match[1] == self._field
            self._begun = False
        if not self._inside:
            self._held = self._held[-_LONGEST_HEAD:]
            return
        safe = self._held.rfind("[[")
        ready = self._held if safe < 0 or len(self._held) - safe > _LONGEST_HEAD else self._held[:safe]
        if ready.endswith("["):
            ready = ready[:-1]
        ready = ready.rstrip()
        self._hand_on(ready)
        self._held = self._held[len(ready) :]

    def _in_thoughts(self) -> bool:
        """Whether the reply so far is thoughts, or may be; those that have ended are dropped."""
        begins = self._held.lstrip()
        if len(begins) < len(_THOUGHTS) and _THOUGHTS.startswith(begins):
            return True
        if begins.startswith(_THOUGHTS):
            _, end, rest = begins.partition(_THOUGHT)
            if not end:
                return True
            self._held = rest
        self._opening = False
        return False

    def end(self) -> None:
        """Hands on what was held back and was no mark: the reply has ended."""
        self.feed("\n")
        self._hand_on(self._held.rstrip())
        self._held = ""

    def _hand_on(self, text: str) -> None:
        if not self._inside:
            return
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        if text:
            self._show(text)
