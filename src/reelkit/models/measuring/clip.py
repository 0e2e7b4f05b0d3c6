"""OpenAI's CLIP in the file that OpenAI published, pictures and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import by_size, vbench_clip

NOT_WEIGHTS = ("input_resolution", "context_length", "vocab_size")
"""Numbers that stand among the tensors of OpenAI's files."""


class Clip:
    """Rows float32 [N, D] of frames or of texts, *not* of length one; a text is cut at 77 tokens."""

    def __init__(self, architecture: str, state: Mapping[str, Tensor], device: torch.device) -> None:
        import open_clip

        model = open_clip.create_model(f"{architecture}-quickgelu", pretrained=None, device="cpu")
        model.load_state_dict({name: value.float() for name, value in state.items() if name not in NOT_WEIGHTS})
        self._tokens = open_clip.get_tokenizer(f"{architecture}-quickgelu")
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames or texts, not both in one call."""
        if inputs and isinstance(inputs[0], str):
            rows = [self._model.encode_text(self._tokens(list(inputs)).to(self._device))]
        else:
            rows = [self._model.encode_image(vbench_clip(images.to(self._device).float())) for images in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows).float().cpu().numpy()
        return found


def clip_state(path: Path) -> Mapping[str, Tensor]:
    """The tensors of OpenAI's TorchScript archive, or of a plain state dict."""
    if is_zipfile(path) and any("/code/" in name for name in ZipFile(path).namelist()):
        state: Mapping[str, Tensor] = torch.jit.load(path, map_location="cpu").state_dict()
        return state
    return read_state(path)


def load_b32(files: tuple[Path, ...], device: torch.device) -> Clip:
    """CLIP ViT-B/32."""
    return Clip("ViT-B-32", clip_state(files[0]), device)


def load_l14(files: tuple[Path, ...], device: torch.device) -> Clip:
    """CLIP ViT-L/14."""
    return Clip("ViT-L-14", clip_state(files[0]), device)
