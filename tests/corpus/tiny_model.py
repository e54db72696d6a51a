"""A sentence-transformers model of 40 kB, written without torch: two BERT layers with random weights.

It means nothing, but it is a whole model: tokenizer, transformer, mean pooling, safetensors. Tests use it where the
weights of the real one are not the point, and where an encoder other than the default one is.
"""

from __future__ import annotations

import json
import string
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HIDDEN, LAYERS, HEADS, WIDE, POSITIONS = 32, 2, 2, 64, 256
_WORDS = ("the", "of", "and", "a", "to", "in", "is", "it", "that", "for", "on", "with", "passage", "query", "text")


def write_tiny_model(
    folder: Path, seed: int = 0, *, limit: int = POSITIONS, prompts: dict[str, str] | None = None
) -> Path:
    """Writes the model and returns its folder; another seed is another model."""
    folder.mkdir(parents=True)
    vocabulary = _write_tokenizer(folder, limit)
    _json(folder / "config.json", _config(vocabulary))
    save_file(_weights(vocabulary, seed), folder / "model.safetensors", metadata={"format": "pt"})
    _json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
    )
    _json(folder / "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False})
    _json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True})
    if prompts is not None:
        _json(folder / "config_sentence_transformers.json", {"prompts": prompts})
    return folder


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def _config(vocabulary: int) -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": WIDE,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "vocab_size": vocabulary,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }


def _write_tokenizer(folder: Path, limit: int) -> int:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = string.ascii_lowercase + string.digits + string.punctuation
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *_WORDS]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    # As in the real one: the file cuts earlier than the model reads.
    tokenizer.enable_truncation(limit // 2)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {name: f"[{name[:3].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token")}
    config = {"tokenizer_class": "BertTokenizer", "model_max_length": limit, "mask_token": "[MASK]", **special}
    _json(folder / "tokenizer_config.json", config)
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    return len(vocabulary)


def _weights(vocabulary: int, seed: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}

    def linear(name: str, wide: int, deep: int) -> None:
        found[f"{name}.weight"] = chance.normal(0, deep**-0.5, (wide, deep)).astype(np.float32)
        found[f"{name}.bias"] = np.zeros(wide, dtype=np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = np.ones(HIDDEN, dtype=np.float32)
        found[f"{name}.bias"] = np.zeros(HIDDEN, dtype=np.float32)

    for name, rows in (("word", vocabulary), ("position", POSITIONS), ("token_type", 2)):
        scale = 1.0 if name == "word" else 0.1
        found[f"embeddings.{name}_embeddings.weight"] = chance.normal(0, scale, (rows, HIDDEN)).astype(np.float32)
    norm("embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{part}", HIDDEN, HIDDEN)
        linear(f"{layer}.attention.output.dense", HIDDEN, HIDDEN)
        norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", WIDE, HIDDEN)
        linear(f"{layer}.output.dense", HIDDEN, WIDE)
        norm(f"{layer}.output.LayerNorm")
    linear("pooler.dense", HIDDEN, HIDDEN)
    return found
