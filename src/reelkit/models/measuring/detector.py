"""GroundingDINO: boxes of what a text names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

MOST_BOXES = 32
"""Boxes of a frame that are handed on, the surest first."""


class GroundingDino:
    """Boxes for one text: float32 [N, MOST_BOXES * 5], flattened (score, left, top, right, bottom), surest first.

    Corners are shares of the frame's width and height, within 0..1. A box is there if the greatest of its tokens' sigmoids is
    over `least`; the rest of the row is zero. No overlapping boxes are suppressed, as in the authors' `predict`.
    Liu et al. 2023, in transformers' layout: shorter side 800, longer side at most 1333.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import AutoProcessor, GroundingDinoForObjectDetection

        self._processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
        model = GroundingDinoForObjectDetection.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], text: str = "", least: float = 0.25, **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames. text: what is looked for."""
        rows = np.zeros((len(inputs), MOST_BOXES, 5), dtype=np.float32)
        for row, frame in zip(rows, inputs, strict=True):
            found = self._detect(frame, caption(text), least)
            row[: len(found)] = found
        return rows.reshape(len(inputs), -1)

    def _detect(self, frame: NDArray[np.uint8], text: str, least: float) -> NDArray[np.float32]:
        given = self._processor(images=[frame], text=[text], return_tensors="pt").to(self._device)
        answer = self._model(**given)
        scores = answer.logits[0].sigmoid().max(dim=-1).values
        order = scores.argsort(descending=True, stable=True)
        order = order[scores[order] > least][:MOST_BOXES]
        centre_x, centre_y, width, height = answer.pred_boxes[0, order].unbind(-1)
        corners = (centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2)
        boxes = torch.stack([scores[order], *(each.clamp(0, 1) for each in corners)], dim=-1)
        found: NDArray[np.float32] = boxes.float().cpu().numpy()
        return found


def caption(text: str) -> str:
    """The text as GroundingDINO was trained on it: lower case, with a full stop."""
    plain = text.lower().strip()
    return plain if plain.endswith(".") else f"{plain}."


def load(files: tuple[Path, ...], device: torch.device) -> GroundingDino:
    """From a folder in transformers' layout."""
    return GroundingDino(files[0], device)
