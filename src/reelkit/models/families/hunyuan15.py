"""HunyuanVideo 1.5: text to video, and image to video from a first frame.

Source: HunyuanVideo 1.5 (arXiv 2511.18870) and diffusers' HunyuanVideo15Pipeline and HunyuanVideo15ImageToVideoPipeline.
The weights know no history but a first frame: an extension begins from the last frame of its shot, and motion is not
carried over.

The pipelines have no callback, take their guidance from a part of theirs and, from pictures, no size; each is put in
place for one request and taken out after it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from reelkit.errors import UnavailableError
from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, pixels
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

FPS = 24.0
FRAMES = 121
"""Of one call, as trained."""
DISTILLED_STEPS = 12
"""The authors recommend 8 or 12 for the step-distilled weights."""
PARTS = ("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2")
"""Of an embedding, as the pipelines name them: the text by Qwen, what stands in quotation marks by ByT5, and masks."""


class HunyuanVideo15Family(PipelineFamily):
    """T2V: mode 1. I2V: mode 3 from the shot's own keyframe, mode 2 from its last frame."""

    pipelines = ("HunyuanVideo15Pipeline", "HunyuanVideo15ImageToVideoPipeline")
    text_parts = ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2")
    tail = 1
    tiled = True
    """Whole, its attention takes a mask of the square of all latents: five gigabytes at 480p."""

    @property
    def pictured(self) -> bool:
        """Whether the folder holds an image-to-video model."""
        return self.name == "HunyuanVideo15ImageToVideoPipeline"

    @property
    def distilled(self) -> bool:
        """Whether it is distilled to few steps, as a mean flow."""
        return bool(self.config("transformer").get("use_meanflow"))

    def card(self) -> ModelCard:
        """By the folder's own files; diffusers checks neither sizes nor lengths and rounds them down in silence."""
        vae, patch = self.config("vae"), self.config("transformer").get("patch_size", 1)
        step = int(vae.get("temporal_compression_ratio", 4))
        modes = (2, 3) if self.pictured else (1,)
        return ModelCard(
            name=str(self.folder),
            family="hunyuan-video-1.5",
            fps=FPS,
            frame_rule=FrameRule(multiple=step, offset=1),
            chunk_frames=(FRAMES, FRAMES - 1),
            modes=modes,
            start=self.pictured,
            reach=1,
            multiple=int(vae.get("spatial_compression_ratio", 16) * patch),
            stills=not self.pictured,
        )

    def check(self, request: GenerateRequest) -> None:
        """As by the card; UnavailableError for weights that diffusers opens but does not run as they were trained."""
        super().check(request)
        if self.distilled and not self.pictured:
            raise UnavailableError(
                f"{self.folder}: diffusers gives a step-distilled text-to-video model no end of its steps, which "
                "it needs: name the undistilled weights"
            )

    def scale(self, request: GenerateRequest) -> float:
        """The guidance of a request, or that of the folder's guider: 1 where the weights were distilled to have none."""
        if request.guidance is not None:
            return request.guidance
        guider = self.config("guider")
        return float(guider.get("guidance_scale", 6.0)) if guider.get("enabled", True) else 1.0

    def guided(self, request: GenerateRequest) -> bool:
        """Whether the guider asks for a negative prompt: it does below 1 too."""
        return not math.isclose(self.scale(request), 1.0)

    def steps_of(self, request: GenerateRequest) -> int:
        """Denoising steps of a request, or as many as the authors recommend."""
        return request.steps or (DISTILLED_STEPS if self.distilled else self.steps)

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 1000, D] and [1, 256, D2], each with its mask."""
        # The template is cut off as the first 108 tokens, which are padding in a tokenizer that pads on the left.
        pipe.tokenizer.padding_side = "right"
        return dict(zip(PARTS, pipe.encode_prompt(prompt=text, device=device), strict=True))

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; an extension's first frame repeats the last of the past and is cut off."""
        size = (request.width, request.height)
        past = self.past(request)
        steps = self.steps_of(request)
        arguments: dict[str, Any] = {
            **text,
            **{f"negative_{name}": value for name, value in (negative or {}).items()},
            "num_frames": len(past) + request.frames,
            "num_inference_steps": steps,
            "generator": generator(request.seed),
            "output_type": "np",
        }
        if self.pictured:
            arguments["image"] = self.first_picture(past, request)
        else:
            arguments |= {"width": request.width, "height": request.height}
        try:
            with _guidance(pipe, self.scale(request)), _size(pipe, size), _watched(pipe, on_step, steps):
                made = pipe(**arguments)
        except BaseException:
            pipe.maybe_free_model_hooks()
            raise
        return self.joined(pixels(made.frames[0]), past, request)

    def _load_text(self, device: torch.device, dtype: torch.dtype) -> Any:
        """With an autoencoder that has no weights: the pipelines ask its configuration while they are built."""
        import torch
        from diffusers import AutoencoderKLHunyuanVideo15

        with torch.device("meta"):
            hollow = AutoencoderKLHunyuanVideo15.from_config(dict(self.config("vae")))
        others = [name for name, entry in self.index.items() if isinstance(entry, list) and name not in self.text_parts]
        pipe = self._from_pretrained({**dict.fromkeys(others), "vae": hollow}, dtype)
        pipe.vae = None
        return pipe.to(device)


@contextmanager
def _guidance(pipe: Any, scale: float) -> Iterator[None]:
    """Run the block with a guider of its own, which also remembers no step of another request."""
    own = pipe.guider
    pipe.guider = own.new(guidance_scale=scale, enabled=True)
    try:
        yield
    finally:
        pipe.guider = own


@contextmanager
def _size(pipe: Any, size: tuple[int, int]) -> Iterator[None]:
    """Run the block so that a picture decides no size: the pipeline would take the trained one nearest its shape."""
    width, height = size
    pipe.video_processor.calculate_default_height_width = lambda *_, **__: (height, width)
    try:
        yield
    finally:
        del pipe.video_processor.calculate_default_height_width


@contextmanager
def _watched(pipe: Any, on_step: OnStep, total: int) -> Iterator[None]:
    """Run the block with each of the scheduler's steps reported; an exception from `on_step` leaves the pipeline."""
    scheduler, done = pipe.scheduler, 0
    step = scheduler.step

    @wraps(step)
    def reported(*args: Any, **kwargs: Any) -> Any:
        nonlocal done
        made = step(*args, **kwargs)
        done += 1
        on_step(done, total)
        return made

    scheduler.step = reported
    try:
        yield
    finally:
        del scheduler.step
