"""Wan 2.1 and 2.2: text to video, image to video, and TI2V-5B, which does both.

Source: Wan (arXiv 2503.20314) and diffusers' WanPipeline and WanImageToVideoPipeline. The weights know no history but
a first frame: an extension begins from the last frame of its shot, and motion is not carried over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, pixels, recast
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

FPS = 16.0
FPS_5B = 24.0
FRAMES = 81
FRAMES_5B = 121
PROMPT_TOKENS = 512


class WanBase(PipelineFamily):
    """What every Wan shares: its text encoder, its causal autoencoder in float32, lengths of 4k+1."""

    float32_parts = ("vae",)
    denoisers = ("transformer", "transformer_2")
    @property
    def multiple(self) -> int:
        """Width and height divide by the autoencoder's factor times the transformer's patch."""
        vae, patch = self.config("vae"), self.config("transformer").get("patch_size", (1, 2, 2))
        factor = vae.get("scale_factor_spatial") or 2 ** len(vae.get("temperal_downsample", (0, 0, 0)))
        return int(factor * patch[-1])

    @property
    def small(self) -> bool:
        """Whether it is TI2V-5B, whose first latent may be a clean picture."""
        return bool(self.index.get("expand_timesteps"))

    @property
    def window(self) -> int:
        """Frames of one call, as trained."""
        return FRAMES_5B if self.small else FRAMES

    @property
    def experts(self) -> bool:
        """Whether it is an A14B: one transformer for high noise and one for low."""
        return self.has("transformer_2")

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 512, D], zeros past the text."""
        embeds, _ = pipe.encode_prompt(
            prompt=text, do_classifier_free_guidance=False, max_sequence_length=PROMPT_TOKENS, device=device
        )
        return {"prompt": embeds}

    def sampling(
        self, request: GenerateRequest, frames: int, text: Embedding, negative: Embedding | None
    ) -> dict[str, Any]:
        """Arguments that every Wan pipeline takes."""
        scale = self.scale(request)
        return {
            "prompt_embeds": text["prompt"],
            "negative_prompt_embeds": None if negative is None else negative["prompt"],
            "height": request.height,
            "width": request.width,
            "num_frames": frames,
            "num_inference_steps": self.steps_of(request),
            "guidance_scale": scale,
            "generator": generator(request.seed),
            "output_type": "np",
        }


class WanFamily(WanBase):
    """T2V: mode 1. I2V: mode 3 from the shot's own keyframe, mode 2 from its last frame. TI2V-5B: all three."""

    pipelines = ("WanPipeline", "WanImageToVideoPipeline")
    tail = 1

    @property
    def pictured(self) -> bool:
        """Whether the folder holds an image-to-video model."""
        return self.name == "WanImageToVideoPipeline"

    def card(self) -> ModelCard:
        """By the folder's own files; the rate stands in none of them and is the authors'."""
        modes = (2, 3) if self.pictured else (1, 2, 3) if self.small else (1,)
        return ModelCard(
            name=str(self.folder),
            family="wan",
            fps=FPS_5B if self.small else FPS,
            frame_rule=FrameRule(multiple=4, offset=1),
            chunk_frames=(self.window, self.window - 1),
            modes=modes,
            start=3 in modes,
            reach=1,
            multiple=self.multiple,
            stills=1 in modes,
        )

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; an extension's first frame repeats the last of the past and is cut off."""
        past = self.past(request)
        arguments = self.sampling(request, len(past) + request.frames, text, negative)
        first = self.first_picture(past, request)
        if first is not None:
            arguments["image"] = first
            if not self.pictured:
                pipe = recast(pipe, "WanImageToVideoPipeline", expand_timesteps=True)
        made = self.call(pipe, on_step, self.steps_of(request), **arguments)
        return self.joined(pixels(made.frames[0]), past, request)
