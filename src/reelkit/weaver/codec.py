"""Frames to normalised latents and back, whatever the autoencoder: how many frames a latent holds, and chunked decoding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reelkit.weaver.autoencoder import FrameAutoencoder
from reelkit.weaver.layout import FramesPerLatent, frames_for, latents_for

__all__ = [
    "CausalCodec",
    "DecoderState",
    "FrameCodec",
    "Frames",
    "LatentCodec",
    "frames_for",
    "latents_for",
    "to_frames",
    "to_pixels",
]

Frames = NDArray[np.uint8]
DecoderState = Mapping[str, Tensor]
"""What a causal decoder carries from one chunk to the next; empty for a decoder without memory."""


class LatentCodec(Protocol):
    """The weaver's view of an autoencoder. Latents are normalised, float [C, T, h, w], T in latents."""

    spatial: int
    """Pixels along an edge of one latent cell."""
    channels: int
    frames_per_latent: FramesPerLatent
    """Frames in the first latent of a shot and in each later one."""

    def encode(self, frames: Frames) -> Tensor:
        """Frames uint8 [F, H, W, 3] of one shot to latents."""
        ...

    def decode(self, latents: Tensor, state: DecoderState | None = None) -> tuple[Frames, DecoderState]:
        """Latents to frames; `state` is what decoding the shot's previous latents returned, None for its first."""
        ...


def to_pixels(frames: Frames, device: torch.device | str = "cpu") -> Tensor:
    """uint8 [T, H, W, 3] to float [1, 3, T, H, W] in [-1, 1]."""
    return torch.from_numpy(frames).to(device).permute(3, 0, 1, 2)[None].float() / 127.5 - 1


def to_frames(pixels: Tensor) -> Frames:
    """Float [1, 3, T, H, W] in [-1, 1] to uint8 [T, H, W, 3]."""
    scaled = ((pixels[0].float().clamp(-1, 1) + 1) * 127.5).round()
    return scaled.permute(1, 2, 3, 0).to(torch.uint8).cpu().numpy()


class FrameCodec:
    """One latent a frame, without memory: the embedded autoencoder."""

    frames_per_latent = (1, 1)

    def __init__(self, autoencoder: FrameAutoencoder) -> None:
        self.autoencoder = autoencoder
        self.spatial = autoencoder.spatial_compression
        self.channels = autoencoder.latent_channels
        self.mean, self.std = _statistics(autoencoder, self.channels)

    @torch.inference_mode()
    def encode(self, frames: Frames) -> Tensor:
        """Frames uint8 [F, H, W, 3] to latents [C, F, h, w]."""
        parameter = next(self.autoencoder.parameters())
        latents = self.autoencoder.encode(to_pixels(frames, parameter.device).to(parameter.dtype))
        return ((latents.float() - self.mean) / self.std)[0]

    @torch.inference_mode()
    def decode(self, latents: Tensor, state: DecoderState | None = None) -> tuple[Frames, DecoderState]:
        """Latents [C, T, h, w] to frames uint8 [T, 8h, 8w, 3]; the state stays empty."""
        parameter = next(self.autoencoder.parameters())
        raw = latents[None].to(parameter.device) * self.std + self.mean
        return to_frames(self.autoencoder.decode(raw.to(parameter.dtype))), {}


class CausalCodec:
    """A causal video autoencoder of the Wan kind: the first latent is one frame, later ones four.

    The decoder's causal convolutions remember the last frames they saw; that memory is the state, so that decoding chunk
    by chunk equals decoding the whole shot at once.
    """

    frames_per_latent = (1, 4)

    def __init__(self, vae: Any) -> None:
        self.vae = vae
        self.spatial = int(vae.config.scale_factor_spatial or 8)
        self.channels = int(vae.config.z_dim)
        self.mean, self.std = _statistics(vae, self.channels)

    @torch.inference_mode()
    def encode(self, frames: Frames) -> Tensor:
        """Frames uint8 [1 + 4k, H, W, 3] to latents [C, 1 + k, h, w]; raises ValueError for another count."""
        if (len(frames) - 1) % 4:
            raise ValueError(
                f"a causal autoencoder encodes 4k + 1 frames, not {len(frames)}: cut or repeat the last frame"
            )
        parameter = next(self.vae.parameters())
        latents = self.vae.encode(to_pixels(frames, parameter.device).to(parameter.dtype)).latent_dist.mode()
        return ((latents.float() - self.mean) / self.std)[0]

    @torch.inference_mode()
    def decode(self, latents: Tensor, state: DecoderState | None = None) -> tuple[Frames, DecoderState]:
        """Latents [C, T, h, w] to frames, and the decoder's memory for the next chunk."""
        parameter = next(self.vae.parameters())
        raw = (latents[None].to(parameter.device) * self.std + self.mean).to(parameter.dtype)
        hidden = self.vae.post_quant_conv(raw)
        self.vae.clear_cache()
        memory = self.vae._feat_map
        for slot in range(len(memory)):
            if state and f"memory.{slot}" in state:
                memory[slot] = state[f"memory.{slot}"].to(hidden)
            elif state and f"marker.{slot}" in state:
                memory[slot] = "Rep"
        parts = []
        for index in range(hidden.shape[2]):
            self.vae._conv_idx = [0]
            parts.append(
                self.vae.decoder(
                    hidden[:, :, index : index + 1],
                    feat_cache=memory,
                    feat_idx=self.vae._conv_idx,
                    first_chunk=not state and index == 0,
                )
            )
        pixels = torch.cat(parts, dim=2)
        if self.vae.config.patch_size is not None:
            from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

            pixels = unpatchify(pixels, patch_size=self.vae.config.patch_size)
        kept: dict[str, Tensor] = {}
        for slot, value in enumerate(memory):
            if isinstance(value, Tensor):
                kept[f"memory.{slot}"] = value.detach().clone()
            elif isinstance(value, str):
                kept[f"marker.{slot}"] = torch.ones(1)
        self.vae.clear_cache()
        return to_frames(pixels), kept


def _statistics(autoencoder: Any, channels: int) -> tuple[Tensor, Tensor]:
    shape = (1, channels, 1, 1, 1)
    device = next(autoencoder.parameters()).device
    mean = autoencoder.config.latents_mean or [0.0] * channels
    std = autoencoder.config.latents_std or [1.0] * channels
    return torch.tensor(mean, device=device).view(shape), torch.tensor(std, device=device).view(shape)
