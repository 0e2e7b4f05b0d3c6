"""A shot drawn chunk by chunk by a family itself, so that its frames are seen before a codec touches them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from reelkit.models import GenerateRequest
from reelkit.models.family import family_of
from reelkit.models.local import LocalModels
from reelkit.models.outputs import write_clip

PROMPT = "Wide shot. A woman in a red coat walks along a beach at dusk. " * 4


class Shot:
    """Chunks of one shot from the checkpoint in `folder`, each handed the files of those before it."""

    def __init__(self, folder: Path, root: Path, size: tuple[int, int], **settings: Any) -> None:
        self.folder = folder
        self.family = family_of(folder)
        self.models = LocalModels("cpu", "float32")
        self.root = root
        self.size = size
        self.settings: dict[str, Any] = {"steps": 2, "guidance": 3.0, **settings}
        self.chunks: list[Path] = []
        self.frames: list[np.ndarray] = []

    def request(self, frames: int, **more: Any) -> GenerateRequest:
        """The next chunk, by the prompt and the past."""
        fields: dict[str, Any] = {
            "model": str(self.folder), "prompt": PROMPT, "width": self.size[0], "height": self.size[1],
            "frames": frames, "seed": 7, "out": str(self.root / f"chunk-{len(self.chunks)}"),
            "history": [str(chunk) for chunk in self.chunks], **self.settings, **more,
        }
        return GenerateRequest(**fields)

    def draw(self, frames: int, **more: Any) -> list[tuple[int, int]]:
        """Draw the next chunk; the steps that were told of."""
        request = self.request(frames, **more)
        steps: list[tuple[int, int]] = []
        self.family.check(request)
        clip = self.family.generate(self.models, request, lambda done, total: steps.append((done, total)))
        write_clip(Path(request.out), clip, 24.0, False)
        self.chunks.append(Path(request.out + ".safetensors"))
        self.frames.append(np.asarray(clip.frames))
        return steps

    def handed(self, index: int) -> dict[str, Any]:
        """What a chunk handed on."""
        return load_file(self.chunks[index])
