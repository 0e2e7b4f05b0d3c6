"""The detector: a small CNN over a clip of six frames that reads what the theatre's truth says."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reelkit.theatre.vocabulary import ACTIONS, CAMERAS, COLOURS, FRAMINGS, HATS, PLACES, TIMES

CLASSES = {
    "place": len(PLACES),
    "time": len(TIMES),
    "framing": len(FRAMINGS),
    "camera": len(CAMERAS),
    "action": len(ACTIONS),
    "colour": len(COLOURS),
    "hat": len(HATS),
}
"""What prompts state, as classes; action, colour and hat are the first character's."""
HIDDEN = ("shade", "build", "skin")
"""What prompts do not state of the first character, in [0, 1]."""
LAYOUT = 4
"""Hidden values of the backdrop, in [0, 1]."""
FRAMES, HEIGHT, WIDTH = 6, 64, 128
GRID = (8, 16)
"""Cells (height, width) of the map that finds the first character."""


class Reading(NamedTuple):
    """What the network gives for a batch of clips."""

    classes: dict[str, Tensor]
    """Logits [B, classes] by name."""
    hidden: Tensor
    """[B, len(HIDDEN)]."""
    layout: Tensor
    """[B, LAYOUT]."""
    box: Tensor
    """The first character's box in each frame, [B, T, 4]: centre x, centre y, width, height as shares of the frame."""
    present: Tensor
    """Logits [B, T] of the first character being in frame."""


class Answers(NamedTuple):
    """The truth of a batch, as in `Reading`; -1 is nothing to know."""

    classes: dict[str, Tensor]
    hidden: Tensor
    layout: Tensor
    box: Tensor


def _convolution(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Detector(nn.Module):
    """uint8 clips [B, 6, 3, 64, 128] to a Reading.

    One trunk for all frames, about 40 MFLOP each, sees the frame and what changed since the one before; a layer
    over all six frames' features reads labels and hidden values, a map in each frame finds the first character.
    """

    def __init__(self, features: int = 160) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            _convolution(6, 16, 2), _convolution(16, 32, 2), _convolution(32, 32),
            _convolution(32, 64, 2), _convolution(64, 64),
        )  # fmt: skip
        self.coarse = nn.Sequential(_convolution(64, 96, 2), _convolution(96, 96))
        cells = GRID[0] // 2 * GRID[1] // 2
        self.frame = nn.Sequential(nn.Linear(96 * cells, features), nn.ReLU(inplace=True))
        self.around = nn.Conv2d(96, 64, 1)
        self.where = nn.Conv2d(64, 1, 1)
        self.size = nn.Linear(features, 3)
        self.clip = nn.Sequential(
            nn.Linear(FRAMES * features, 256), nn.ReLU(inplace=True), nn.Dropout(0.1), nn.Linear(256, 256), nn.ReLU(inplace=True)
        )  # fmt: skip
        self.classes = nn.ModuleDict({name: nn.Linear(256, count) for name, count in CLASSES.items()})
        self.values = nn.Linear(256, len(HIDDEN) + LAYOUT)
        x = (torch.arange(GRID[1]) + 0.5) / GRID[1]
        y = (torch.arange(GRID[0]) + 0.5) / GRID[0]
        cell = torch.stack([x.expand(GRID[0], -1), y[:, None].expand(-1, GRID[1])])
        self.register_buffer("cells", cell.flatten(1), persistent=False)

    def forward(self, frames: Tensor) -> Reading:
        batch, time = frames.shape[:2]
        pixels = frames.float() / 127.5 - 1
        change = F.pad(pixels.diff(dim=1), (0, 0, 0, 0, 0, 0, 1, 0))
        seen = torch.cat([pixels, 2 * change], dim=2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        fine = self.fine(seen)
        coarse = self.coarse(fine)
        features = self.frame(coarse.flatten(1))
        around = F.interpolate(self.around(coarse), scale_factor=2.0)
        heat = self.where(F.relu(fine + around)).flatten(1).float().softmax(-1)
        centre = heat @ self.cells.T
        size = self.size(features).float()
        box = torch.cat([centre, size[:, :2].sigmoid()], dim=1).unflatten(0, (batch, time))
        whole = self.clip(features.unflatten(0, (batch, time)).flatten(1))
        values = self.values(whole).float() + 0.5
        return Reading(
            classes={name: head(whole).float() for name, head in self.classes.items()},
            hidden=values[:, : len(HIDDEN)],
            layout=values[:, len(HIDDEN) :],
            box=box,
            present=size[:, 2].unflatten(0, (batch, time)),
        )


def detector_loss(read: Reading, true: Answers) -> Tensor:
    """Cross-entropies of what is known, squared errors of hidden values, absolute errors of boxes, presence."""
    loss = torch.zeros(())
    for name, logits in read.classes.items():
        known = true.classes[name] >= 0
        if bool(known.any()):
            loss = loss + F.cross_entropy(logits[known], true.classes[name][known])
    on_stage = (true.hidden >= 0).float()
    loss = loss + 12 * ((read.hidden - true.hidden).square() * on_stage).sum() / on_stage.sum().clamp(min=1)
    loss = loss + 12 * F.mse_loss(read.layout, true.layout)
    present = true.box[..., 0] >= 0
    loss = loss + F.binary_cross_entropy_with_logits(read.present, present.float())
    if bool(present.any()):
        loss = loss + 10 * F.l1_loss(read.box[present], true.box[present])
    return loss
