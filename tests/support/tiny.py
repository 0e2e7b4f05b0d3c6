"""`TinyModels`: a small deterministic `Models` that really writes clips, stills and latents.

A picture is a gradient between two colours that follow from the request and from what it was shown, so that
whatever reaches the model reaches its pixels. Embeddings are coarse colour layouts, and hashed words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file, save

from reelkit.errors import UnavailableError
from reelkit.media.atomic import write_bytes_atomic
from reelkit.media.image import read_image, write_png
from reelkit.media.video import write_video
from reelkit.models import FrameRule, GenerateReply, GenerateRequest, ModelCard

SIZE = 48
"""Length of an embedding: 4 x 4 cells of 3 colours."""


def tiny_card(**changes: Any) -> ModelCard:
    """A causal autoencoder's grid: 21 frames, then 24 a chunk of six latents."""
    card = ModelCard(
        name="tiny",
        revision="a" * 40,
        frame_rule=FrameRule(multiple=4, offset=1),
        chunk_frames=(21, 24),
        modes=(1, 2, 3, 4),
        max_references=8,
        reach=19 * 4,
        native=(32, 32),
    )
    return msgspec.structs.replace(card, **changes)


class TinyModels:
    """Remembers what it was asked in `requests`; `fail` may raise for a request."""

    def __init__(
        self, card: ModelCard | None = None, fail: Callable[[GenerateRequest], None] | None = None
    ) -> None:
        self.card = card or tiny_card()
        self.requests: list[GenerateRequest] = []
        self.embedded: list[Path] = []
        self.fail = fail

    @property
    def made(self) -> list[str]:
        """Keys of what was generated, in order."""
        return [Path(request.out).name for request in self.requests]

    def describe(self, model: str, role: str) -> ModelCard:
        if model == "absent":
            raise UnavailableError("no model is called absent")
        if model not in ("embedded", "tiny"):
            return msgspec.structs.replace(
                self.card, name=model, revision=hashlib.sha1(model.encode()).hexdigest()
            )
        return self.card

    def check(self, request: GenerateRequest) -> None:
        pass

    def generate(
        self, request: GenerateRequest, on_step: Callable[[int, int], None] | None = None
    ) -> GenerateReply:
        self.requests.append(request)
        if self.fail is not None:
            self.fail(request)
        latents = self._latents(request)
        if on_step is not None:
            on_step(1, 1)
        out = Path(request.out)
        write_bytes_atomic(out.with_name(out.name + ".safetensors"), save(latents))
        frames = _pictures(latents["latents"], request.frames, request.height, request.width)
        if request.still:
            write_png(out.with_name(out.name + ".png"), next(frames))
        else:
            write_video(out.with_name(out.name + ".mp4"), frames, float(request.options["fps"]))
        return GenerateReply(
            frames=request.frames,
            fps=float(request.options["fps"]),
            width=request.width,
            height=request.height,
            wall_seconds=0.25,
            peak_memory=1024,
        )

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        rows = []
        for text in texts:
            row = np.zeros(SIZE, np.float32)
            for word in text.lower().split():
                row[_digest(word)[0] % SIZE] += 1.0
            rows.append(row / max(float(np.linalg.norm(row)), 1e-6))
        return np.stack(rows)

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        self.embedded += [image for image in images if isinstance(image, Path)]
        rows = []
        for image in images:
            small = read_image(image, (4, 4)) if isinstance(image, Path) else _layout(image)
            pixels = small.astype(np.float32).reshape(-1) + 1.0
            rows.append(pixels / np.linalg.norm(pixels))
        return np.stack(rows)

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32] | list[str]:
        """Of `words` what it was told; of any other network the mean and the greatest number of each input."""
        if network == "words":
            return [f"{each} {(options or {}).get('ask', '')}".strip() for each in inputs]
        return np.array([[float(np.mean(each)), float(np.max(each))] for each in inputs], np.float32)

    def _latents(self, request: GenerateRequest) -> dict[str, NDArray[np.float32]]:
        """[latents, 6]: two colours each; they follow from the request, its stills' pixels, its history."""
        seen = hashlib.sha256(f"{request.prompt}|{request.negative_prompt}|{request.steps}".encode())
        seen.update(f"{request.seed}|{request.guidance}|{request.frames}".encode())
        for reference in request.references:
            seen.update(read_image(Path(reference)).tobytes())
        for path in request.history:
            seen.update(load_file(path)["latents"].tobytes())
        count = 1 + (request.frames - 1) // 4
        generator = np.random.default_rng(int.from_bytes(seen.digest()[:8]))
        return {"latents": generator.integers(0, 255, (count, 6)).astype(np.float32)}


def _pictures(
    latents: NDArray[np.float32], frames: int, height: int, width: int
) -> Iterator[NDArray[np.uint8]]:
    ramp = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    for frame in range(frames):
        row = latents[min(len(latents) - 1, frame // 4)]
        yield np.broadcast_to(row[:3] * (1 - ramp) + row[3:] * ramp, (height, width, 3)).astype(np.uint8)


def _layout(image: NDArray[Any]) -> NDArray[Any]:
    """A picture [H, W, 3] as 4 x 4 cells."""
    return np.asarray(Image.fromarray(image).resize((4, 4), Image.Resampling.BOX))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
