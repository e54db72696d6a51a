"""Which documents a pipeline can find at all: the ids in the corpora that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ragkit.errors import UsageError


class KnownDocuments:
    """The document ids of some indexes; ``id in known`` asks the indexes once for each id.

    Args:
        readers: The readers of the corpora (``ragkit.corpus.Reader``).
    """

    def __init__(self, readers: Sequence[Any]) -> None:
        self._readers = tuple(readers)
        self._asked: dict[str, bool] = {}

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, str):
            return False
        if id not in self._asked:
            self._asked[id] = any(_holds(reader, id) for reader in self._readers)
        return self._asked[id]


def _holds(reader: Any, id: str) -> bool:
    try:
        reader.document(id)
    except UsageError:
        return False
    return True
