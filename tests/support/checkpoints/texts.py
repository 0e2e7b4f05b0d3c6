"""Small text encoders and tokenizers of the kinds that pipelines hold, made without a download."""

from __future__ import annotations

import string
from typing import Any

import torch


def lively(module: Any, gain: float = 2.0) -> Any:
    """The module with larger matrices, so that whatever reaches it reaches its output, also in eight bits."""
    with torch.no_grad():
        for weight in module.parameters():
            if weight.ndim > 1:
                weight.mul_(gain)
    return module


LOUD = 20.0
"""Of a random text encoder's last norm: a prompt is a small part of what a transformer averages over."""
LETTERS = string.ascii_letters + string.digits + string.punctuation


def t5(width: int = 32) -> tuple[Any, Any]:
    """A T5 tokenizer that spells, and an encoder of `width`."""
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((letter, -3.0) for letter in LETTERS)]
    tokenizer = T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512)
    torch.manual_seed(1)
    encoder = T5EncoderModel(
        T5Config(
            vocab_size=len(tokenizer) + 4, d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4,
            relative_attention_num_buckets=8,
        )
    )
    torch.nn.init.constant_(encoder.encoder.final_layer_norm.weight, LOUD)
    return tokenizer, encoder.eval()
