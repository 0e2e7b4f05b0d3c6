"""Helios: chunks of nine latents, each drawn from the last nineteen of its shot and from the shot's very first.

Source: Helios and diffusers' HeliosPipeline (Base) and HeliosPyramidPipeline (Mid and Distilled). Every chunk is decoded
apart from the others, so that one call a chunk makes the frames of one call for all of them; what is handed on is
what the pipeline keeps between its own chunks, and neither is noised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from reelkit.errors import RecordError
from reelkit.models.diffusion import NO_NEGATIVE
from reelkit.models.families.wan import WanBase
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

FPS = 24.0
CHUNK_LATENTS = 9
CHUNK = 4 * (CHUNK_LATENTS - 1) + 1
"""Frames of a chunk: its first latent is one frame, as that of every decoding."""
HISTORY = 16 + 2 + 1
"""Latents that a chunk looks back on: the oldest at a 64th of the tokens, the next at an eighth, the newest whole."""
NOISE = (0.111, 0.135)
"""Bounds of the share of noise in a start keyframe's latents."""
KEYFRAME_SEED = 0
"""Of that noise: the picture's own and not the chunk's, so that all chunks of a shot see one and the same keyframe."""
MID_STEPS = 20
DISTILLED_STEPS = 2
"""Of each stage of the pyramid."""


class Keyframe(NamedTuple):
    """A start keyframe as the transformer is shown it, both [1, C, 1, h, w].

    prefix: the shot's first latent. past: the last latent of the picture standing still for a chunk.
    """

    prefix: torch.Tensor
    past: torch.Tensor


class HeliosFamily(WanBase):
    """All four modes, mode 3 from the shot's own keyframe, which mode 4 keeps before the eyes of every extension."""

    pipelines = ("HeliosPipeline",)
    # The pipeline lays out the steps for its own scheduler, and knows no other.
    samplers: ClassVar[Mapping[str, str]] = {}

    def card(self) -> ModelCard:
        """By the folder's own files."""
        return ModelCard(
            name=str(self.folder),
            family="helios",
            fps=FPS,
            frame_rule=FrameRule(multiple=CHUNK, offset=CHUNK),
            chunk_frames=(CHUNK, CHUNK),
            modes=(1, 2, 3, 4),
            start=True,
            reach=CHUNK * -(-HISTORY // CHUNK_LATENTS),
            multiple=self.multiple,
            stills=False,
        )

    def passes(self, request: GenerateRequest) -> int:
        """Denoising steps that are run, which may be more than those asked for."""
        return self.steps_of(request)

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One chunk; handed on are its latents and the shot's first, which every later chunk is shown again."""
        import torch

        device = text["prompt"].device
        arguments = self.sampling(request, CHUNK, text, negative) | {
            # diffusers would noise what a shot hands on, as it does footage from outside, and drop part of it.
            "add_noise_to_image_latents": False,
            "add_noise_to_video_latents": False,
        }
        past, prefix = _past(request, device)
        before = None
        if request.start is not None:
            keyframe = self.keyframe(pipe, request.start, (request.width, request.height), device)
            prefix = keyframe.prefix
            before = keyframe.past if past is None else None
        arguments |= {"image_latents": prefix, "fake_image_latents": before, "video_latents": past}
        done, made = count(1), torch.empty(0)
        total = self.passes(request)

        def watch(latents: torch.Tensor) -> None:
            nonlocal made
            made = latents

        # The pyramid counts its steps anew in each stage.
        video = self.call(pipe, lambda *_: on_step(next(done), total), total, watch, **arguments)
        latents = made.float()
        if prefix is None:
            prefix = latents[:, :, :1]
        kept = latents if before is None else torch.cat([before, latents], dim=2)
        return Clip(frames=pixels(video.frames[0]), handed_on={"latents": kept, "prefix": prefix})

    def keyframe(self, pipe: Any, path: str, size: tuple[int, int], device: torch.device) -> Keyframe:
        """The shot's start keyframe, encoded and noised as the pipeline does with its `image`, but alike for all chunks.

        Drawn on the CPU, where the pipeline would ask the device for numbers of a generator that lies elsewhere.
        """
        import torch

        vae, source = pipe.vae, generator(KEYFRAME_SEED)
        mean, deviation = (
            torch.tensor(vae.config[name]).view(1, -1, 1, 1, 1).to(device, vae.dtype)
            for name in ("latents_mean", "latents_std")
        )
        still = pipe.video_processor.preprocess(picture(path, size), height=size[1], width=size[0])
        encoded = pipe.prepare_image_latents(
            still,
            latents_mean=mean,
            latents_std=1.0 / deviation,
            num_latent_frames_per_chunk=CHUNK_LATENTS,
            dtype=torch.float32,
            device=device,
            generator=source,
        )
        low, high = NOISE

        def noised(latents: torch.Tensor) -> torch.Tensor:
            share = (torch.rand(1, generator=source) * (high - low) + low).to(device)
            return share * torch.randn(latents.shape, generator=source).to(device) + (1 - share) * latents

        return Keyframe(*(noised(latents) for latents in encoded))


class HeliosPyramidFamily(HeliosFamily):
    """The same over stages of growing size: Mid, with guidance, and Distilled, without."""

    pipelines = ("HeliosPyramidPipeline",)

    @property
    def distilled(self) -> bool:
        """Whether it was distilled to a few steps without guidance."""
        return bool(self.index.get("is_distilled"))

    @property
    def stages(self) -> int:
        """Sizes that a chunk is drawn in, one after the other, each twice the last."""
        return int(self.config("scheduler").get("stages", 3))

    @property
    def multiple(self) -> int:
        """The smallest size must be whole patches too; diffusers checks the largest only."""
        factor: int = super().multiple
        return factor * 2 ** (self.stages - 1)

    @property
    def no_negative(self) -> str:
        """Guidance would not help distilled weights."""
        return NO_NEGATIVE if self.distilled else super().no_negative

    def scale(self, request: GenerateRequest) -> float:
        """1, which is none, for distilled weights."""
        return 1.0 if self.distilled and request.guidance is None else super().scale(request)

    def steps_of(self, request: GenerateRequest) -> int:
        """Steps of all stages together."""
        return request.steps or self.stages * (DISTILLED_STEPS if self.distilled else MID_STEPS)

    def passes(self, request: GenerateRequest) -> int:
        """Distilled weights take twice the steps for the chunk that a shot begins with."""
        return self.steps_of(request) * (2 if self.distilled and not request.history else 1)

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw; steps fall into equal parts, one for each stage."""
        super().check(request)
        steps = self.steps_of(request)
        if steps % self.stages:
            nearest = max(1, round(steps / self.stages)) * self.stages
            raise RecordError(
                f"it takes as many steps in each of its {self.stages} stages, which {steps} do not fall into: "
                f"ask for {nearest}"
            )
        if self.distilled and self.guided(request):
            raise RecordError(
                f"it was distilled to run without guidance, not with {request.guidance:g}: leave it out, or give 1"
            )

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One chunk, with noise between the stages that any device can draw."""
        pipe.sample_block_noise = partial(block_noise, pipe.scheduler.config.gamma)
        return super().draw(pipe, text, negative, request, on_step)

    def sampling(
        self, request: GenerateRequest, frames: int, text: Embedding, negative: Embedding | None
    ) -> dict[str, Any]:
        """Arguments that the pipeline takes, with the steps of each stage."""
        arguments = super().sampling(request, frames, text, negative)
        each = arguments.pop("num_inference_steps") // self.stages
        return arguments | {
            "pyramid_num_inference_steps_list": [each] * self.stages,
            # Every call has a first chunk of its own; the shot has one.
            "is_amplify_first_chunk": self.distilled and not request.history,
        }


def block_noise(
    gamma: float,
    batch: int,
    channels: int,
    frames: int,
    height: int,
    width: int,
    patch: tuple[int, ...],
    device: torch.device,
    source: torch.Generator,
) -> torch.Tensor:
    """Noise [B, C, T, h, w] of variance 1 whose values within a patch covary by -gamma.

    Source: `sample_block_noise` of HeliosPyramidPipeline, whose matrix is singular at the released gamma of 1/3 but
    for a term that float32 rounds off: its root is none on the CPU, and luck elsewhere. Here it is taken in float64.
    """
    import torch

    _, high, wide = patch
    size = high * wide
    covariance = torch.eye(size, dtype=torch.float64) * (1 + gamma + 1e-8) - gamma
    root = torch.linalg.cholesky(covariance).float()
    grid = (batch, channels, frames, height // high, width // wide, high, wide)
    drawn = torch.randn(math.prod(grid[:5]), size, generator=source, device=source.device)
    noise = (drawn.to(device) @ root.T.to(device)).view(grid)
    return noise.transpose(4, 5).reshape(batch, channels, frames, height, width)


def _past(request: GenerateRequest, device: torch.device) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """The shot's newest latents, at most as many as a chunk looks back on, and its very first."""
    import torch
    from safetensors.torch import load_file

    if not request.history:
        return None, None
    chunks = [load_file(path) for path in request.history]
    latents = torch.cat([chunk["latents"] for chunk in chunks], dim=2)[:, :, -HISTORY:]
    return latents.to(device), chunks[-1]["prefix"].to(device)
