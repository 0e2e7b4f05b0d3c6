"""FLUX.2: stills from a prompt and from several references, which the transformer reads beside the picture it makes.

Source: FLUX.2 (Black Forest Labs) and diffusers' Flux2Pipeline, Flux2KleinPipeline and Flux2KleinKVPipeline.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from reelkit.errors import RecordError, UnreadableError
from reelkit.models.diffusion import NO_NEGATIVE, PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep
from reelkit.models.samplers import EULER

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

PROMPT_TOKENS = 512
"""The padding reaches the transformer too: another length is another picture."""
SIDE = 64
"""Pixels that a reference must have each way."""
ASPECT = 8
"""How many times as long as wide a reference may be."""


class Flux2Base(PipelineFamily):
    """What every FLUX.2 shares: references in one list, prompts from the middle layers of a language model."""

    # The steps are laid out for this solver by the pipeline, which counts them and the picture's tokens.
    samplers: ClassVar = EULER
    references: ClassVar[int]

    def card(self) -> ModelCard:
        """By the folder's own files; how many references stands in none, and the pipelines know no limit."""
        blocks = self.config("vae").get("block_out_channels", (0, 0, 0, 0))
        return ModelCard(
            name=str(self.folder),
            family="flux2",
            modes=(1, 3),
            max_references=self.references,
            multiple=2 ** len(blocks),
            clips=False,
        )

    def check(self, request: GenerateRequest) -> None:
        """References too small or too long are refused here: the pipeline does so after it has read the prompt."""
        super().check(request)
        for path in request.references:
            refuse_reference(Path(path))

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 512, 3 D], of three layers side by side, padding included."""
        embeds, _ = pipe.encode_prompt(prompt=text, device=device, max_sequence_length=PROMPT_TOKENS)
        return {"prompt": embeds}

    def guidance_arguments(self, request: GenerateRequest, negative: Embedding | None) -> dict[str, Any]:
        """What the pipeline is told of guidance."""
        raise NotImplementedError

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; without a size the pipeline would draw the first reference's."""
        arguments: dict[str, Any] = {
            "prompt_embeds": text["prompt"],
            "height": request.height,
            "width": request.width,
            "num_inference_steps": self.steps_of(request),
            "generator": generator(request.seed),
            "output_type": "np",
            **self.guidance_arguments(request, negative),
        }
        if request.references:
            arguments["image"] = [picture(path) for path in request.references]
        made = self.call(pipe, on_step, self.steps_of(request), **arguments)
        return Clip(frames=pixels(made.images))


class Flux2Family(Flux2Base):
    """[dev]: guidance is a number that the transformer reads, in one pass."""

    pipelines = ("Flux2Pipeline",)
    guidance = 4.0
    references = 10
    """As many as the authors offer of the larger models; of these weights they advise six at most."""

    @property
    def no_negative(self) -> str:
        """Guidance would not help."""
        return NO_NEGATIVE

    def guided(self, request: GenerateRequest) -> bool:
        """Never: no second pass, whatever the guidance."""
        return False

    def guidance_arguments(self, request: GenerateRequest, negative: Embedding | None) -> dict[str, Any]:
        """The number."""
        return {"guidance_scale": self.scale(request)}


class Flux2KleinFamily(Flux2Base):
    """[klein], by the `is_distilled` of its index: four steps without guidance, or the base with two passes a step."""

    pipelines = ("Flux2KleinPipeline",)
    guidance = 4.0
    references = 4
    """As the authors offer."""

    @property
    def distilled(self) -> bool:
        """Whether it was distilled to a few steps without guidance; an index that is silent means the base."""
        return bool(self.index.get("is_distilled"))

    @property
    def no_negative(self) -> str:
        """Guidance would not help distilled weights."""
        return NO_NEGATIVE if self.distilled else super().no_negative

    def scale(self, request: GenerateRequest) -> float:
        """1, which is none, for distilled weights."""
        return 1.0 if self.distilled else super().scale(request)

    def steps_of(self, request: GenerateRequest) -> int:
        """Four for distilled weights."""
        return request.steps or (4 if self.distilled else self.steps)

    def check(self, request: GenerateRequest) -> None:
        """Guidance that the pipeline would ignore is refused."""
        super().check(request)
        if self.distilled and request.guidance not in (None, 1.0):
            raise RecordError(
                f"it was distilled to run without guidance, not with {request.guidance:g}: leave it out, or give 1"
            )

    def guidance_arguments(self, request: GenerateRequest, negative: Embedding | None) -> dict[str, Any]:
        """The scale, and the negative prompt, which the pipeline takes as an embedding only."""
        embeds = None if negative is None else negative["prompt"]
        return {"guidance_scale": self.scale(request), "negative_prompt_embeds": embeds}


class Flux2KleinKVFamily(Flux2KleinFamily):
    """[klein] KV: distilled, and it reads its references in the first step only."""

    pipelines = ("Flux2KleinKVPipeline",)

    @property
    def distilled(self) -> bool:
        """Always; its index does not say so."""
        return True

    def guidance_arguments(self, request: GenerateRequest, negative: Embedding | None) -> dict[str, Any]:
        """Its pipeline has no such argument."""
        return {}

    def _load_text(self, device: torch.device, dtype: torch.dtype) -> Any:
        """By the other klein's class: this one's wants the transformer as soon as it is made."""
        plain = Flux2KleinFamily(self.folder)
        plain.name = plain.pipelines[0]
        return plain._load_text(device, dtype)


def refuse_reference(path: Path) -> None:
    """RecordError for a still that the pipelines refuse, by the head of its file; one not yet drawn passes."""
    from PIL import Image

    if not path.is_file():
        return
    try:
        with Image.open(path) as file:
            width, height = file.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise UnreadableError(f"{path}: {exc}") from exc
    if min(width, height) < SIDE:
        raise RecordError(
            f"{path.name} is {width}x{height}, and a reference has {SIDE} pixels or more each way: enlarge it, "
            "or give another"
        )
    if max(width, height) > ASPECT * min(width, height):
        raise RecordError(
            f"{path.name} is {width}x{height}, and a reference is at most {ASPECT} times as long as wide: crop it, "
            "or give another"
        )
