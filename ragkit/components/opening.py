"""What several roles do first: open the corpus that their step stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.component import Scope
from ragkit.errors import UsageError

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


def open_reader(scope: Scope | None) -> Reader:
    """The reader of the step's corpus.

    Raises:
        UsageError: The component was made without a scope.
        IndexMissing: The corpus has no index.
    """
    if scope is None:
        raise UsageError("this component reads a corpus, and was made without a scope that has one")
    reader: Reader = scope.corpus()
    return reader
