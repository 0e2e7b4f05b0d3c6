"""Z-Image and Z-Image-Turbo: stills from a prompt alone; they look at no other still.

Source: Z-Image (arXiv 2511.22699) and diffusers' ZImagePipeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, pixels
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep
from reelkit.models.samplers import EULER

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

PROMPT_TOKENS = 512
TURBO_SHIFT = 3.0
"""Of its scheduler: the only number in which the files of Turbo differ from the base's."""
TURBO_STEPS = 8
"""The authors ask for 9, of which their pipeline spent the last on nothing; diffusers no longer does."""


class ZImageFamily(PipelineFamily):
    """The base with guidance, or Turbo without."""

    pipelines = ("ZImagePipeline",)
    # The steps are laid out for this solver by the pipeline.
    samplers: ClassVar = EULER
    guidance = 5.0

    @property
    def turbo(self) -> bool:
        """Whether it was distilled to a few steps without guidance."""
        return self.config("scheduler").get("shift") == TURBO_SHIFT

    def card(self) -> ModelCard:
        """By the folder's own files."""
        blocks = self.config("vae").get("block_out_channels", (0, 0, 0, 0))
        return ModelCard(
            name=str(self.folder), family="z-image", modes=(1,), multiple=2 ** len(blocks), clips=False
        )

    def scale(self, request: GenerateRequest) -> float:
        """1, which is none, for Turbo."""
        return 1.0 if request.guidance is None and self.turbo else super().scale(request)

    def steps_of(self, request: GenerateRequest) -> int:
        """Fewer for Turbo."""
        return request.steps or (TURBO_STEPS if self.turbo else self.steps)

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, L, D], as long as the text."""
        embeds, _ = pipe.encode_prompt(
            prompt=text, do_classifier_free_guidance=False, max_sequence_length=PROMPT_TOKENS, device=device
        )
        return {"prompt": embeds[0][None]}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call. The pipeline's scale counts what is added to the conditional pass: 0 is none, ours less 1."""
        made = self.call(
            pipe,
            on_step,
            self.steps_of(request),
            prompt_embeds=[text["prompt"][0]],
            negative_prompt_embeds=None if negative is None else [negative["prompt"][0]],
            guidance_scale=max(0.0, self.scale(request) - 1.0),
            height=request.height,
            width=request.width,
            num_inference_steps=self.steps_of(request),
            generator=generator(request.seed),
            output_type="np",
        )
        return Clip(frames=pixels(made.images))
