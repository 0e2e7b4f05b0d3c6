"""The detector: a small CNN over a clip of six frames that reads what the theatre's truth says."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import roi_align

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
"""What prompts state, as classes; those of PERSON are the first character's."""
PERSON = ("action", "colour", "hat")
HIDDEN = ("shade", "build", "skin")  # shade first: it has a head for each colour
"""What prompts do not state of the first character, in [0, 1]."""
LAYOUT_VALUES = ("layout hue", "layout horizon", "layout landmark x", "layout landmark size")
"""Hidden values of the backdrop, in [0, 1]."""
LAYOUT = len(LAYOUT_VALUES)
FRAMES, HEIGHT, WIDTH = 6, 64, 128
WHOLE = 256
"""Features of a whole clip."""
GRID = (8, 16)
"""Cells (height, width) of the map that finds the first character."""
CROP, MARGIN = 24, 1.15
"""Pixels along an edge of a character's crop, and how much larger than the box it is."""
JITTER = (0.04, 0.08)
"""Standard deviations, as shares of its size, by which a box is moved and scaled in training."""


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

    One trunk for all frames, about 40 MFLOP each, sees the frame and what changed since the one before. A layer over
    all six frames' features reads the scene, with layout values for each place, and a map in each frame finds the
    first character. What is that character's own is read from crops of the six boxes; its hidden values in the scene's
    light, and the shade by a head for each colour.
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
        self.clip = _over_time(features)
        self.crop = nn.Sequential(
            _convolution(6, 24), _convolution(24, 32, 2), _convolution(32, 48, 2), _convolution(48, 64, 2), nn.Flatten()
        )
        self.figure = nn.Sequential(nn.Linear(64 * (CROP // 8) ** 2 + 4, features), nn.ReLU(inplace=True))
        self.person = _over_time(features)
        self.classes = nn.ModuleDict({name: nn.Linear(WHOLE, count) for name, count in CLASSES.items()})
        self.layout = nn.Linear(WHOLE, LAYOUT * len(PLACES))
        self.shade = nn.Linear(2 * WHOLE, len(COLOURS))
        self.hidden = nn.Linear(2 * WHOLE, len(HIDDEN) - 1)
        x = (torch.arange(GRID[1]) + 0.5) / GRID[1]
        y = (torch.arange(GRID[0]) + 0.5) / GRID[0]
        cell = torch.stack([x.expand(GRID[0], -1), y[:, None].expand(-1, GRID[1])])
        self.register_buffer("cells", cell.flatten(1), persistent=False)

    def forward(self, frames: Tensor, true: Answers | None = None) -> Reading:
        """Read clips; in training `true` says where the character is and which place it is, as a teacher would."""
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
        box = torch.cat([centre, size[:, :2].sigmoid()], dim=1)
        whole = self.clip(features.unflatten(0, (batch, time)).flatten(1))
        looked = box.detach() if true is None else _near(true.box.flatten(0, 1), box.detach())
        figure = self.figure(torch.cat([self.crop(_crops(seen, looked)), looked], dim=1))
        person = self.person(figure.unflatten(0, (batch, time)).flatten(1))
        classes = {
            name: head(person if name in PERSON else whole).float() for name, head in self.classes.items()
        }
        place = classes["place"].argmax(dim=1) if true is None else true.classes["place"].clamp(min=0)
        worn = classes["colour"].argmax(dim=1) if true is None else true.classes["colour"].clamp(min=0)
        lit = torch.cat([person, whole], dim=1)
        shade = self.shade(lit).gather(1, worn[:, None])
        layouts = self.layout(whole).float().unflatten(1, (len(PLACES), LAYOUT))
        return Reading(
            classes=classes,
            hidden=torch.cat([shade, self.hidden(lit)], dim=1).float() + 0.5,
            layout=layouts[torch.arange(batch), place] + 0.5,
            box=box.unflatten(0, (batch, time)),
            present=size[:, 2].unflatten(0, (batch, time)),
        )


def _over_time(features: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(FRAMES * features, WHOLE), nn.ReLU(inplace=True), nn.Dropout(0.1),
        nn.Linear(WHOLE, WHOLE), nn.ReLU(inplace=True),
    )  # fmt: skip


def _near(true: Tensor, found: Tensor) -> Tensor:
    """Boxes near the true ones; the found ones where there is none."""
    move, scale = (torch.randn(len(true), 2) * spread for spread in JITTER)
    near = torch.cat([true[:, :2] + move * true[:, 2:], true[:, 2:] * scale.exp()], dim=1)
    return torch.where(true[:, :1] >= 0, near, found)


def _crops(pictures: Tensor, boxes: Tensor) -> Tensor:
    """Crops [N, C, CROP, CROP] of pictures [N, C, H, W] by boxes [N, 4] as shares; black outside the picture."""
    low, high = boxes[:, :2] - boxes[:, 2:] * MARGIN / 2, boxes[:, :2] + boxes[:, 2:] * MARGIN / 2
    corners = torch.cat([low, high], dim=1) * torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT])
    rows = torch.arange(len(boxes), dtype=corners.dtype)[:, None]
    return roi_align(pictures.float(), torch.cat([rows, corners], dim=1), CROP, sampling_ratio=2, aligned=True)


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
