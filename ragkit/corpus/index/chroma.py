"""Chroma: the collection of one version, embedded in its folder or on a server."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ragkit.corpus.encoder.vectors import Vectors
from ragkit.corpus.index.config import ChromaConfig, ChromaServerConfig
from ragkit.errors import CorpusError

_EMBEDDED = "passages"
_PAGE = 5000


class ChromaStore:
    """A collection of passages: ids, vectors, texts, and what metadata Chroma can hold (text, numbers, true or false).

    Args:
        config: Embedded or a server.
        folder: Where an embedded store keeps its files.
        collection: The collection's name on a server; an embedded store has one collection.

    Raises:
        CorpusError: The server cannot be reached.
    """

    def __init__(self, config: ChromaConfig | ChromaServerConfig, folder: Path, collection: str) -> None:
        self._config = config
        self._name = collection if isinstance(config, ChromaServerConfig) else _EMBEDDED
        self._client = _connect(config, folder)
        self._collection: Any = None

    def close(self) -> None:
        """Lets files and connections go."""
        self._client.close()

    def __enter__(self) -> ChromaStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def create(self) -> None:
        """Makes the collection, empty."""
        self._collection = self._client.create_collection(
            self._name,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_search": self._config.ef_search, "ef_construction": 200}},
        )

    def add(
        self,
        ids: Sequence[str],
        vectors: Vectors,
        texts: Sequence[str],
        metadata: Sequence[Mapping[str, Any]],
        told: Callable[[int], None],
    ) -> None:
        """Adds passages, in parts that Chroma takes at once; ``told`` hears how many are in."""
        most = min(self._client.get_max_batch_size(), _PAGE)
        for start in range(0, len(ids), most):
            part = slice(start, start + most)
            self._collection.add(
                ids=list(ids[part]),
                embeddings=np.asarray(vectors[part]),
                documents=list(texts[part]),
                metadatas=[_plain(one) for one in metadata[part]],
            )
            told(min(start + most, len(ids)))

    def open(self, mend: str | None = None) -> None:
        """Opens the collection that is there; ``mend`` is the hint of the error.

        Raises:
            CorpusError: There is none.
        """
        try:
            self._collection = self._client.get_collection(self._name, embedding_function=None)
        except Exception as error:
            raise CorpusError(f"the Chroma collection {self._name!r} cannot be opened: {error}", hint=mend) from error

    def ids(self) -> Iterator[str]:
        """Every id in the collection."""
        for start in range(0, self._collection.count(), _PAGE):
            yield from self._collection.get(limit=_PAGE, offset=start, include=[])["ids"]

    def search(self, queries: Vectors, k: int) -> list[tuple[list[str], list[float]]]:
        """For each query the ids of about the ``k`` nearest passages, nearest first, and their cosines.

        Raises:
            CorpusError: The server does not answer any more, or the collection is gone.
        """
        try:
            found = self._collection.query(query_embeddings=np.asarray(queries), n_results=k, include=["distances"])
        except Exception as error:
            raise CorpusError(f"Chroma could not search the collection {self._name!r}: {error}") from error
        return [
            (ids, [1.0 - distance for distance in distances])
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]

    def drop(self, collection: str) -> None:
        """Deletes a collection."""
        self._client.delete_collection(collection)

    def collections(self) -> list[str]:
        """The names of all collections."""
        return [collection.name for collection in self._client.list_collections()]


def _connect(config: ChromaConfig | ChromaServerConfig, folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if isinstance(config, ChromaConfig):
        return chromadb.PersistentClient(path=str(folder), settings=settings)
    headers = {"Authorization": f"Bearer {config.token}"} if config.token else None
    try:
        client = chromadb.HttpClient(config.host, config.port, config.ssl, headers, settings)
        client.heartbeat()
    except Exception as error:
        raise CorpusError(
            f"no Chroma server answers at {config.host}:{config.port}: {error}",
            hint="start one with `chroma run`, or leave `store` out for the embedded one",
        ) from error
    return client


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in metadata.items() if _fits(str(key), value)}


def _fits(key: str, value: Any) -> bool:
    """Whether Chroma can hold this; what it cannot is filtered on in the index's own files all the same."""
    if not key or key.startswith("chroma:"):
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, str)
