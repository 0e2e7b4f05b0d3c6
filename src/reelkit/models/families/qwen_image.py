"""Qwen-Image and Qwen-Image-Edit: stills from words, and from words with reference stills.

Source: Qwen-Image (arXiv 2508.02324) and diffusers' QwenImagePipeline, QwenImageEditPipeline (one reference) and
QwenImageEditPlusPipeline (2509 and 2511, several). A reference is seen twice: by the text encoder, which is a
vision-language model, together with the prompt, and by the transformer as clean latents of about a megapixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

    from reelkit.models.prompts import Embedding

REFERENCES = 3
"""What 2509 and 2511 were trained with; each costs the tokens of a megapixel."""
EDIT_AREA = 1024 * 1024
"""Pixels of the reference that the text encoder of the first Qwen-Image-Edit sees; its pipeline names no constant."""
BLANK = " "
"""The authors' prompt of nothing: an empty one leaves out the second pass of guidance."""
PROMPT_TOKENS = 1024
"""As many as the pipelines take; the text pipeline cuts at 512 where nothing is said."""


class QwenImageFamily(PipelineFamily):
    """Stills from words alone: mode 1."""

    pipelines = ("QwenImagePipeline",)
    guidance = 4.0
    references = 0

    def card(self) -> ModelCard:
        """By the folder's own files."""
        return ModelCard(
            name=str(self.folder),
            family="qwen-image",
            modes=(1, 3) if self.references else (1,),
            max_references=self.references,
            multiple=self.multiple,
            clips=False,
        )

    @property
    def multiple(self) -> int:
        """The autoencoder's factor times the transformer's patch of 2."""
        factor: int = 2 ** len(self.config("vae").get("temperal_downsample", (0, 0, 0)))
        return factor * 2

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, L, D], L by the length of the text."""
        embeds, _ = in_words(pipe).encode_prompt(
            prompt=text or BLANK, device=device, max_sequence_length=PROMPT_TOKENS
        )
        return {"prompt": embeds}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; true classifier-free guidance, a second pass a step, where a negative embedding is given."""
        arguments: dict[str, Any] = {
            **_prompt("prompt_embeds", text),
            **(_prompt("negative_prompt_embeds", negative) if negative else {}),
            "true_cfg_scale": self.scale(request),
            "height": request.height,
            "width": request.width,
            "num_inference_steps": self.steps_of(request),
            "generator": generator(request.seed),
            "output_type": "np",
            "max_sequence_length": PROMPT_TOKENS,
        }
        if request.references:
            arguments["image"] = self.given([picture(path) for path in request.references])
        else:
            pipe = in_words(pipe)
        made = self.call(pipe, on_step, self.steps_of(request), **arguments)
        return Clip(frames=pixels(made.images))

    def given(self, stills: Sequence[Image]) -> Any:
        """References in the form that the pipeline takes."""
        raise NotImplementedError


class QwenImageEditFamily(QwenImageFamily):
    """One reference, mode 3; without one the same weights draw as the text pipeline does, mode 1."""

    pipelines = ("QwenImageEditPipeline",)
    text_parts = ("tokenizer", "text_encoder", "processor")
    references = 1

    def seen(self, request: GenerateRequest) -> Sequence[str]:
        """All references: prompt and stills are embedded as one."""
        return request.references

    def embed_seeing(self, pipe: Any, text: str, seen: Sequence[str], device: torch.device) -> Embedding:
        """[1, L, D], L by the lengths of text and stills."""
        stills = []
        for path in seen:
            still = picture(path)
            width, height = self.scaled(still.width / still.height)
            stills.append(pipe.image_processor.resize(still, height, width))
        embeds, _ = pipe.encode_prompt(prompt=text or BLANK, image=self.given(stills), device=device)
        return {"prompt": embeds}

    def scaled(self, ratio: float) -> tuple[int, int]:
        """Width and height in which the text encoder sees a still of an aspect, as the pipeline has it."""
        import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit as source

        width, height, _ = source.calculate_dimensions(EDIT_AREA, ratio)
        return width, height

    def given(self, stills: Sequence[Image]) -> Any:
        """The one."""
        return stills[0]

    def _load_text(self, device: torch.device, dtype: torch.dtype) -> Any:
        pipe = super()._load_text(device, dtype)
        pipe.text_encoder.register_forward_pre_hook(mark_pictures, with_kwargs=True)
        return pipe


class QwenImageEditPlusFamily(QwenImageEditFamily):
    """Several references, mode 3, which a prompt may call `Picture 1`, `Picture 2`, in their order."""

    pipelines = ("QwenImageEditPlusPipeline",)
    references = REFERENCES
    steps = 40

    def scaled(self, ratio: float) -> tuple[int, int]:
        """Width and height in which the text encoder sees a still of an aspect, as the pipeline has it."""
        import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as source

        width, height = source.calculate_dimensions(source.CONDITION_IMAGE_SIZE, ratio)
        return width, height

    def given(self, stills: Sequence[Image]) -> Any:
        """All of them."""
        return list(stills)


def in_words(pipe: Any) -> Any:
    """The text pipeline on the same parts, which takes no memory; the edit pipelines draw nothing without a still."""
    import diffusers

    kind: Any = diffusers.QwenImagePipeline
    if isinstance(pipe, kind):
        return pipe
    cast = kind(**{name: part for name, part in pipe.components.items() if name != "processor"})
    cast.set_progress_bar_config(disable=True)
    return cast


def mark_pictures(encoder: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Forward pre-hook: tell Qwen2.5-VL which tokens are a picture's.

    transformers 5 lays out positions in height and width only by `mm_token_type_ids`, which diffusers' edit pipelines
    take from the processor and leave behind: each picture would be read as a line of words (diffusers issue 14194).
    """
    given = dict(kwargs)
    if given.get("pixel_values") is not None and given.get("mm_token_type_ids") is None:
        given["mm_token_type_ids"] = (given["input_ids"] == encoder.config.image_token_id).int()
    return args, given


def _prompt(name: str, embedding: Embedding) -> dict[str, Any]:
    """The pipelines warn of an embedding without a mask."""
    import torch

    embeds = embedding["prompt"]
    mask = torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device)
    return {name: embeds, f"{name}_mask": mask}
