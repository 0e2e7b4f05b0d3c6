"""The characters of a frame, looked for once however many families ask."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.alignment import alignment
from reelkit.metrics.locator import MARGIN, Box, EncoderLocator, Frame, contrast
from reelkit.metrics.meters import ClipInfo, Looks, Resources
from reelkit.metrics.similarity import unit

if TYPE_CHECKING:
    from reelkit.manifest.kinds import Character

Vector = NDArray[np.float32]

KNOWN_CHARACTERS = 512
"""Character descriptions kept embedded; the one used longest ago goes first."""
KNOWN_FRAMES = 32
"""Frames of the current take whose windows stay embedded, some 200 kB each."""


class Description(msgspec.Struct, frozen=True):
    """A character as the encoder sees one; each embedding [D] of length one."""

    look: Vector | None
    """Of the text of the look; None where it is empty."""
    portrait: tuple[Vector, Vector] | None
    """Of the first portrait as it is and mirrored left to right; None without portraits."""

    @property
    def target(self) -> Vector | None:
        """What a locator looks for: the look, else the portrait."""
        if self.look is not None:
            return self.look
        return None if self.portrait is None else self.portrait[0]


class Sighting(msgspec.Struct, frozen=True):
    """A character found in one frame."""

    box: Box
    embedding: Vector
    """Of the crop, [D], of length one."""
    mirrored: Vector
    """Of the crop mirrored left to right."""
    alignment: float | None
    """Cosine of crop and look, x100; None where the character has no look."""
    gain: float
    """By how much the crop's cosine to what was looked for beats the whole frame's."""
    margin: float
    """The gain less the mean of the others' gain, by which the box was chosen."""
    nearest: bool
    """Whether nobody else who was sought is nearer to the crop."""


class _Memory:
    """What one encoder has looked at: descriptions, and the windows of the current take's last frames."""

    def __init__(self) -> None:
        self.descriptions: OrderedDict[tuple[str | None, ...], Description] = OrderedDict()
        self.info: ClipInfo | None = None
        self.windows: OrderedDict[tuple[str | None, int], NDArray[np.float32]] = OrderedDict()
        self.sightings: dict[tuple[str | None, int, tuple[str, ...]], dict[str, Sighting]] = {}

    def turn_to(self, info: ClipInfo) -> None:
        """Forget the take before this one."""
        if self.info is not info:
            self.info = info
            self.windows.clear()
            self.sightings.clear()


_MEMORIES: WeakKeyDictionary[Looks, _Memory] = WeakKeyDictionary()


def _memory(resources: Resources) -> _Memory:
    return _MEMORIES.setdefault(resources.models, _Memory())


def described(resources: Resources, character: Character) -> Description:
    """The character's look and first portrait, embedded; remembered for KNOWN_CHARACTERS characters.

    Raises UnreadableError where the portrait is no picture.
    """
    known = _memory(resources).descriptions
    key = (resources.encoder, character.movie, character.id, character.look, *character.portraits[:1])
    if key not in known:
        models, encoder = resources.models, resources.encoder
        look = models.embed_texts([character.look], encoder)[0] if character.look.strip() else None
        portrait = None
        if character.portraits:
            from reelkit.media.image import read_image

            path = character.portraits[0]
            image = read_image(resources.store.absolute(path) if resources.store else Path(path))
            straight, mirrored = models.embed_images([image, _mirror(image)], encoder)
            portrait = (straight, mirrored)
        known[key] = Description(look, portrait)
        if len(known) > KNOWN_CHARACTERS:
            known.popitem(last=False)
    known.move_to_end(key)
    return known[key]


def locate(
    resources: Resources, info: ClipInfo, frame_index: int, frame: Frame, whole_bank: bool = False
) -> dict[str, Sighting]:
    """Who is where in a frame of the take, by character id; one who is not found is not in it.

    frame: uint8 [H, W, 3]. Looks for the shot's cast or, with `whole_bank`, for everybody in the movie's bank. By
    `EncoderLocator`, so a definition; it is run once per frame and set of characters, and its windows are embedded once
    per frame, for the take last asked about. Nobody is found where no character has a look or a portrait.

    With `whole_bank` a crop must besides be MARGIN nearer to the character than the whole frame is, and no nearer to
    another of the bank: the locator's contrast alone also finds an absent character, where the others are not. It still
    mistakes many: on theatre shots with the embedded encoder and banks of two or three it finds 93 in 100 of those who
    are there, and 77 in 100 of those who are not.
    """
    people = {c.id: c for c in (info.bank.values() if whole_bank else info.cast)}
    described_people = {id: described(resources, character) for id, character in people.items()}
    sought = {id: each for id, each in described_people.items() if each.target is not None}
    if not sought:
        return {}
    memory = _memory(resources)
    memory.turn_to(info)
    key = (resources.encoder, frame_index, tuple(sought))
    if key not in memory.sightings:
        memory.sightings[key] = _find(resources, memory, frame_index, frame, sought)
    found = memory.sightings[key]
    return {id: each for id, each in found.items() if each.gain >= MARGIN and each.nearest} if whole_bank else found


def _find(
    resources: Resources, memory: _Memory, frame_index: int, frame: Frame, sought: dict[str, Description]
) -> dict[str, Sighting]:
    targets = np.stack([each.target for each in sought.values() if each.target is not None])
    whole: list[Vector] = []

    def embed_windows(images: Sequence[Frame]) -> NDArray[np.float32]:
        """The locator's windows, the whole frame first; the same for any set of characters."""
        key = (resources.encoder, frame_index)
        if key not in memory.windows:
            memory.windows[key] = resources.models.embed_images(images, resources.encoder)
            if len(memory.windows) > KNOWN_FRAMES:
                memory.windows.popitem(last=False)
        memory.windows.move_to_end(key)
        whole.append(memory.windows[key][0])
        return memory.windows[key]

    boxes = dict(zip(sought, EncoderLocator(embed_windows)(frame, targets), strict=True))
    seen = {id: box for id, box in boxes.items() if box is not None}
    if not seen:
        return {}
    crops = [box.crop(frame) for box in seen.values()]
    rows = resources.models.embed_images([*crops, *map(_mirror, crops)], resources.encoder)
    near = unit(rows[: len(crops)]) @ unit(targets).T
    gains = near - unit(targets) @ unit(whole[0])
    margins = contrast(gains)
    columns = {id: place for place, id in enumerate(sought)}
    found = {}
    for place, (id, box) in enumerate(seen.items()):
        look = sought[id].look
        found[id] = Sighting(
            box=box,
            embedding=rows[place],
            mirrored=rows[place + len(crops)],
            alignment=None if look is None else alignment(rows[place], look),
            gain=float(gains[place, columns[id]]),
            margin=float(margins[place, columns[id]]),
            nearest=bool(near[place, columns[id]] >= near[place].max()),
        )
    return found


def detections(row: NDArray[np.float32], width: int, height: int) -> list[tuple[float, Box]]:
    """A detector's row [B * 5] of (score, left, top, right, bottom) as scores and boxes in pixels, surest first.

    The network `grounding-dino` gives corners as shares of the frame. Padding, and boxes without area, are left out.
    """
    found = []
    for score, left, top, right, bottom in row.reshape(-1, 5).astype(np.float64):
        box = Box(int(left * width), int(top * height), int(right * width), int(bottom * height))
        if score > 0 and box.right > box.left and box.bottom > box.top:
            found.append((float(score), box))
    return found


def _mirror(image: Frame) -> Frame:
    return np.ascontiguousarray(image[:, ::-1])
