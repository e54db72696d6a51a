"""Warnings: counted by kind, the first places named, told once."""

from __future__ import annotations

from ragkit.corpus.loaders.notes import Notes


def test_kinds_are_counted_in_the_order_they_came_up() -> None:
    notes = Notes()
    for number in range(7):
        notes.add("a line was odd", "lines were odd", f"a:{number}")
        if number == 3:
            notes.add("a file was late", "files were late", "b")
    told: list[str] = []
    notes.tell(told.append)
    assert told == ["7 lines were odd: a:0, a:1, a:2, a:3, a:4 and 2 more", "a file was late: b"]
    notes.tell(told.append)
    assert len(told) == 2
