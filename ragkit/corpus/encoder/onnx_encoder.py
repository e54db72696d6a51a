"""The encoder as questions run it: onnxruntime and tokenizers, ready in a fraction of a second, no torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ragkit.corpus.encoder.prepared import PreparedModel
from ragkit.corpus.encoder.vectors import Vectors

_BATCH = 32
_THREADS = 2


class OnnxEncoder:
    """A prepared model's graph. Safe to use from several threads.

    Args:
        prepared: A model whose ``runtime`` is ``onnxruntime``.
        max_tokens: A shorter limit than the model's own.
    """

    def __init__(self, prepared: PreparedModel, max_tokens: int | None = None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        facts = prepared.facts
        self._inputs = facts.inputs
        self._tokenizer: Any = Tokenizer.from_file(str(prepared.tokenizer))
        limit = max_tokens if max_tokens is not None else facts.limit
        if limit is not None:
            # The tokenizer's file may cut earlier than the model reads: MiniLM's says 128, the model 256.
            self._tokenizer.enable_truncation(limit, direction=facts.cut_side)
        self._tokenizer.enable_padding(direction=facts.pad_side, pad_id=facts.pad_id, pad_token=facts.pad_token)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(_THREADS, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(prepared.graph), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Normalised vectors, ``float32 [len(texts), all dimensions]``, in the order of the texts."""
        # Texts of like length share a batch, so that little is padded.
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        vectors = np.concatenate([self._run([texts[i] for i in batch]) for batch in batches])
        result = np.empty_like(vectors)
        result[order] = vectors
        return result

    def _run(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch_fast(texts)
        columns = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        feed = {
            name: np.array([getattr(encoding, columns[name]) for encoding in encoded], dtype=np.int64)
            for name in self._inputs
        }
        vectors: Vectors = self._session.run(None, feed)[0]
        return vectors
