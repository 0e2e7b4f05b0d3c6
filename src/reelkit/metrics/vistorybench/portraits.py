"""Portraits as the networks see them, each looked at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from reelkit.media.image import read_image
from reelkit.metrics.crops import detections
from reelkit.metrics.meters import Frame, Looks, Resources

if TYPE_CHECKING:
    from reelkit.manifest.kinds import Character

Rows = NDArray[np.float32]

KNOWN = 512
"""Characters whose portraits stay embedded, for each network; the one used longest ago goes first."""
STYLE, DETECTOR, CLIP = "csd", "grounding-dino", "clip-l14"
WORD = "character"
"""What the authors ask the detector for, whoever is meant."""
SURE = 0.25
"""Least score of a box."""

_MEMORIES: WeakKeyDictionary[Looks, OrderedDict[tuple[str, ...], Rows]] = WeakKeyDictionary()


def styles(resources: Resources, character: Character) -> Rows:
    """CSD's row of the first portrait, [1, D]; the character must have one."""
    return _remembered(
        resources, STYLE, character.portraits[:1], lambda images: np.asarray(resources.network(STYLE, images), np.float32)
    )


def appearances(resources: Resources, character: Character) -> Rows:
    """CLIP's rows of the portraits cut to the detector's surest box, [R, D].

    A portrait without a box is left out, unless none has one: then all are taken whole.
    """

    def look(images: list[Frame]) -> Rows:
        crops = [found[0] for image in images if (found := detected(resources, image))]
        return np.asarray(resources.network(CLIP, crops or images), np.float32)

    return _remembered(resources, CLIP, character.portraits, look)


def detected(resources: Resources, frame: Frame) -> list[Frame]:
    """The frame cut to every box that the detector calls a character, surest first."""
    row = np.asarray(resources.network(DETECTOR, [frame], text=WORD, least=SURE), np.float32)[0]
    return [np.ascontiguousarray(box.crop(frame)) for _, box in detections(row, frame.shape[1], frame.shape[0])]


def _remembered(resources: Resources, network: str, paths: Iterable[str], look: Callable[[list[Frame]], Rows]) -> Rows:
    known = _MEMORIES.setdefault(resources.models, OrderedDict())
    store = resources.store
    files = [store.absolute(path) if store else Path(path) for path in paths]
    key = (network, *map(str, files))
    if key not in known:
        known[key] = look([read_image(file) for file in files])
        if len(known) > 2 * KNOWN:
            known.popitem(last=False)
    known.move_to_end(key)
    return known[key]
