"""A causal LM of random weights with a tokenizer of whole words: a second to make, and never the same as nothing."""

from __future__ import annotations

from pathlib import Path

WORDS = """
Question : Answer the question by reasoning in short plain sentences . When where does what list cut gap scores passages
of at a is it So answer follows end with sentence [1] largest buffer five Largest
"""
POSITIONS = 160


def write_tiny_lm(folder: Path, chat: bool = False, window: int | None = None) -> Path:
    """A Llama, with a window a Mistral, of two layers and four heads, about 30,000 parameters, and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import (
        LlamaConfig,
        LlamaForCausalLM,
        MistralConfig,
        MistralForCausalLM,
        PreTrainedTokenizerFast,
    )

    vocabulary = {"<s>": 0, "</s>": 1, "<unk>": 2}
    for word in WORDS.split():
        vocabulary.setdefault(word, len(vocabulary))
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    if chat:
        fast.chat_template = (
            "{{ bos_token }}{% for m in messages %}{{ m['content'] }} {% endfor %}"
            "{% if add_generation_prompt %}Answer : {% endif %}"
        )
    fast.save_pretrained(folder)
    torch.manual_seed(7)
    sizes = {
        "vocab_size": len(vocabulary), "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": POSITIONS, "bos_token_id": 0,
        "eos_token_id": 1, "initializer_range": 0.5,
    }  # fmt: skip
    model = (
        LlamaForCausalLM(LlamaConfig(**sizes))
        if window is None
        else MistralForCausalLM(MistralConfig(**sizes, sliding_window=window))
    )
    model.save_pretrained(folder)
    return folder
