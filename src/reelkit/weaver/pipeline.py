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
    Cache,
    ShotCache,
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


@dataclass(frozen=True)
class Ask:
    """One chunk to draw. Its mode follows from what is given: nothing 1, history 2, references 3, both 4.

    references: stills uint8 [H, W, 3], at most three. history: the shot's latents so far [C, T, h, w].
    decoder_state: what decoding the previous chunk returned. Source: FilmWeaver, section 3.2.
    """

    prompt: str
    seed: int
    references: tuple[Frames, ...] = ()
    history: Tensor | None = None
    decoder_state: DecoderState | None = None
    negative_prompt: str = ""


class WeaverPipeline:
    """Transformer, autoencoder and text encoder of a weaver, and how to sample with them."""

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
        """`draw` of one chunk. Same arguments, same frames, on one machine."""
        ask = Ask(prompt, seed, tuple(references), history, decoder_state, negative_prompt)
        return self.draw([ask], frames=frames, size=size, steps=steps, guidance=guidance, on_step=on_step)[0]

    @torch.inference_mode()
    def draw(
        self,
        asks: Sequence[Ask],
        *,
        frames: int,
        size: tuple[int, int],
        steps: int,
        guidance: float,
        shot_noise: float = SHOT_NOISE,
        on_step: Callable[[int, int], None] | None = None,
    ) -> list[MadeChunk]:
        """Chunks of `frames` frames of `size` (width, height) pixels, drawn in one batch, each from its own seed.

        shot_noise: level in [0, 1] on the shot cache; 0 for a weaver that was trained without noise. guidance 1 draws
        without the negative prompt. A chunk differs from one drawn alone by rounding only. ValueError where `frames`
        are not as many latents for all, as for a shot's first chunk and a later one under a causal autoencoder.
        """
        counts = {latents_for(frames, self.codec.frames_per_latent, opening=ask.history is None) for ask in asks}
        if len(counts) != 1:
            raise ValueError("first chunks and later ones have other numbers of latents here: draw them apart")
        width, height = size
        shape = (self.codec.channels, counts.pop(), height // self.codec.spatial, width // self.codec.spatial)
        noises, shots = [], []
        for ask in asks:
            generator = torch.Generator("cpu").manual_seed(ask.seed)
            noises.append(torch.randn(1, *shape, generator=generator))
            shots.append(self._shot_cache(ask.references, shot_noise, generator))
        pasts = [None if ask.history is None else ask.history[None, :, -HISTORY:].float() for ask in asks]
        copies = 1 if guidance == 1 else 2
        text, mask = self.text_encoder.token_features(
            [ask.prompt for ask in asks] + [ask.negative_prompt for ask in asks] * (copies - 1)
        )
        text, mask = text.to(self.device), mask.to(self.device)
        temporal = self._joined([temporal_cache(past) for past in pasts], copies)
        caches: dict[str, Any] = {"temporal": temporal, "shots": self._joined(shots, copies)}

        def velocity(x: Tensor, t: Tensor) -> Tensor:
            with self._autocast():
                v = self.transformer(x.repeat(copies, 1, 1, 1, 1), t.repeat(copies), text, mask, **caches).float()
            return v if copies == 1 else guided(v[: len(asks)], v[len(asks) :], guidance)

        noise = torch.cat(noises).to(self.device)
        rows = sample_euler(velocity, noise, flow_times(steps, self.shift), on_step).float()
        return [self._decoded(latents, ask.decoder_state) for latents, ask in zip(rows, asks, strict=True)]

    def _shot_cache(
        self, references: Sequence[Frames], noise: float, generator: torch.Generator
    ) -> ShotCache | None:
        if not references:
            return None
        with self._autocast():
            stills = torch.cat([self.codec.encode(still[None]) for still in references], dim=1)[None].float()
        return shot_cache(add_noise(stills.cpu(), torch.full((1,), noise), generator), noise)

    def _decoded(self, latents: Tensor, state: DecoderState | None) -> MadeChunk:
        with self._autocast():
            made, left = self.codec.decode(latents, state)
        return MadeChunk(made, latents.cpu(), {name: value.cpu() for name, value in left.items()})

    def _joined(self, caches: Sequence[Cache | None], copies: int) -> Cache | None:
        """One cache of the whole batch, repeated for guidance; a chunk without one has no valid slot in it."""
        filled = next((cache for cache in caches if cache is not None), None)
        if filled is None:
            return None
        rows = [filled if cache is None else cache for cache in caches]
        valid = [row.valid & (cache is not None) for row, cache in zip(rows, caches, strict=True)]
        parts = (torch.cat([row.latents for row in rows]), torch.cat(valid), torch.cat([row.noise for row in rows]))
        return type(filled)(*(part.repeat(copies, *[1] * (part.ndim - 1)).to(self.device) for part in parts))

    def _autocast(self) -> Any:
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)
