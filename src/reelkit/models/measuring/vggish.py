"""VGGish in the file that torchvggish published: an embedding of each 0.96 s of sound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from reelkit.models.measuring.network import read_state

RATE = 16_000
WINDOW, HOP, TRANSFORM = 400, 160, 512
"""Samples of a frame (25 ms), from frame to frame (10 ms), and of the transform."""
BANDS, LOWEST, HIGHEST = 64, 125.0, 7500.0
"""Mel bands, and Hz that they reach over."""
FLOOR = 0.01
"""Added before the logarithm."""
FRAMES = 96
"""Of a piece."""
CHANNELS = (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool")


class Vggish(nn.Module):
    """Hershey et al. 2017: six convolutions and three layers; names and places as in torchvggish's file.

    Its 128 numbers are those before an activation, as in the TensorFlow model that Fréchet audio distance was published
    with, and in the library frechet_audio_distance; torchvggish puts a ReLU behind them.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for each in CHANNELS:
            if isinstance(each, int):
                layers += [nn.Conv2d(width, each, kernel_size=3, padding=1), nn.ReLU(inplace=True)]
                width = each
            else:
                layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(512 * 6 * 4, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 128)
        )

    def forward(self, pieces: Tensor) -> Tensor:
        """Rows [N, 128] of log-mel pieces [N, 1, FRAMES, BANDS]; they are laid out with channels last, as in the original."""
        laid: Tensor = self.embeddings(self.features(pieces).permute(0, 2, 3, 1).flatten(1))
        return laid


class Hearing:
    """An embedding of each sound: float32 [N, 128], before the published post-processing (PCA and eight bits).

    A sound is float32 [S] at RATE; 96 frames reach over 15,600 samples. A longer one is cut, a shorter one padded with silence.
    """

    def __init__(self, model: Vggish, device: torch.device) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes sounds."""
        pieces = torch.from_numpy(np.stack([log_mel(sound) for sound in inputs]))[:, None]
        found: NDArray[np.float32] = self._model(pieces.to(self._device)).float().cpu().numpy()
        return found


def log_mel(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of mel magnitudes [FRAMES, BANDS] of the first 96 frames of a sound [S] at RATE."""
    needed = WINDOW + (FRAMES - 1) * HOP
    padded = np.zeros(needed, np.float64)
    padded[: min(len(sound), needed)] = sound[:needed]
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)  # periodic
    magnitudes = np.abs(np.fft.rfft(frames * window, TRANSFORM))
    return np.asarray(np.log(magnitudes @ bands() + FLOOR), np.float32)


@cache
def bands() -> NDArray[np.float64]:
    """Weights [TRANSFORM / 2 + 1, BANDS]: triangles that are straight in mel (1127 ln(1 + f / 700)); no band hears 0 Hz."""
    bins = TRANSFORM // 2 + 1
    mel = 1127.0 * np.log1p(np.linspace(0.0, RATE / 2, bins) / 700.0)
    low, high = (1127.0 * np.log1p(edge / 700.0) for edge in (LOWEST, HIGHEST))
    edges = np.linspace(low, high, BANDS + 2)
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[0] = 0.0
    return weights


def load(files: tuple[Path, ...], device: torch.device) -> Hearing:
    """From `vggish-10086976.pth`."""
    model = Vggish()
    model.load_state_dict({name: value.float() for name, value in read_state(files[0]).items()})
    return Hearing(model, device)
