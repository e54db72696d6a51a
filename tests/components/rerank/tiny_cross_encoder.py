"""A cross-encoder of a few kB with random weights: it means nothing, but it is a whole model, saved as they all are."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.tiny_model import write_tiny_model

POSITIONS = 64


def write_tiny_cross_encoder(folder: Path, labels: int = 1, *, safe: bool = True) -> Path:
    """Writes the model and returns its folder; ``safe=False`` writes its weights as a pickle."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    tokenizer = AutoTokenizer.from_pretrained(write_tiny_model(folder.with_name(f"{folder.name}-tokenizer")))
    tokenizer.model_max_length = POSITIONS
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=POSITIONS, num_labels=labels, initializer_range=0.15,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    model.save_pretrained(folder)
    if not safe:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    return folder
