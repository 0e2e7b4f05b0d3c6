"""Latents and frames: both kinds of autoencoder, and that decoding in chunks equals decoding whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from reelkit.weaver.autoencoder import FrameAutoencoder
from reelkit.weaver.codec import CausalCodec, FrameCodec, frames_for, latents_for


@pytest.fixture(scope="module")
def wan() -> CausalCodec:
    torch.manual_seed(0)
    vae = AutoencoderKLWan(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        latents_mean=[0.1] * 4,
        latents_std=[0.8] * 4,
    )
    return CausalCodec(vae.eval())


@pytest.fixture(scope="module")
def per_frame() -> FrameCodec:
    torch.manual_seed(0)
    return FrameCodec(
        FrameAutoencoder(
            latent_channels=4, widths=(8, 8, 16), latents_mean=[0.2] * 4, latents_std=[1.5] * 4
        ).eval()
    )


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (count, 32, 64, 3), dtype=np.uint8)


def test_the_codec_says_how_many_frames_a_latent_holds(wan, per_frame):
    assert wan.frames_per_latent == (1, 4) and per_frame.frames_per_latent == (1, 1)
    assert [latents_for(n, (1, 4)) for n in (1, 2, 5, 6, 21, 24)] == [1, 2, 2, 3, 6, 7]
    assert [frames_for(n, (1, 4)) for n in (0, 1, 2, 6)] == [0, 1, 5, 21]
    assert [frames_for(latents_for(n, (1, 1)), (1, 1)) for n in (1, 6, 25)] == [1, 6, 25]


def test_encoding_shrinks_time_and_space_as_said(wan, per_frame):
    assert wan.encode(pictures(9)).shape == (4, 3, 4, 8)
    assert per_frame.encode(pictures(9)).shape == (4, 9, 4, 8)


def test_a_causal_autoencoder_refuses_a_count_that_is_not_4k_plus_1(wan):
    with pytest.raises(ValueError, match="4k \\+ 1 frames, not 8"):
        wan.encode(pictures(8))


@pytest.mark.parametrize("cuts", [[1, 6], [3, 4], [1, 2, 5], [2, 2, 2, 2]])
def test_chunked_decoding_with_the_memory_carried_on_equals_decoding_whole(wan, cuts):
    total = sum(cuts)
    latents = torch.randn(4, total, 4, 8, generator=torch.Generator().manual_seed(3))
    whole, _ = wan.decode(latents)
    assert len(whole) == frames_for(total, wan.frames_per_latent)
    parts, state, begin = [], None, 0
    for cut in cuts:
        frames, state = wan.decode(latents[:, begin : begin + cut], state)
        parts.append(frames)
        begin += cut
    assert np.abs(np.concatenate(parts).astype(int) - whole).max() <= 1
    alone, _ = wan.decode(latents[:, cuts[0] :])
    assert (
        np.abs(
            np.concatenate([parts[0], alone])[: len(whole)].astype(int) - whole[: len(parts[0]) + len(alone)]
        ).max()
        > 1
    )


def test_a_per_frame_decoder_needs_no_memory(per_frame):
    latents = torch.randn(4, 5, 4, 8)
    whole, state = per_frame.decode(latents)
    assert state == {}
    parts = np.concatenate([per_frame.decode(latents[:, :2])[0], per_frame.decode(latents[:, 2:])[0]])
    assert np.abs(parts.astype(int) - whole).max() <= 1


def test_latents_leave_normalised(per_frame):
    frames = pictures(3)
    raw = per_frame.autoencoder.encode(
        torch.from_numpy(frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    )[0]
    assert torch.allclose(per_frame.encode(frames), (raw - 0.2) / 1.5, atol=1e-5)
