"""FLUX.1 Kontext: a still from a prompt and from one picture, or from two on one canvas.

Source: FLUX.1 Kontext (arXiv 2506.15742) and diffusers' FluxKontextPipeline. The weights were trained with one picture.
Two are laid on one canvas, for a dialogue has two faces and the second would else be invented; each then has half of
the canvas' megapixel. Three are refused: people who tried report pictures that fall apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, Any, ClassVar

from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep
from reelkit.models.samplers import EULER

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

    from reelkit.models.prompts import Embedding

PROMPT_TOKENS = 512
REFERENCES = 2
TRUE_GUIDANCE = 2.0
"""Of the second pass that a negative prompt asks for. No author names one; mild, since the weights are guided already."""


class KontextFamily(PipelineFamily):
    """Guidance is a number that the transformer reads; a second pass runs only for a negative prompt."""

    pipelines = ("FluxKontextPipeline",)
    text_parts = ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2")
    # The steps are laid out for this solver by the pipeline, which counts the picture's tokens.
    samplers: ClassVar = EULER
    guidance = 2.5
    steps = 28

    def card(self) -> ModelCard:
        """By the folder's own files."""
        blocks = self.config("vae").get("block_out_channels", (0, 0, 0, 0))
        return ModelCard(
            name=str(self.folder),
            family="flux-kontext",
            modes=(1, 3),
            max_references=REFERENCES,
            multiple=2 ** len(blocks),
            clips=False,
        )

    def guided(self, request: GenerateRequest) -> bool:
        """Only for a negative prompt."""
        return bool(request.negative_prompt)

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """prompt: [1, 512, D] of T5, padding included. pooled: [1, D] of CLIP, of the first 77 tokens."""
        embeds, pooled, _ = pipe.encode_prompt(prompt=text, device=device, max_sequence_length=PROMPT_TOKENS)
        return {"prompt": embeds, "pooled": pooled}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; with another area than the picture's own the pipeline would draw another size."""
        arguments: dict[str, Any] = {
            "prompt_embeds": text["prompt"],
            "pooled_prompt_embeds": text["pooled"],
            "height": request.height,
            "width": request.width,
            "max_area": request.height * request.width,
            "num_inference_steps": self.steps_of(request),
            "guidance_scale": self.scale(request),
            "generator": generator(request.seed),
            "output_type": "np",
        }
        if negative is not None:
            arguments |= {
                "negative_prompt_embeds": negative["prompt"],
                "negative_pooled_prompt_embeds": negative["pooled"],
                "true_cfg_scale": TRUE_GUIDANCE,
            }
        if request.references:
            arguments["image"] = canvas([picture(path) for path in request.references])
        made = self.call(pipe, on_step, self.steps_of(request), **arguments)
        return Clip(frames=pixels(made.images))


def canvas(pictures: Sequence[Image]) -> Image:
    """The pictures whole on one canvas, in a row or in a column, whichever is nearer to a square.

    The pipeline scales its picture to the nearest of the sizes it was trained on, of 3:7 to 7:3; two wide frames in
    a row would be squeezed by a third.
    """
    from PIL import Image

    if len(pictures) == 1:
        return pictures[0]
    shapes = [each.width / each.height for each in pictures]
    upright = abs(log(1 / sum(1 / shape for shape in shapes))) < abs(log(sum(shapes)))
    if upright:
        across = max(each.width for each in pictures)
        sizes = [(across, round(across / shape)) for shape in shapes]
        whole = Image.new("RGB", (across, sum(height for _, height in sizes)))
    else:
        across = max(each.height for each in pictures)
        sizes = [(round(across * shape), across) for shape in shapes]
        whole = Image.new("RGB", (sum(width for width, _ in sizes), across))
    at = 0
    for each, size in zip(pictures, sizes, strict=True):
        whole.paste(each.resize(size, Image.Resampling.LANCZOS), (0, at) if upright else (at, 0))
        at += size[1] if upright else size[0]
    return whole
