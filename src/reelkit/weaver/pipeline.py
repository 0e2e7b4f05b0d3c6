"""One generation step of FilmWeaver: a prompt and two caches in, a chunk of frames and latents out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from reelkit.weaver.autoencoder import FrameAutoencoder
from reelkit.weaver.caches import (
    HISTORY,
    ShotCache,
    TemporalCache,
    add_noise,
    shot_cache,
    temporal_cache,
)
from reelkit.weaver.codec import CausalCodec, DecoderState, FrameCodec, Frames, LatentCodec
from reelkit.weaver.layout import latents_for
from reelkit.weaver.sampling import flow_times, guided, sample_euler
from reelkit.weaver.transformer import WeaverTransformer

CODECS = ("FrameAutoencoder", "AutoencoderKLWan")
SHOT_NOISE = 0.1
"""Noise level on the shot cache when sampling: the least it was trained with."""


class TextEncoder(Protocol):
    """What conditions a weaver: token features [N, L, D] and which count, bool [N, L]."""

    def token_features(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]: ...


@dataclass(frozen=True)
class MadeChunk:
    """frames: uint8 [F, H, W, 3]. latents: normalised float32 [C, T, h, w], for the next chunk. decoder_state: likewise."""

    frames: Frames
    latents: Tensor
    decoder_state: DecoderState


class WeaverPipeline:
    """Transformer, autoencoder and text encoder of a weaver, and how to sample with them.

    The mode follows from what is given: nothing 1, history 2, references 3, both 4 (FilmWeaver, section 3.2).
    """

    def __init__(
        self,
        transformer: WeaverTransformer,
        codec: LatentCodec,
        text_encoder: TextEncoder,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        shift: float = 1.0,
    ) -> None:
        self.transformer, self.codec, self.text_encoder = transformer, codec, text_encoder
        self.device, self.dtype, self.shift = torch.device(device), dtype, shift

    @classmethod
    def parts(
        cls, folder: Path, vae_class: str, device: torch.device | str, dtype: torch.dtype, shift: float
    ) -> Callable[[TextEncoder], WeaverPipeline]:
        """The weights of `transformer/` and `vae/`, which become a pipeline with a text encoder that is lent to them.

        vae_class: FrameAutoencoder or AutoencoderKLWan; ValueError for another.
        """
        if vae_class not in CODECS:
            raise ValueError(f"a weaver's vae is one of {', '.join(CODECS)}, not {vae_class}")
        transformer = WeaverTransformer.from_pretrained(
            folder / "transformer", torch_dtype=torch.float32, low_cpu_mem_usage=False
        )
        codec: LatentCodec
        if vae_class == "FrameAutoencoder":
            vae = FrameAutoencoder.from_pretrained(
                folder / "vae", torch_dtype=torch.float32, low_cpu_mem_usage=False
            )
            codec = FrameCodec(vae.eval().requires_grad_(False).to(device))
        else:
            from diffusers import AutoencoderKLWan

            wan = AutoencoderKLWan.from_pretrained(
                folder / "vae", torch_dtype=torch.float32, low_cpu_mem_usage=False
            )
            codec = CausalCodec(wan.eval().requires_grad_(False).to(device))
        transformer.eval().requires_grad_(False).to(device)
        return partial(cls, transformer, codec, device=device, dtype=dtype, shift=shift)

    @torch.inference_mode()
    def __call__(
        self,
        prompt: str,
        *,
        negative_prompt: str = "",
        frames: int,
        size: tuple[int, int],
        seed: int,
        steps: int,
        guidance: float,
        references: Sequence[Frames] = (),
        history: Tensor | None = None,
        decoder_state: DecoderState | None = None,
        on_step: Callable[[int, int], None] | None = None,
    ) -> MadeChunk:
        """A chunk of `frames` frames of `size` (width, height) pixels.

        references: stills uint8 [H, W, 3], at most three. history: the shot's latents so far [C, T, h, w].
        decoder_state: what decoding the previous chunk returned. Same arguments, same frames, on one machine.
        """
        generator = torch.Generator("cpu").manual_seed(seed)
        width, height = size
        count = latents_for(frames, self.codec.frames_per_latent, opening=history is None)
        grid = (height // self.codec.spatial, width // self.codec.spatial)
        noise = torch.randn(1, self.codec.channels, count, *grid, generator=generator).to(self.device)
        shots = self._shot_cache(references, generator)
        past = None if history is None else history[None, :, -HISTORY:].float().to(self.device)
        velocity = self._velocity(prompt, negative_prompt, guidance, temporal_cache(past), shots)
        latents = sample_euler(velocity, noise, flow_times(steps, self.shift), on_step)[0].float()
        with self._autocast():
            made, state = self.codec.decode(latents, decoder_state)
        return MadeChunk(made, latents.cpu(), {name: value.cpu() for name, value in state.items()})

    def _shot_cache(self, references: Sequence[Frames], generator: torch.Generator) -> ShotCache | None:
        if not references:
            return None
        with self._autocast():
            stills = torch.cat([self.codec.encode(still[None]) for still in references], dim=1)[None].float()
        level = torch.full((1,), SHOT_NOISE)
        return shot_cache(add_noise(stills.cpu(), level, generator).to(self.device), SHOT_NOISE)

    def _velocity(
        self,
        prompt: str,
        negative: str,
        guidance: float,
        temporal: TemporalCache | None,
        shots: ShotCache | None,
    ) -> Callable[[Tensor, Tensor], Tensor]:
        """Guided velocity of one sample; with guidance 1 the unconditional half is not computed."""
        texts = [prompt] if guidance == 1 else [prompt, negative]
        text, mask = self.text_encoder.token_features(texts)
        text, mask = text.to(self.device), mask.to(self.device)
        copies = len(texts)
        caches: dict[str, Any] = {"temporal": _repeat(temporal, copies), "shots": _repeat(shots, copies)}

        def velocity(x: Tensor, t: Tensor) -> Tensor:
            with self._autocast():
                v = self.transformer(
                    x.expand(copies, -1, -1, -1, -1), t.expand(copies), text, mask, **caches
                ).float()
            return v if copies == 1 else guided(v[:1], v[1:], guidance)

        return velocity

    def _autocast(self) -> Any:
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)


def _repeat(cache: Any, copies: int) -> Any:
    if cache is None:
        return None
    kind: type[TemporalCache] | type[ShotCache] = type(cache)
    return kind(
        *(part.expand(copies, *[-1] * (part.ndim - 1)) for part in (cache.latents, cache.valid, cache.noise))
    )
