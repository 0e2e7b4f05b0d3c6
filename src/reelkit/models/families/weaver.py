"""The weaver family: FilmWeaver's four modes on a native checkpoint (transformer, vae, text_encoder)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import catalogue, speed
from reelkit.models.family import Clip, Shelf
from reelkit.models.refusals import refuse
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep
from reelkit.weaver.layout import CHUNK_LATENTS, HISTORY, SHOT_SLOTS, frames_for

if TYPE_CHECKING:
    import torch

    from reelkit.weaver.pipeline import TextEncoder, WeaverPipeline

    Parts = Callable[[TextEncoder], WeaverPipeline]

UNSUPPORTED = ("sampler", *(name for name in speed.OPTIONS if name != "offload"))
"""Options of a request that mean nothing to it, and so are refused rather than passed over.

Offload changes no picture, and the whole of it is less than offload leaves on a device.
"""

Count = Annotated[int, Meta(ge=1)]


class WeaverIndex(catalogue.Index, frozen=True):
    """`model_index.json` of a weaver: its parts, size, rate and sampling defaults."""

    vae: tuple[str, str]
    """Package and class of the autoencoder."""
    frames_per_latent: tuple[Count, Count]
    """Frames of a shot's first latent, and of each later one."""
    fps: Annotated[float, Meta(gt=0)]
    width: Count
    height: Count
    steps: Count
    guidance: Annotated[float, Meta(ge=0)]
    shift: Annotated[float, Meta(gt=0)] = 1.0
    """Of the sampler's times."""


class WeaverFamily:
    """Knows a weaver checkpoint by its folder."""

    pipelines = ("WeaverPipeline",)
    tail = 0
    variant = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.encoder = folder / "text_encoder"
        """Lent by the loader to this family and to whoever else asks for it."""
        self.index = catalogue.read_index(folder, WeaverIndex)

    def card(self) -> ModelCard:
        """What it can do: all four modes, K = 3 references, chunks of six latents."""
        first, later = self.index.frames_per_latent
        return ModelCard(
            name=str(self.folder),
            family="weaver",
            fps=self.index.fps,
            frame_rule=FrameRule(multiple=later, offset=first),
            later_rule=FrameRule(multiple=later, offset=later),
            chunk_frames=(
                frames_for(CHUNK_LATENTS, (first, later)),
                frames_for(CHUNK_LATENTS, (first, later), opening=False),
            ),
            modes=(1, 2, 3, 4),
            max_references=SHOT_SLOTS,
            reach=HISTORY * later,
            native=(self.index.width, self.index.height),
        )

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw, before weights are read; the error names the nearest request it can."""
        unknown = [name for name in UNSUPPORTED if request.options.get(name)]
        if unknown:
            flags = ", ".join("--" + name.replace("_", "-") for name in unknown)
            raise RecordError(f"the weaver knows no {flags}: leave out what it does not know, or name another model")
        refuse(self.card(), request)

    def generate(self, shelf: Shelf, request: GenerateRequest, on_step: OnStep) -> Clip:
        """Draw, and hand on latents and the decoder's memory."""
        import torch
        from safetensors.torch import load_file

        from reelkit.media.image import read_image

        device, dtype = shelf.place(request.options.get("dtype"))
        size = catalogue.weight_bytes(self.folder) - catalogue.weight_bytes(self.encoder)
        name = f"{self.folder} ({catalogue.stamp(self.folder)[:8]}) in {dtype}"
        with (
            shelf.encoder(str(self.encoder)) as encoder,
            shelf.lend(name, size, lambda: self.load(device, dtype)) as parts,
        ):
            past = [load_file(path) for path in request.history]
            picture = (request.width, request.height)
            made = parts(encoder)(
                request.prompt,
                negative_prompt=request.negative_prompt,
                frames=request.frames,
                size=picture,
                seed=request.seed,
                steps=request.steps or self.index.steps,
                guidance=self.index.guidance if request.guidance is None else request.guidance,
                references=[read_image(Path(path), picture) for path in request.references],
                history=torch.cat([chunk["latents"] for chunk in past], dim=1) if past else None,
                decoder_state=_decoder_state(past[-1]) if past else None,
                on_step=on_step,
            )
        state = {f"decoder.{name}": value for name, value in made.decoder_state.items()}
        return Clip(frames=made.frames, handed_on={"latents": made.latents, **state})

    def load(self, device: torch.device, dtype: torch.dtype) -> Parts:
        """Read the weights, all but the text encoder's; UnavailableError where they cannot be."""
        from reelkit.weaver.pipeline import WeaverPipeline

        try:
            return WeaverPipeline.parts(self.folder, self.index.vae[1], device, dtype, self.index.shift)
        except (OSError, ValueError, RuntimeError) as error:
            raise UnavailableError(f"the weights in {self.folder} cannot be loaded: {error}") from error


def _decoder_state(chunk: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix("decoder."): value for name, value in chunk.items() if name.startswith("decoder.")
    }
