"""Makes a model ready: writes its tokenizer, exports its graph, checks it, and publishes all of it by one rename."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ragkit.corpus.encoder.model_files import ModelFiles
from ragkit.corpus.encoder.onnx_export import LEAST_COSINE, export_graph, least_cosine
from ragkit.corpus.encoder.prepared import (
    FACTS,
    FORMAT,
    GRAPH,
    TOKENIZER,
    ModelFacts,
    PreparedModel,
    open_prepared,
    versions,
)
from ragkit.corpus.encoder.torch_encoder import TorchEncoder
from ragkit.corpus.files import flush_tree, write_json
from ragkit.errors import EncoderError


def prepare(encoders: Path, files: ModelFiles, load: Callable[[], TorchEncoder]) -> PreparedModel:
    """Prepares a model, if that has not been done: writes the tokenizer, exports the graph and checks it.

    Raises:
        EncoderError: The model cannot be loaded, it has no fast tokenizer, or its files cannot be written.
    """
    there = open_prepared(encoders, files.digest)
    if there is not None:
        return there
    from filelock import FileLock

    encoders.mkdir(parents=True, exist_ok=True)
    target = encoders / files.digest[:16]
    building = encoders / f".{target.name}.building"
    # One process does it; others that need the same model wait for it, or go on with what it left when it died.
    with FileLock(str(encoders / f".{target.name}.lock")):
        there = open_prepared(encoders, files.digest)
        if there is not None:
            return there
        started = time.perf_counter()
        for leftover in (building, target):
            shutil.rmtree(leftover, ignore_errors=True)
        building.mkdir()
        try:
            facts = _write(building, files, load(), started)
            write_json(building / FACTS, {"format": FORMAT, **asdict(facts)})
            flush_tree(building)
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return PreparedModel(target, facts)


def _write(folder: Path, files: ModelFiles, encoder: TorchEncoder, started: float) -> ModelFacts:
    tokenizer = _backend(encoder)
    try:
        tokenizer.save(str(folder / TOKENIZER))
    except Exception as error:  # the library is written in Rust: a full disk is a bare Exception
        raise EncoderError(
            f"the encoder {files.name!r} cannot be made ready: its tokenizer cannot be written: {_first_line(error)}",
            place=str(folder.parent),
            hint="make room there and let it be written, or set RAGKIT_HOME to another folder",
        ) from error
    wrapper = encoder.model.tokenizer
    facts: dict[str, Any] = {
        "model": files.name,
        "digest": files.digest,
        "dimensions": encoder.encode(["one"], "", "passage", 1).shape[1],
        "limit": encoder.limit,
        "special": int(tokenizer.num_special_tokens_to_add(is_pair=False)),
        "query_prompt": encoder.prompts["query"],
        "passage_prompt": encoder.prompts["passage"],
        "skips_prompt": any(getattr(module, "include_prompt", True) is False for module in encoder.model),
        "inputs": (),
        "pad_id": int(getattr(wrapper, "pad_token_id", None) or 0),
        "pad_token": str(getattr(wrapper, "pad_token", None) or "[PAD]"),
        "pad_side": getattr(wrapper, "padding_side", "right"),
        "cut_side": getattr(wrapper, "truncation_side", "right"),
        "runtime": "torch",
        "reason": None,
        "least_cosine": None,
        "seconds": 0.0,
        "versions": versions(),
    }
    reason, inputs = export_graph(encoder, folder / GRAPH)
    if reason is None:
        trial = ModelFacts(**{**facts, "inputs": inputs, "runtime": "onnxruntime"})
        try:
            cosine = least_cosine(PreparedModel(folder, trial), encoder)
        except Exception as error:
            reason = f"the exported graph does not run: {_first_line(error)}"
        else:
            facts["least_cosine"] = cosine
            if cosine <= LEAST_COSINE:
                reason = f"the exported graph gives other vectors (cosine {cosine:.6f}, needed above {LEAST_COSINE})"
    if reason is None:
        facts.update(inputs=inputs, runtime="onnxruntime")
    else:
        (folder / GRAPH).unlink(missing_ok=True)
        facts["reason"] = reason
    facts["seconds"] = round(time.perf_counter() - started, 3)
    return ModelFacts(**facts)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _backend(encoder: TorchEncoder) -> Any:
    from tokenizers import Tokenizer

    wrapper = encoder.model.tokenizer
    tokenizer = wrapper if isinstance(wrapper, Tokenizer) else getattr(wrapper, "backend_tokenizer", None)
    if tokenizer is None:
        raise EncoderError(
            f"the encoder {encoder.name!r} has no fast tokenizer, so its tokens cannot be counted",
            hint="choose a model whose folder holds a tokenizer.json",
        )
    clone = Tokenizer.from_str(tokenizer.to_str())
    clone.no_truncation()
    clone.no_padding()
    return clone
