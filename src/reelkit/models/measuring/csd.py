"""Contrastive style descriptors (CSD): a CLIP ViT-L/14 whose class token is projected to style and to content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from reelkit.models.measuring.network import read_state

SIDE = 224
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
HEAD_WIDTH = 64
"""Channels of an attention head in every CLIP vision transformer."""


class StyleDescriptor(nn.Module):
    """Somepalli et al. 2024, as `csd_vit-large.pth` holds it: `backbone`, `last_layer_style`, `last_layer_content`.

    Sizes are read from the tensors. Weights are used in float32: ViStoryBench builds the backbone in half precision before
    it loads, so its weights are those of the file rounded to half.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        from open_clip.transformer import QuickGELU, VisionTransformer

        super().__init__()
        width, _, patch, _ = state["backbone.conv1.weight"].shape
        grid = round((len(state["backbone.positional_embedding"]) - 1) ** 0.5)
        layers = len({key.split(".")[3] for key in state if key.startswith("backbone.transformer.resblocks.")})
        self.backbone = VisionTransformer(
            image_size=grid * patch, patch_size=patch, width=width, layers=layers, heads=max(1, width // HEAD_WIDTH),
            mlp_ratio=4.0, output_dim=state["last_layer_style"].shape[1], act_layer=QuickGELU,
        )  # fmt: skip
        self.backbone.proj = None
        self.last_layer_style = nn.Parameter(torch.empty_like(state["last_layer_style"], dtype=torch.float32))
        self.last_layer_content = nn.Parameter(torch.empty_like(state["last_layer_content"], dtype=torch.float32))
        self.side = grid * patch
        self.load_state_dict({key: value.float() for key, value in state.items()})

    def forward(self, images: Tensor) -> Tensor:
        """Style rows [N, D] of length one, of normalised images [N, 3, S, S]."""
        return nn.functional.normalize(self.backbone(images) @ self.last_layer_style, dim=1)


class Csd:
    """Style embeddings of frames: float32 [N, 768], of length one.

    The whole frame is squeezed to a square, as ViStoryBench does.
    """

    def __init__(self, model: StyleDescriptor, device: torch.device) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        images = torch.stack([squared(frame, self._model.side) for frame in inputs])
        rows: NDArray[np.float32] = self._model(images.to(self._device)).float().cpu().numpy()
        return rows


def squared(frame: NDArray[np.uint8], side: int) -> Tensor:
    """A frame uint8 [H, W, 3] as CLIP's normalised float32 [3, side, side], bicubic with antialiasing, not clipped."""
    from torchvision.transforms.v2 import functional as transforms

    image = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1).float() / 255
    image = transforms.resize(image, [side, side], interpolation=transforms.InterpolationMode.BICUBIC, antialias=True)
    return transforms.normalize(image, list(MEAN), list(DEVIATION))


def load(files: tuple[Path, ...], device: torch.device) -> Csd:
    """From the one file."""
    return Csd(StyleDescriptor(read_state(files[0])), device)
