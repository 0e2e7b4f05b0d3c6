"""SkyReels-V2: diffusion forcing, which draws a chunk behind latents that stand; and the models without it.

Source: SkyReels-V2 (arXiv 2504.13074) and diffusers' SkyReelsV2DiffusionForcingPipeline, whose long videos are windows
that each begin with the last latents of the one before. Here a window is a call: the prefix is put where the pipeline
puts it, and a shot of many calls has the latents and the frames of one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import msgspec

from reelkit.errors import RecordError, UnavailableError
from reelkit.models.families.wan import WanBase, WanFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import picture, pixels, recast
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

FPS = 24.0
WINDOWS = {"540": 97, "720": 121}
"""Frames of one call, as trained, by the size in a checkpoint's name: no file of it says so."""
OVERLAP = (17 - 1) // 4 + 1
"""Latents of the past that an extension is drawn behind: those of the 17 frames that the authors advise."""
PREFIX_NOISE = 20
"""Of 1000: how much the past is noised for the transformer's eyes, which the authors advise for long videos."""


class Task(NamedTuple):
    """What the authors advise for it; `shift` stands in no released scheduler's configuration."""

    guidance: float
    shift: float


PROMPT = Task(guidance=6.0, shift=8.0)
KEYFRAME = Task(guidance=5.0, shift=5.0)


class SkyReelsForcingFamily(WanBase):
    """Diffusion forcing: mode 1, mode 3 from the shot's own keyframe, and mode 2 from latents, as the weights know it.

    There is no mode 4: once a shot stands, nothing looks at its start keyframe again but through the past.
    """

    pipelines = (
        "SkyReelsV2DiffusionForcingPipeline",
        "SkyReelsV2DiffusionForcingImageToVideoPipeline",
        "SkyReelsV2DiffusionForcingVideoToVideoPipeline",
    )
    loads_as = "SkyReelsV2DiffusionForcingPipeline"
    # Each latent frame has a scheduler of its own, at times rounded to whole numbers, which only this one takes.
    samplers: ClassVar[Mapping[str, str]] = {"unipc": "UniPCMultistepScheduler"}
    guidance = PROMPT.guidance
    steps = 30

    def card(self) -> ModelCard:
        """By the folder's own files and name; UnavailableError for a transformer that attends in blocks of latents."""
        block = int(self.config("transformer").get("num_frame_per_block", 1))
        if block != 1:
            raise UnavailableError(
                f"{self.folder}: its transformer attends in blocks of {block} latents, which no extension here keeps "
                "to; set num_frame_per_block to 1 in transformer/config.json"
            )
        window = window_of(self.folder)
        return ModelCard(
            name=str(self.folder),
            family="skyreels",
            fps=FPS,
            frame_rule=FrameRule(multiple=4, offset=1),
            chunk_frames=(window, window - 1 - 4 * (OVERLAP - 1)),
            modes=(1, 2, 3),
            start=True,
            reach=4 * max(OVERLAP, decoder_memory(self.config("vae"))),
            multiple=self.multiple,
        )

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw; a keyframe's own frame is not drawn."""
        super().check(request)
        if request.start is not None and request.frames == 1:
            raise RecordError("the first frame of a shot is its start keyframe itself: ask for 5 frames or more")

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One window; handed on are its new latents, in the sampler's space and precision."""
        import torch

        past = _past(request, text["prompt"].device)
        begun = request.start is not None if past is None else past.keyframe
        task = KEYFRAME if begun else PROMPT
        prefix = None if past is None else past.latents[:, :, -OVERLAP:]
        new = math.ceil(request.frames / 4)
        frames = 4 * (new + (0 if prefix is None else prefix.shape[2]) - 1) + 1
        arguments = self.sampling(request, frames, text, negative) | {
            "prompt": None,
            "base_num_frames": frames,
            "guidance_scale": task.guidance if request.guidance is None else request.guidance,
            "output_type": "latent",
        }
        _shift(pipe, task)
        if request.start is not None:
            arguments["image"] = picture(request.start, (request.width, request.height))
            pipe = recast(pipe, "SkyReelsV2DiffusionForcingImageToVideoPipeline")
        elif prefix is not None:
            arguments["addnoise_condition"] = PREFIX_NOISE
            pipe = behind(pipe, prefix)
        with _seeded(request.seed, text["prompt"].device):
            made = self.call(pipe, on_step, self.steps_of(request), **arguments).frames[:, :, -new:]
        seen = made
        if past is not None:
            memory = decoder_memory(self.config("vae"))
            seen = torch.cat([past.latents[:, :, -memory:], made], dim=2)
        shown = decoded(pipe, seen)[-request.frames :]
        return Clip(frames=pixels(shown), handed_on={"latents": made, "keyframe": torch.tensor([begun])})


class SkyReelsFamily(WanFamily):
    """Without diffusion forcing, as Wan 2.1: T2V in mode 1; I2V in mode 3, and from its last frame in mode 2."""

    pipelines = ("SkyReelsV2Pipeline", "SkyReelsV2ImageToVideoPipeline")
    samplers: ClassVar[Mapping[str, str]] = {"unipc": "UniPCMultistepScheduler"}
    guidance = PROMPT.guidance

    @property
    def pictured(self) -> bool:
        """Whether the folder holds an image-to-video model."""
        return self.name == "SkyReelsV2ImageToVideoPipeline"

    @property
    def task(self) -> Task:
        """What the weights are for."""
        return KEYFRAME if self.pictured else PROMPT

    def card(self) -> ModelCard:
        """By the folder's own files and name."""
        window = window_of(self.folder)
        return msgspec.structs.replace(super().card(), family="skyreels", fps=FPS, chunk_frames=(window, window - 1))

    def scale(self, request: GenerateRequest) -> float:
        """The guidance of a request, or the authors'."""
        return self.task.guidance if request.guidance is None else request.guidance

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call."""
        _shift(pipe, self.task)
        return super().draw(pipe, text, negative, request, on_step)


def window_of(folder: Path) -> int:
    """Frames of one call: those of the size that the nearest folder's name tells, 97 where none does."""
    for name in reversed(folder.absolute().parts):
        if found := re.search(r"(540|720)p", name, re.IGNORECASE):
            return WINDOWS[found[1]]
    return WINDOWS["540"]


def decoder_memory(vae: Mapping[str, Any]) -> int:
    """How many latents before a latent its frames follow from, in Wan's causal decoder of this configuration.

    Each convolution over time looks back two frames of its own rate, which doubles with each upsampling over time;
    decoding after so many latents equals decoding from the shot's beginning.
    """
    doubled = [*reversed(vae.get("temperal_downsample", (False, True, True))), False]
    block = 2 * (vae.get("num_res_blocks", 2) + 1)
    rates = [1 + 4]  # convolutions at each rate, from the latents' own up: the first and those of the middle
    for doubles in doubled:
        rates[-1] += block + doubles
        if doubles:
            rates.append(0)
    rates[-1] += 1
    back = 0
    for convolutions in reversed(rates):
        back = math.ceil(back / 2) + 2 * convolutions
    return back


def behind(pipe: Any, prefix: torch.Tensor) -> Any:
    """The pipeline with its window beginning with latents [1, C, L, h, w] that stand, as one of its own later windows.

    Source: `prepare_latents` of SkyReelsV2DiffusionForcingPipeline, which gives the noise of a window, its latent
    frames, the prefix and the prefix's latent frames; between calls its `video_latents` cannot be reached.
    """
    cast = recast(pipe, "SkyReelsV2DiffusionForcingPipeline")
    own = cast.prepare_latents

    def prepare_latents(*given: Any, **named: Any) -> tuple[torch.Tensor, int, torch.Tensor, int]:
        noise, latents, *_ = own(*given, **named)
        return noise, latents, prefix, prefix.shape[2]

    cast.prepare_latents = prepare_latents
    return cast


def decoded(pipe: Any, latents: torch.Tensor) -> Any:
    """Frames [T, H, W, 3] within 0..1 of latents [1, C, L, h, w] in the sampler's space."""
    import torch

    vae = pipe.vae
    mean, deviation = (
        torch.tensor(vae.config[name]).view(1, -1, 1, 1, 1).to(latents.device, vae.dtype)
        for name in ("latents_mean", "latents_std")
    )
    # Divided by the inverse, as the pipelines do: a product may differ in the last bit.
    video = vae.decode(latents.to(vae.dtype) / (1.0 / deviation) + mean, return_dict=False)[0]
    return pipe.video_processor.postprocess_video(video, output_type="np")[0]


class _Past(NamedTuple):
    """Of a shot: its newest latents, and whether it began from a keyframe."""

    latents: torch.Tensor
    keyframe: bool


def _past(request: GenerateRequest, device: torch.device) -> _Past | None:
    import torch
    from safetensors.torch import load_file

    if not request.history:
        return None
    chunks = [load_file(path) for path in request.history]
    latents = torch.cat([chunk["latents"] for chunk in chunks], dim=2).to(device)
    return _Past(latents, bool(chunks[-1]["keyframe"]))


def _shift(pipe: Any, task: Task) -> None:
    """One folder serves several tasks, and its scheduler's shift is not theirs."""
    scheduler = pipe.scheduler
    pipe.scheduler = type(scheduler).from_config(scheduler.config, flow_shift=task.shift)


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Run the block with torch's own random numbers from a seed: the pipeline noises a prefix with them."""
    import torch

    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
