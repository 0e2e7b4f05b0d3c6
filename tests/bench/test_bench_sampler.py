"""The batched sampler against the pipeline it stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from bench.theatre.sampler import Sampling, sample_chunks
from reelkit.weaver.autoencoder import FrameAutoencoder
from reelkit.weaver.codec import FrameCodec
from reelkit.weaver.pipeline import Ask, WeaverPipeline
from reelkit.weaver.transformer import WeaverTransformer

SIZE = (32, 32)


class HashedWords:
    """Token features that depend on the text alone."""

    def token_features(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        rows = [torch.randn(5, 8, generator=torch.Generator().manual_seed(len(text))) for text in texts]
        return torch.stack(rows), torch.tensor([[bool(text)] * 5 for text in texts])


@pytest.fixture(scope="module")
def pipeline() -> WeaverPipeline:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = WeaverTransformer(latent_channels=4, width=32, layers=2, heads=2, text_width=8, text_tokens=4)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    autoencoder = FrameAutoencoder(4, (8, 8, 8), 1, [0.0] * 4, [1.0] * 4).eval()
    return WeaverPipeline(network.eval(), FrameCodec(autoencoder), HashedWords())


def still(level: int) -> np.ndarray:
    return np.full((32, 32, 3), level, np.uint8)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_a_batch_draws_what_the_pipeline_draws_one_by_one(pipeline: WeaverPipeline, guidance: float) -> None:
    past = torch.randn(4, 6, 4, 4, generator=torch.Generator().manual_seed(5))
    asks = [
        Ask("alone", 1),
        Ask("a red coat", 2, (still(10), still(200))),
        Ask("goes on", 3, history=past),
        Ask("goes on after a cut", 4, (still(90),), past),
    ]
    made = sample_chunks(pipeline, asks, 6, SIZE, Sampling(steps=2, guidance=guidance, batch=4))
    for ask, chunk in zip(asks, made, strict=True):
        alone = pipeline(
            ask.prompt, frames=6, size=SIZE, seed=ask.seed, steps=2, guidance=guidance,
            references=ask.references, history=ask.history,
        )  # fmt: skip
        assert torch.allclose(chunk.latents, alone.latents, atol=2e-4)
        assert chunk.frames.shape == (6, 32, 32, 3)
        assert np.abs(chunk.frames.astype(int) - alone.frames).max() <= 1


def test_a_batch_may_be_drawn_in_parts(pipeline: WeaverPipeline) -> None:
    asks = [Ask("one", seed) for seed in range(3)]
    whole = sample_chunks(pipeline, asks, 2, SIZE, Sampling(1, 3.0, batch=3))
    parts = sample_chunks(pipeline, asks, 2, SIZE, Sampling(1, 3.0, batch=2))
    for a, b in zip(whole, parts, strict=True):
        assert torch.allclose(a.latents, b.latents, atol=2e-4)
