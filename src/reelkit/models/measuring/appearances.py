"""What EntityBench asks of a crop: CLIP's nearness to a description, and DINOv2's embedding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class ClipNearness:
    """Cosine of each frame and one text: float32 [N, 1], by CLIP in transformers' layout; the text is cut at 77 tokens."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import CLIPModel, CLIPProcessor

        self._processor: Any = CLIPProcessor.from_pretrained(folder, local_files_only=True)
        model = CLIPModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], text: str = "", **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        given = self._processor(
            text=[text], images=list(inputs), return_tensors="pt", padding=True, truncation=True,
            input_data_format="channels_last",
        )  # fmt: skip
        answer = self._model(**given.to(self._device))
        rows: NDArray[np.float32] = (answer.image_embeds @ answer.text_embeds.T).float().cpu().numpy()
        return rows


class ClassToken:
    """The class token's last state, of length one: float32 [N, D], by DINOv2 in transformers' layout."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import AutoImageProcessor, AutoModel

        self._processor: Any = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        given = self._processor(images=list(inputs), return_tensors="pt", input_data_format="channels_last")
        token = self._model(**given.to(self._device)).last_hidden_state[:, 0]
        rows: NDArray[np.float32] = torch.nn.functional.normalize(token, dim=-1).float().cpu().numpy()
        return rows


def load_nearness(files: tuple[Path, ...], device: torch.device) -> ClipNearness:
    """From a folder in transformers' layout."""
    return ClipNearness(files[0], device)


def load_class_token(files: tuple[Path, ...], device: torch.device) -> ClassToken:
    """From a folder in transformers' layout."""
    return ClassToken(files[0], device)
