"""The weaver family: FilmWeaver's four modes on a native checkpoint (transformer, vae, text_encoder)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import catalogue
from reelkit.models.requests import FrameRule, GenerateReply, GenerateRequest, ModelCard, OnStep
from reelkit.weaver.layout import CHUNK_LATENTS, SHOT_SLOTS, frames_for, latents_for

if TYPE_CHECKING:
    import torch

    from reelkit.models.encoder import Encoder
    from reelkit.weaver.pipeline import TextEncoder, WeaverPipeline

    Parts = Callable[[TextEncoder], WeaverPipeline]

UNSUPPORTED = ("sampler", "quantisation", "step_cache", "lora")
"""Options of a request that mean nothing to it, and so are refused rather than passed over."""

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
    """Knows a weaver checkpoint by its folder.

    encoder: the folder of its text encoder, which the loader lends to it and to whoever else asks for it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.encoder = str(folder / "text_encoder")
        self.index = catalogue.read_index(folder, WeaverIndex)

    def card(self, name: str) -> ModelCard:
        """What it can do: all four modes, K = 3 references, chunks of six latents."""
        first, later = self.index.frames_per_latent
        return ModelCard(
            name=name,
            revision=catalogue.fingerprint(self.folder),
            fps=self.index.fps,
            frame_rule=FrameRule(multiple=later, offset=first),
            chunk_frames=(
                frames_for(CHUNK_LATENTS, (first, later)),
                frames_for(CHUNK_LATENTS, (first, later), opening=False),
            ),
            modes=(1, 2, 3, 4),
            max_references=SHOT_SLOTS,
            native=(self.index.width, self.index.height),
        )

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw, before weights are read; the error names the nearest request it can."""
        unknown = [name for name in UNSUPPORTED if request.options.get(name)]
        if unknown:
            flags = ", ".join("--" + name.replace("_", "-") for name in unknown)
            raise RecordError(f"the weaver knows no {flags}: leave out what it does not know, or name another model")
        first, later = self.index.frames_per_latent
        opening = not request.history
        latents = max(1, latents_for(request.frames, (first, later), opening))
        nearest = frames_for(latents, (first, later), opening)
        if request.frames != nearest:
            raise RecordError(f"{request.frames} frames do not fill whole latents: ask for {nearest}")
        if latents > CHUNK_LATENTS:
            most = frames_for(CHUNK_LATENTS, (first, later), opening)
            raise RecordError(f"{request.frames} frames are more than one chunk: ask for {most} and extend")
        native = (self.index.width, self.index.height)
        if (request.width, request.height) != native:
            raise RecordError(f"it draws {native[0]}x{native[1]} only, not {request.width}x{request.height}")
        if len(request.references) > SHOT_SLOTS:
            raise RecordError(
                f"its shot cache has {SHOT_SLOTS} slots and {len(request.references)} references were given: "
                f"give {SHOT_SLOTS}"
            )

    def load(self, device: torch.device, dtype: torch.dtype) -> Parts:
        """Read the weights, all but the text encoder's; UnavailableError where they cannot be."""
        from reelkit.weaver.pipeline import WeaverPipeline

        try:
            return WeaverPipeline.parts(self.folder, self.index.vae[1], device, dtype, self.index.shift)
        except (OSError, ValueError, RuntimeError) as error:
            raise UnavailableError(f"the weights in {self.folder} cannot be loaded: {error}") from error

    def run(
        self, parts: Parts, encoder: Encoder, request: GenerateRequest, on_step: OnStep | None
    ) -> GenerateReply:
        """Draw, and write latents and pictures beside each other."""
        import torch
        from safetensors.torch import load_file, save

        from reelkit.media.atomic import write_bytes_atomic
        from reelkit.media.image import read_image, write_png
        from reelkit.media.video import write_video
        from reelkit.models.device import peak_memory, reset_peak_memory

        started = time.monotonic()
        pipeline = parts(encoder)
        reset_peak_memory(pipeline.device)
        past = [load_file(path) for path in request.history]
        size = (request.width, request.height)
        made = pipeline(
            request.prompt,
            negative_prompt=request.negative_prompt,
            frames=request.frames,
            size=size,
            seed=request.seed,
            steps=request.steps or self.index.steps,
            guidance=self.index.guidance if request.guidance is None else request.guidance,
            references=[read_image(Path(path), size) for path in request.references],
            history=torch.cat([chunk["latents"] for chunk in past], dim=1) if past else None,
            decoder_state=_decoder_state(past[-1]) if past else None,
            on_step=on_step,
        )
        out = Path(request.out)
        tensors = {"latents": made.latents.contiguous()} | {
            f"decoder.{k}": v.contiguous() for k, v in made.decoder_state.items()
        }
        # Not `save_file`, which renames a file of its own over the one that `write_atomic` holds for this writer.
        write_bytes_atomic(out.with_name(out.name + ".safetensors"), save(tensors))
        fps = float(request.options.get("fps", self.index.fps))
        if request.still:
            write_png(out.with_name(out.name + ".png"), made.frames[0])
        else:
            write_video(out.with_name(out.name + ".mp4"), iter(made.frames), fps)
        return GenerateReply(
            frames=len(made.frames),
            fps=fps,
            width=request.width,
            height=request.height,
            wall_seconds=round(time.monotonic() - started, 3),
            peak_memory=peak_memory(pipeline.device),
        )


def _decoder_state(chunk: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix("decoder."): value for name, value in chunk.items() if name.startswith("decoder.")
    }
