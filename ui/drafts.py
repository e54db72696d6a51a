"""What somebody is writing: a file as it was opened, and its text as it stands in the editor."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from ragkit.spec.plan import Plan
from ui.checking import Checked
from ui.files import Opened


@dataclass(slots=True)
class Draft:
    """One file in one session.

    Attributes:
        opened: The file as it was read.
        text: The text as it stands.
        base: The text that the editor was given last, which need not follow its keys.
        revision: Counts the changes that were not made in the editor, which it has to take over.
        seen: The editor and the number of the last text that came from it.
        based: The ``seen`` of the text that the last such change was made of.
        at: The keys of the step that the cursor is in.
        step: The same while nothing has followed the cursor there yet.
        drawn: The last plan without errors, to be drawn while there are some.
        pictured: The plan whose graph is shown, where drawing it takes so long that it is drawn when asked for.
        checked: What the checker said last, and of which text.
    """

    opened: Opened
    text: str
    base: str
    revision: int = 0
    seen: tuple[str, int] = ("", 0)
    based: tuple[str, int] = ("", 0)
    at: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    drawn: Plan | None = field(default=None, repr=False)
    pictured: Plan | None = field(default=None, repr=False)
    checked: tuple[str, Checked] | None = field(default=None, repr=False)

    @property
    def dirty(self) -> bool:
        """Whether it differs from what was opened."""
        return self.text != self.opened.text

    def typed(self, told: Any) -> None:
        """Takes over a text that the editor sent, once."""
        if not isinstance(told, dict) or told.get("name") != self.opened.name:
            return
        text, seen = told.get("text"), (str(told.get("editor")), int(told.get("stamp") or 0))
        if isinstance(text, str) and seen != self.seen:
            self.text, self.seen = text, seen

    def moved(self, at: tuple[str, ...]) -> None:
        """Notes that the cursor is in another step; the editor says where it is whenever it says anything."""
        if at != self.at:
            self.at = self.step = at

    def replace(self, text: str) -> None:
        """Takes over a text from elsewhere, and has the editor show it."""
        self.text = self.base = text
        self.revision += 1
        self.based = self.seen

    def saved(self, opened: Opened) -> None:
        """Notes that the text was written."""
        self.opened = opened


def draft(held: MutableMapping[str, Draft], opened: Opened) -> Draft:
    """The draft of a file: the one that was begun in this session, else a new one.

    A draft without changes follows the file, and so does one that says what the file says by now.
    """
    found = held.get(opened.name)
    if found is None:
        found = held[opened.name] = Draft(opened, opened.text, opened.text)
    elif found.opened != opened and (not found.dirty or found.text == opened.text):
        found.opened = opened
        if found.text != opened.text:
            found.replace(opened.text)
    return found
