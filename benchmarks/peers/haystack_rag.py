"""Haystack: a text embedder and a Chroma retriever in a pipeline, as its documentation builds one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from protocol import main


class Haystack:
    """The store is Chroma on disk with cosine distance; the model runs on the CPU, with normalised vectors."""

    def __init__(self, state: Path, model: str, k: int) -> None:
        self.folder = str(state / "haystack")
        self.model = model
        self.k = k
        vectors = state / "vectors.npy"
        self.vectors = vectors if vectors.is_file() else None

    def store(self) -> Any:
        """The document store."""
        from haystack_integrations.document_stores.chroma import ChromaDocumentStore

        return ChromaDocumentStore("papers", persist_path=self.folder, distance_function="cosine")

    def build(self, passages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Embeds title and text of each passage and writes them; where there is a vectors.npy, it has been done."""
        from haystack import Document

        documents = [Document(id=p["id"], content=p["text"], meta={"title": p["title"]}) for p in passages]
        embed = self.embedder() if self.vectors is None else self.given
        begin = time.perf_counter()
        embedded = embed(documents)
        encoded = time.perf_counter()
        self.store().write_documents(embedded)
        end = time.perf_counter()
        return {"seconds": end - begin, "encode_seconds": encoded - begin, "passages": len(passages)}

    def embedder(self) -> Callable[[list[Any]], list[Any]]:
        """The document embedder, ready."""
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
        )

        embedder = SentenceTransformersDocumentEmbedder(
            model=self.model, meta_fields_to_embed=["title"], normalize_embeddings=True, progress_bar=False
        )
        embedder.warm_up()
        return lambda documents: list(embedder.run(documents=documents)["documents"])

    def given(self, documents: list[Any]) -> list[Any]:
        """The documents with the vectors that were given."""
        from dataclasses import replace

        import numpy as np

        vectors = np.load(self.vectors)
        return [
            replace(document, embedding=vector.tolist()) for document, vector in zip(documents, vectors, strict=True)
        ]

    def load(self) -> Callable[[str], dict[str, Any]]:
        """The pipeline, ready."""
        from haystack import Pipeline
        from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder
        from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever

        pipeline = Pipeline()
        embedder = SentenceTransformersTextEmbedder(model=self.model, normalize_embeddings=True, progress_bar=False)
        pipeline.add_component("embedder", embedder)
        pipeline.add_component("retriever", ChromaEmbeddingRetriever(self.store(), top_k=self.k))
        pipeline.connect("embedder.embedding", "retriever.query_embedding")
        pipeline.warm_up()

        def answer(question: str) -> dict[str, Any]:
            found = pipeline.run({"embedder": {"text": question}})["retriever"]["documents"]
            return {"ids": [document.id for document in found]}

        return answer


if __name__ == "__main__":
    main(Haystack)
