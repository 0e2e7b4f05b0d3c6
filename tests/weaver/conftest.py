"""Tiny weavers with random weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from reelkit.weaver.transformer import WeaverTransformer


def tiny_transformer(channels: int = 4, **sizes: int) -> WeaverTransformer:
    """A transformer whose zero-initialised layers are filled, so that its output depends on everything."""
    torch.manual_seed(0)
    network = WeaverTransformer(
        latent_channels=channels,
        **{"width": 32, "layers": 2, "heads": 2, "text_width": 8, "text_tokens": 4, **sizes},
    )
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    return network.eval()


@contextmanager
def counted(network: WeaverTransformer) -> Iterator[list[int]]:
    """Tokens of the target and the caches in each forward inside the block, counted where they enter the first layer."""
    seen: list[int] = []
    hook = network.blocks[0].register_forward_hook(
        lambda block, inputs, output: seen.append(inputs[0].shape[1] - network.config.text_tokens)
    )
    yield seen
    hook.remove()


@pytest.fixture
def transformer() -> WeaverTransformer:
    return tiny_transformer()
