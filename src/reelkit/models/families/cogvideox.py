"""CogVideoX 2B, 5B and 1.5: text to video, and image to video.

Source: CogVideoX (arXiv 2408.06072) and diffusers' CogVideoXPipeline and CogVideoXImageToVideoPipeline. The weights know
no history but a first frame: an extension begins from the last frame of its shot, and motion is not carried over.

Lengths are 8m+1: the autoencoder decodes two latents at a time, and an even number of them would come out as 4L frames,
not 4(L-1)+1. That leaves 2m+1 latents, which 1.5, whose patches span two, pads to an even number by one more in front.
Its training repeats the first latent there and holds the picture at that place alone, so what is dropped before decoding
is the repetition, and the video still begins with the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from reelkit.errors import RecordError
from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, pixels
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from reelkit.models.prompts import Embedding

FPS = 8.0
FPS_15 = 16.0
STEP = 8
"""Frames of two latents."""
FRAMES = 49
PROMPT_TOKENS = 226


class CogVideoXFamily(PipelineFamily):
    """T2V: mode 1."""

    pipelines = ("CogVideoXPipeline",)
    guidance = 6.0
    tail = 1
    samplers: ClassVar[Mapping[str, str]] = {"ddim": "CogVideoXDDIMScheduler", "dpm": "CogVideoXDPMScheduler"}

    @property
    def multiple(self) -> int:
        """Width and height divide by the autoencoder's factor times the transformer's patch; diffusers checks half."""
        factor = 2 ** (len(self.config("vae").get("block_out_channels", (0,) * 4)) - 1)
        return int(factor * self.config("transformer").get("patch_size", 2))

    @property
    def newer(self) -> bool:
        """Whether it is a 1.5, whose patches span two latents."""
        return bool(self.config("transformer").get("patch_size_t"))

    @property
    def window(self) -> int:
        """Frames of one call, as trained: 49, and 81 of a 1.5."""
        frames = int(self.config("transformer").get("sample_frames") or FRAMES)
        return max(1, (frames - 1) // STEP * STEP + 1)

    def card(self) -> ModelCard:
        """By the folder's own files; the rate stands in none of them and is the authors'."""
        return ModelCard(
            name=str(self.folder),
            family="cogvideox",
            fps=FPS_15 if self.newer else FPS,
            frame_rule=FrameRule(multiple=STEP, offset=1),
            chunk_frames=(self.window, max(STEP, self.window - 1)),
            modes=(1,),
            multiple=self.multiple,
        )

    def check(self, request: GenerateRequest) -> None:
        """As by the card, and no larger than the grid of a 1.5."""
        super().check(request)
        width, height = self._most()
        if self.newer and (request.width > width or request.height > height):
            nearest = min(request.width, width), min(request.height, height)
            raise RecordError(
                f"its positions end at {width}x{height}, not {request.width}x{request.height}: "
                f"ask for {nearest[0]}x{nearest[1]}"
            )

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 226, D]: what pads the text is encoded with it and counts."""
        tokens = int(self.config("transformer").get("max_text_seq_length") or PROMPT_TOKENS)
        embeds, _ = pipe.encode_prompt(
            prompt=text, do_classifier_free_guidance=False, max_sequence_length=tokens, device=device
        )
        return {"prompt": embeds}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; an extension's first frame repeats the last of the past and is cut off."""
        past = self.past(request)
        steps = self.steps_of(request)
        made = self.call(
            pipe,
            on_step,
            steps,
            prompt_embeds=text["prompt"],
            negative_prompt_embeds=None if negative is None else negative["prompt"],
            height=request.height,
            width=request.width,
            num_frames=len(past) + request.frames,
            num_inference_steps=steps,
            guidance_scale=self.scale(request),
            generator=generator(request.seed),
            output_type="np",
            **self.first(past, request),
        )
        return self.joined(pixels(made.frames[0]), past, request)

    def first(self, past: NDArray[np.uint8], request: GenerateRequest) -> dict[str, Any]:
        """What the video begins from, as the pipeline's arguments."""
        return {}

    def _most(self) -> tuple[int, int]:
        """(width, height) in pixels of the sample that the transformer was made for."""
        part = self.config("transformer")
        factor = self.multiple // int(part.get("patch_size", 2))
        return int(part.get("sample_width", 90)) * factor, int(part.get("sample_height", 60)) * factor


class CogVideoXPictureFamily(CogVideoXFamily):
    """I2V: mode 3 from the shot's own keyframe, mode 2 from its last frame."""

    pipelines = ("CogVideoXImageToVideoPipeline",)

    @property
    def learned(self) -> bool:
        """Whether positions were learned (5B-I2V): for one size and one length, and diffusers computes others for another
        length without a word."""
        return bool(self.config("transformer").get("use_learned_positional_embeddings"))

    def card(self) -> ModelCard:
        """By the folder's own files."""
        rules: dict[str, Any] = {"modes": (2, 3), "start": True, "reach": 1, "stills": False}
        if self.learned:
            only, later = self.window, self.window - 1
            rules |= {
                "native": self._most(),
                "frame_rule": FrameRule(multiple=STEP, offset=only, most=only),
                "later_rule": FrameRule(multiple=STEP, offset=later, most=later),
            }
        return msgspec.structs.replace(super().card(), **rules)

    def first(self, past: NDArray[np.uint8], request: GenerateRequest) -> dict[str, Any]:
        """The last frame of the shot, or else its own start keyframe."""
        return {"image": self.first_picture(past, request)}
