"""Tiny weavers with random weights."""

from __future__ import annotations

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


@pytest.fixture
def transformer() -> WeaverTransformer:
    return tiny_transformer()
