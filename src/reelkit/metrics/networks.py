"""Networks that only scoring uses and whose weights do not ship: loaded from files the user gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from reelkit.errors import UnavailableError

Classify = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float32]]

BATCH = 16
"""Frames that go through the network together."""


def load_inception(path: Path, device: str = "auto") -> Classify:
    """torchvision's `inception_v3` with the state dict at `path` (`inception_v3_google-0cc3c7bd.pth`).

    Returns a function: frames uint8 [H, W, 3] -> class probabilities [N, 1000]. Frames are scaled so that
    the shorter side is 299 pixels, and cropped in the middle. Raises UnavailableError when the file is
    missing or does not fit the network.
    """
    if not path.is_file():
        raise UnavailableError(f"--incep-weights {path}: no such file")
    import torch
    from torchvision.models import inception_v3

    from reelkit.models.device import pick_device

    try:
        state: dict[str, Any]
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = torch.load(path, weights_only=True, map_location="cpu")
        network = inception_v3(weights=None, aux_logits=True, transform_input=False, init_weights=False)
        network.load_state_dict(state)
    except (
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        AttributeError,
        UnpicklingError,
        SafetensorError,
    ) as error:
        raise UnavailableError(
            f"--incep-weights {path}: not a state dict of torchvision's inception_v3 ({str(error)[:200]})"
        ) from error
    place = pick_device(device)
    network.eval().to(place)

    def classify(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        parts = []
        with torch.inference_mode():
            for start in range(0, len(frames), BATCH):
                images = torch.cat([_prepare(frame) for frame in frames[start : start + BATCH]]).to(place)
                parts.append(network(images).softmax(dim=-1).float().cpu().numpy())
        return np.concatenate(parts)

    return classify


def _prepare(frame: NDArray[np.uint8]) -> Any:
    import torch
    from torch.nn import functional

    image = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255.0
    scale = 299 / min(image.shape[-2:])
    size = [max(299, round(side * scale)) for side in image.shape[-2:]]
    image = functional.interpolate(image, size=size, mode="bilinear", antialias=True).clamp(0, 1)
    top, left = (size[0] - 299) // 2, (size[1] - 299) // 2
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (image[..., top : top + 299, left : left + 299] - mean[:, None, None]) / deviation[:, None, None]
