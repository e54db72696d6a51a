"""Tables without lines for a terminal: the first column says what a row is, the others are numbers."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from ragkit.cli import console

if TYPE_CHECKING:
    from rich.table import Table

_FOLDED = 16
"""Columns that the first one is left at least."""


def table(first: str, *columns: str, gap: int = 2) -> Table:
    """An empty table; ``gap`` columns stand between two of its own."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    made.add_column(first, overflow="fold")
    for name in columns:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def rendered(made: Table) -> str:
    """The table as text, in colour where stdout shows colours; nothing in a cell is read as markup.

    Where the terminal is too narrow the first column folds, and then lines are longer than the terminal is wide: a
    number is never cut.
    """
    from rich.console import Console

    out = io.StringIO()
    color = console.is_coloured(sys.stdout)
    Console(
        file=out, width=max(console.width(), _least(made)), force_terminal=color, no_color=not color, highlight=False,
        markup=False, color_system="standard" if color else None, emoji=False, legacy_windows=False,
    ).print(made)  # fmt: skip
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _least(made: Table) -> int:
    """The columns that the table needs for its numbers whole and its first column folded."""
    from rich.cells import cell_len
    from rich.console import Console

    first = max(cell_len(str(cell)) for cell in (made.columns[0].header, *made.columns[0].cells))
    whole = Console(width=10_000).measure(made).maximum
    return whole - max(0, first - _FOLDED)
