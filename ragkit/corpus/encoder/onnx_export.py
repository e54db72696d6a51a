"""The export of an encoder to ONNX, and the check that it is the same encoder."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ragkit.corpus.encoder.onnx_encoder import OnnxEncoder
from ragkit.corpus.encoder.prepared import PreparedModel
from ragkit.corpus.encoder.torch_encoder import TorchEncoder

LEAST_COSINE = 0.99999
_OPSET = 17
_KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_SENTENCE = "The retriever reads a question, ranks passages by cosine and hands the nearest ones to the reader"


def export_graph(encoder: TorchEncoder, target: Path) -> tuple[str | None, tuple[str, ...]]:
    """Writes the graph of a model: tokens in, one normalised vector for each text out.

    Returns:
        Why the model cannot be exported (None: it was) and the names of the graph's inputs.
    """
    if encoder.asymmetric:
        return "the model sends questions and passages through different modules", ()
    if encoder.limit is None:
        return "the model reads texts of any length and is fast without a graph", ()
    import torch

    model = encoder.model
    was_on = model.device
    try:
        model.to("cpu")
        tokenise = getattr(model, "preprocess", None) or model.tokenize  # the name before sentence-transformers 6
        features = tokenise(["one", "two texts of different length"])
        tensors = {name: value for name, value in features.items() if isinstance(value, torch.Tensor)}
        foreign = sorted(set(tensors) - set(_KNOWN_INPUTS))
        if foreign:
            return f"the model reads inputs other than tokens ({', '.join(foreign)})", ()
        inputs = tuple(name for name in _KNOWN_INPUTS if name in tensors)
        _trace(model, inputs, tuple(tensors[name] for name in inputs), target)
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"torch.onnx.export failed: {type(error).__name__}: {first}", ()
    finally:
        model.to(was_on)
    return None, inputs


def _trace(model: Any, inputs: tuple[str, ...], examples: tuple[Any, ...], target: Path) -> None:
    import torch

    class Graph(torch.nn.Module):
        """Transformer, pooling and every later module in one, normalised at the end."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            features = self.model(dict(zip(inputs, tensors, strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    attention = getattr(config, "_attn_implementation", None)
    if attention is not None:
        # The fused attention kernel hides the mask's arithmetic from the tracer.
        model[0].auto_model.set_attn_implementation("eager")
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Graph().eval(),
                examples,
                str(target),
                dynamo=False,
                opset_version=_OPSET,
                input_names=list(inputs),
                output_names=["embedding"],
                dynamic_axes={**{name: {0: "batch", 1: "sequence"} for name in inputs}, "embedding": {0: "batch"}},
            )
    finally:
        if attention is not None:
            model[0].auto_model.set_attn_implementation(attention)


def least_cosine(prepared: PreparedModel, encoder: TorchEncoder) -> float:
    """The smallest cosine between the vectors of the graph and of the model, over short, padded and long texts."""
    texts = check_texts(encoder.limit or 512)
    graph = OnnxEncoder(prepared)
    exported = np.concatenate([graph.encode(texts), graph.encode(texts[:1])])
    own = encoder.encode([*texts, texts[0]], "", "passage", 8)
    return float((exported * own).sum(axis=1).min())


def check_texts(limit: int) -> list[str]:
    """Texts that an export must agree on: one word, ordinary, odd characters, and longer than the encoder reads."""
    words = _SENTENCE.split()
    ordinary = [" ".join(words[: 2 + 3 * i]) for i in range(5)]
    return [
        "k",
        *ordinary,
        "  Blanks before, Capitals WITHIN and blanks behind  ",
        "Größe, naïve, Ελληνικά, 検索, \N{HOT BEVERAGE} and 3.14 % of \u00a0it\n\tall",
        " ".join(words * (limit // 32 + 1)),
        " ".join(words * (limit // 4 + 1)),
    ]
