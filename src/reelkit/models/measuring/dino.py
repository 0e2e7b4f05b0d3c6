"""DINO ViT-B/16, as VBench's subject consistency runs it: frames keep their shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import by_size, vbench_dino

ARCHITECTURE = "vit_base_patch16_224"
NUDGE = 0.1
"""DINO scales its grid of positions by a factor a little larger than needed, lest rounding lose a row; part of its numbers."""


class Dino:
    """The class token of each frame, float32 [N, 768], not of length one."""

    def __init__(self, state: dict[str, Tensor], device: torch.device) -> None:
        import timm

        model = timm.create_model(ARCHITECTURE, pretrained=False, num_classes=0)
        model.load_state_dict({name: value for name, value in state.items() if not name.startswith("head.")})
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        rows = [self._token(vbench_dino(images.to(self._device))) for images in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows).float().cpu().numpy()
        return found

    def _token(self, images: Tensor) -> Tensor:
        """Class tokens [N, D] of normalised images [N, 3, H, W]; what a patch does not fill is not seen."""
        model = self._model
        size = model.patch_embed.patch_size[0]
        tokens = model.patch_embed.proj(images).flatten(2).transpose(1, 2)
        places = positions(model.pos_embed, images.shape[-2] // size, images.shape[-1] // size)
        tokens = torch.cat([model.cls_token.expand(len(tokens), -1, -1), tokens], dim=1) + places
        token: Tensor = model.norm(model.blocks(tokens))[:, 0]
        return token


def positions(embedded: Tensor, rows: int, columns: int) -> Tensor:
    """Position embeddings [1, 1 + N, D] of a square grid stretched to rows x columns, as DINO does (bicubic, NUDGE)."""
    side = round((embedded.shape[1] - 1) ** 0.5)
    if (rows, columns) == (side, side):
        return embedded
    grid = embedded[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    factors = ((rows + NUDGE) / side, (columns + NUDGE) / side)
    stretched = F.interpolate(grid, scale_factor=factors, mode="bicubic")
    return torch.cat([embedded[:, :1], stretched.permute(0, 2, 3, 1).flatten(1, 2)], dim=1)


def load(files: tuple[Path, ...], device: torch.device) -> Dino:
    """From `dino_vitbase16_pretrain.pth`, the backbone alone."""
    return Dino(read_state(files[0]), device)
