"""The encoder of one corpus: a model, its settings, and the two ways to run it."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ragkit.corpus.encoder.config import EncoderConfig
from ragkit.corpus.encoder.model_files import ModelFiles, find_model
from ragkit.corpus.encoder.prepared import ModelFacts, PreparedModel, open_prepared
from ragkit.corpus.encoder.preparing import prepare
from ragkit.corpus.encoder.tokens import TokenCounter
from ragkit.corpus.encoder.torch_encoder import Side, TorchEncoder
from ragkit.corpus.encoder.vectors import Vectors, normalised
from ragkit.errors import EncoderError

if TYPE_CHECKING:
    from ragkit.corpus.encoder.onnx_encoder import OnnxEncoder


class Encoder:
    """Encodes passages on sentence-transformers and questions on onnxruntime, with the same vectors.

    Cheap to make: files are looked at when they are first needed, models are loaded when something is encoded.

    Args:
        config: What the corpus file says.
        base: The folder of the corpus file.
        encoders: The folder of prepared models, ``<state>/encoders``.
    """

    def __init__(self, config: EncoderConfig, base: Path, encoders: Path) -> None:
        self.config = config
        self._base = base
        self._encoders = encoders
        self._lock = threading.RLock()
        self._graph: OnnxEncoder | None = None

    @property
    def name(self) -> str:
        """The model as the corpus file names it, with the dimensions where they are cut."""
        cut = self.config.dimensions
        return self.config.model if cut is None else f"{self.config.model} ({cut} dimensions)"

    @functools.cached_property
    def files(self) -> ModelFiles:
        """The model's files. Raises EncoderError when there are none."""
        return find_model(self.config.model, self._base, self._encoders / "digests.json")

    @functools.cached_property
    def identity(self) -> str:
        """A SHA-256 over the weights and every setting that changes a passage's vector."""
        cut, limit, prompt = self.config.dimensions, self.config.max_tokens, self.config.prompts.passage
        settings = {"digest": self.files.digest, "dimensions": cut, "max_tokens": limit, "prompt": prompt}
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()

    @functools.cached_property
    def prepared(self) -> PreparedModel:
        """The model made ready; the first time this loads it and exports it (seconds)."""
        with self._lock:
            return prepare(self._encoders, self.files, lambda: self.torch)

    @property
    def is_prepared(self) -> bool:
        """True when the model was made ready before."""
        return open_prepared(self._encoders, self.files.digest) is not None

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        return self.prepared.facts

    @functools.cached_property
    def torch(self) -> TorchEncoder:
        """The model on sentence-transformers (seconds to load)."""
        with self._lock:
            return TorchEncoder(self.config.model, self.files.folder, self.config.device)

    @functools.cached_property
    def max_tokens(self) -> int | None:
        """The longest input in tokens, all told; None: any length.

        Raises:
            EncoderError: The corpus file asks for more than the model reads.
        """
        wanted, own = self.config.max_tokens, self.facts.limit
        if wanted is not None and own is not None and wanted > own:
            raise EncoderError(f"max_tokens is {wanted}, but the encoder {self.config.model!r} reads at most {own}")
        return own if wanted is None else wanted

    @functools.cached_property
    def count_tokens(self) -> TokenCounter:
        """Counts tokens as this encoder does, special tokens left out."""
        return TokenCounter(self.prepared.tokenizer)

    @property
    def limit(self) -> int | None:
        """How many tokens of a passage fit, the prompt and the special tokens taken off; None: any number."""
        if self.max_tokens is None:
            return None
        room = self.max_tokens - self.facts.special - self.count_tokens([self.prompt("passage")])[0]
        if room < 1:
            raise EncoderError(
                f"the passage prompt of {self.name!r} leaves no room for text in the {self.max_tokens} tokens it reads"
            )
        return room

    @property
    def dimensions(self) -> int:
        """The length of a vector.

        Raises:
            EncoderError: The corpus file asks for more dimensions than the model has.
        """
        wanted, own = self.config.dimensions, self.facts.dimensions
        if wanted is not None and wanted > own:
            raise EncoderError(f"dimensions is {wanted}, but the encoder {self.config.model!r} has {own}")
        return own if wanted is None else wanted

    def prompt(self, side: Side) -> str:
        """The text put before a question or a passage."""
        chosen = getattr(self.config.prompts, side)
        own = {"query": self.facts.query_prompt, "passage": self.facts.passage_prompt}[side]
        return own if chosen is None else str(chosen)

    def runtime(self, side: Side = "query") -> tuple[Literal["onnxruntime", "torch"], str | None]:
        """What questions run on, and why it is torch where it is."""
        if self.facts.runtime == "onnxruntime" and self.facts.skips_prompt and self.prompt(side):
            return "torch", "the model leaves its prompt out of the pooling, which the exported graph does not"
        return self.facts.runtime, self.facts.reason

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Normalised vectors of passages, ``float32 [n, dimensions]``; runs on sentence-transformers."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        prompt, size = self.prompt("passage"), self.config.batch_size
        vectors = self.torch.encode(texts, prompt, "passage", size, self.max_tokens)
        return normalised(vectors, self.config.dimensions, self.name)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Normalised vectors of questions, ``float32 [n, dimensions]``; runs on onnxruntime where it can."""
        return self._encode_light(texts, "query")

    def encode_again(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages on what questions run on: a check that both ways are the same encoder."""
        return self._encode_light(texts, "passage")

    def _encode_light(self, texts: Sequence[str], side: Side) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        prompt = self.prompt(side)
        if self.runtime(side)[0] == "torch":
            vectors = self.torch.encode(texts, prompt, side, self.config.batch_size, self.max_tokens)
        else:
            vectors = self._session().encode([prompt + text for text in texts] if prompt else texts)
        return normalised(vectors, self.config.dimensions, self.name)

    def warm_up(self) -> None:
        """Loads what questions need."""
        self.encode_queries(["warm up"])

    def _session(self) -> OnnxEncoder:
        with self._lock:
            if self._graph is None:
                self._graph = _shared_graph(self.prepared, self.max_tokens)
            return self._graph

    def describe(self) -> Mapping[str, Any]:
        """The encoder as a manifest keeps it."""
        runtime, reason = self.runtime()
        return {
            "model": self.config.model,
            "digest": self.files.digest,
            "identity": self.identity,
            "dimensions": self.dimensions,
            "max_tokens": self.max_tokens,
            "prompts": {"query": self.prompt("query"), "passage": self.prompt("passage")},
            "runtime": runtime,
            "reason": reason,
            "least_cosine": self.facts.least_cosine,
        }


@functools.lru_cache(maxsize=4)
def _shared_graph(prepared: PreparedModel, max_tokens: int | None) -> OnnxEncoder:
    """One session for all corpora of the process that use the same model."""
    from ragkit.corpus.encoder.onnx_encoder import OnnxEncoder

    return OnnxEncoder(prepared, max_tokens)
