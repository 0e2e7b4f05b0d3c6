"""Weavers to measure: the embedded one, and others that share its autoencoder and text encoder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.theatre.sampler import Sampling
from reelkit.models.catalogue import fingerprint
from reelkit.models.device import pick_device, pick_dtype
from reelkit.models.encoder import Encoder
from reelkit.models.families.weaver import WeaverFamily
from reelkit.weaver.pipeline import SHOT_NOISE, WeaverPipeline
from reelkit.weaver.transformer import WeaverTransformer

Frames = NDArray[np.uint8]


@dataclass(frozen=True)
class Weaver:
    """A pipeline with its defaults. `identity` is what makes films drawn with it comparable."""

    pipeline: WeaverPipeline
    encoder: Encoder
    steps: int
    guidance: float
    identity: dict[str, Any]

    def sampling(self, clean: bool) -> Sampling:
        """Its own steps and guidance; `clean` leaves the caches without noise, as a weaver trained so expects."""
        return Sampling(self.steps, self.guidance, 0.0 if clean else SHOT_NOISE)

    def reconstruct(self, frames: Frames) -> Frames:
        """Frames uint8 [T, H, W, 3] through the autoencoder."""
        with self.pipeline._autocast():
            latents = self.pipeline.codec.encode(frames)
            made, _ = self.pipeline.codec.decode(latents)
        return made


def load_weaver(folder: Path, steps: int | None = None, transformer: Path | None = None) -> Weaver:
    """The weaver of a folder laid out as the embedded one; `transformer` replaces its transformer by another's.

    `transformer` is a checkpoint, or the folder of its transformer alone.
    """
    if not (folder / "model_index.json").is_file():
        raise SystemExit(f"{folder} holds no weaver: `just train` makes one, or give --weights")
    family = WeaverFamily(folder)
    index = family.index
    device = pick_device("auto")
    encoder = Encoder(str(folder / "text_encoder"), str(device))
    pipeline = family.load(device, pick_dtype("auto", device))(encoder)
    identity = {"weights": fingerprint(folder)}
    if transformer is not None:
        inside = transformer / "transformer" if (transformer / "transformer").is_dir() else transformer
        other = WeaverTransformer.from_pretrained(inside).float()
        pipeline.transformer = other.eval().requires_grad_(False).to(device)
        identity = {"weights": fingerprint(transformer)}
    taken = steps or index.steps
    return Weaver(pipeline, encoder, taken, index.guidance, identity | {"steps": taken, "guidance": index.guidance})
