"""LTX-Video 0.9.5 and later: text to video, from a start keyframe, and on from the shot's last frames.

Source: LTX-Video (arXiv 2501.00103) and diffusers' LTXConditionPipeline, which opens every LTX folder, whatever pipeline
its index names. A distilled 0.9.7 or 0.9.8 looks like a full one in its files: give it 8 steps and guidance 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from reelkit.errors import RecordError
from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, pixels
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep
from reelkit.models.samplers import EULER

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

FPS = 24.0
"""Of a request that names no rate."""
LATENT = 8
"""Frames of a latent."""
SIZE_STEP = 32
"""Pixels of a latent's side."""
PROMPT_TOKENS = 256
FRAME_NOISE = 0.15
"""On a start keyframe, so that it begins to move; the authors' value."""
DECODE: dict[str, Any] = {"decode_timestep": 0.05, "decode_noise_scale": 0.025}
"""What released autoencoders are decoded at, where they take a time; the pipeline's own default is 0."""


class LtxBase(PipelineFamily):
    """What every LTX shares: lengths of 8k+1, sizes in steps of 32, the film's own rate, the past as clean frames."""

    denoisers = ("transformer",)
    samplers: ClassVar = EULER
    tiled = True
    """As the authors do: above 512 pixels, decoding at once is what takes the most memory."""
    guidance = 3.0
    tail = 17
    """Two latents and the first frame's: enough to tell a motion."""
    window = 121
    """Frames of one call, the authors' default."""
    rates: tuple[tuple[float, float], ...] = ((20.0, 30.0),)
    """Frames a second that it was trained around, from and to; time enters its positions in seconds."""

    def card(self) -> ModelCard:
        """The same for every variant."""
        return ModelCard(
            name=str(self.folder),
            frame_rule=FrameRule(multiple=LATENT, offset=1),
            chunk_frames=(self.window, self.window - self.tail),
            modes=(1, 2, 3),
            start=True,
            reach=self.tail,
            multiple=SIZE_STEP,
        )

    def check(self, request: GenerateRequest) -> None:
        """As by the card, and at a rate that it knows."""
        super().check(request)
        fps = self.rate(request)
        if not request.still and not any(low <= fps <= high for low, high in self.rates):
            nearest = min((edge for span in self.rates for edge in span), key=lambda edge: abs(edge - fps))
            spans = " or ".join(f"{low:g} to {high:g}" for low, high in self.rates)
            raise RecordError(
                f"it draws {spans} frames a second, not {fps:g}: give the film {nearest:g} (`reel plan --fps {nearest:g}`)"
            )

    def rate(self, request: GenerateRequest) -> float:
        """Frames a second of a request."""
        return float(request.options.get("fps") or FPS)


class LtxFamily(LtxBase):
    """Mode 1; mode 2 from the shot's last 17 frames; mode 3 from its own start keyframe."""

    pipelines = ("LTXPipeline", "LTXImageToVideoPipeline", "LTXConditionPipeline")
    loads_as = "LTXConditionPipeline"
    steps = 40

    def card(self) -> ModelCard:
        """By the kind of model: the folder's files tell no variants apart."""
        return msgspec.structs.replace(super().card(), family="ltx")

    def check(self, request: GenerateRequest) -> None:
        """As by the card; 0.9.0 and 0.9.1 were not trained to continue, and their schedule is another pipeline's."""
        if self.config("scheduler").get("use_dynamic_shifting"):
            raise RecordError(
                "it is an LTX-Video before 0.9.5 (its scheduler shifts with the size), which takes no frames to begin "
                "from: give a folder of 0.9.5 or later"
            )
        super().check(request)

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 256, D], and which of the rows are text [1, 256]."""
        embeds, mask, _, _ = pipe.encode_prompt(
            prompt=text, do_classifier_free_guidance=False, max_sequence_length=PROMPT_TOKENS, device=device
        )
        return {"prompt": embeds, "mask": mask.bool()}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; the frames that repeat the past are cut off."""
        from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
        from PIL import Image

        past = self.past(request, whole=LATENT)
        conditions = []
        if len(past):
            conditions = [LTXVideoCondition(video=[Image.fromarray(frame) for frame in past])]
        elif (still := self.first_picture(past, request)) is not None:
            conditions = [LTXVideoCondition(image=still)]
        arguments: dict[str, Any] = {
            "conditions": conditions or None,
            "prompt_embeds": text["prompt"],
            "prompt_attention_mask": text["mask"],
            "negative_prompt_embeds": None if negative is None else negative["prompt"],
            "negative_prompt_attention_mask": None if negative is None else negative["mask"],
            "height": request.height,
            "width": request.width,
            "num_frames": len(past) + request.frames,
            "frame_rate": self.rate(request),
            "num_inference_steps": self.steps_of(request),
            "guidance_scale": self.scale(request),
            # Noise on the frames that go on would come back in them, and at a join it would be seen.
            "image_cond_noise_scale": 0.0 if len(past) else FRAME_NOISE,
            "generator": generator(request.seed),
            "output_type": "np",
        }
        made = self.call(pipe, on_step, self.steps_of(request), **arguments, **DECODE)
        return self.joined(pixels(made.frames[0]), past, request)
