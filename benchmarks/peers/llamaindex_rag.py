"""LlamaIndex: a vector store index over Chroma and its retriever, as its documentation builds one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from protocol import main


class LlamaIndex:
    """The store is Chroma on disk with cosine distance; the model runs on the CPU, with normalised vectors."""

    def __init__(self, state: Path, model: str, k: int) -> None:
        self.folder = str(state / "llamaindex")
        self.model = model
        self.k = k

    def parts(self) -> tuple[Any, Any]:
        """The vector store and the embedding model."""
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        store = ChromaVectorStore.from_params(
            "papers", persist_dir=self.folder, collection_kwargs={"metadata": {"hnsw:space": "cosine"}}
        )
        return store, HuggingFaceEmbedding(model_name=self.model, device="cpu", embed_batch_size=32)

    def build(self, passages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Embeds title and text of each passage and stores them, through the index."""
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode

        store, embedder = self.parts()
        nodes = [TextNode(id_=p["id"], text=f"{p['title']}\n{p['text']}") for p in passages]
        begin = time.perf_counter()
        VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedder)
        return {"seconds": time.perf_counter() - begin, "encode_seconds": None, "passages": len(passages)}

    def load(self) -> Callable[[str], dict[str, Any]]:
        """The retriever, ready."""
        from llama_index.core import VectorStoreIndex

        store, embedder = self.parts()
        retriever = VectorStoreIndex.from_vector_store(store, embed_model=embedder).as_retriever(
            similarity_top_k=self.k
        )

        def answer(question: str) -> dict[str, Any]:
            return {"ids": [found.node.node_id for found in retriever.retrieve(question)]}

        return answer


if __name__ == "__main__":
    main(LlamaIndex)
