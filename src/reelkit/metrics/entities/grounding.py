"""EntityBench's grounding: each entity's best crop in a shot, and whether it is present at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.crops import detections
from reelkit.metrics.entities.schedule import Entity
from reelkit.metrics.entities.selection import CONSTANTS, SelectionConstants, selection, widened
from reelkit.metrics.locator import Frame
from reelkit.metrics.meters import Resources

DETECTOR, NEARNESS, APPEARANCE = "grounding-dino", "clip-b32-text", "dinov2-base"


class Grounder:
    """Looks for one entity in a shot's frames and keeps the best crop, as `ground_shot_unified` does.

    The detector is asked for the first words of the description; every box, widened, is a candidate. The first of those
    with the greatest `selection` stays, whichever CLIP finds nearest: it may fail the threshold where another would not.
    A description of more than 77 tokens is cut for CLIP; the authors' code does not cut it, catches CLIP's error, and
    holds the entity for absent.
    """

    def __init__(self, resources: Resources, entity: Entity, constants: SelectionConstants = CONSTANTS) -> None:
        self._resources, self._entity, self._c = resources, entity, constants
        self._best = -1.0
        self.nearness = 0.0
        """Cosine of the best crop and the description."""
        self.crop: Frame | None = None

    def add(self, frame: Frame) -> None:
        """Look at one more frame, uint8 [H, W, 3]."""
        crops = self._crops(frame)
        if not crops:
            return
        near = np.asarray(self._resources.network(NEARNESS, crops, text=self._entity.look), np.float64)[:, 0]
        for nearness, crop in zip(near, crops, strict=True):
            if (score := selection(float(nearness), crop, frame, self._c)) > self._best:
                self._best, self.nearness, self.crop = score, float(nearness), crop

    @property
    def present(self) -> bool:
        """Whether it was found and CLIP agrees."""
        return self.crop is not None and self.nearness >= self._c.fits

    def appearance(self) -> NDArray[np.float32] | None:
        """DINOv2's row [D] of the best crop; None where it is not present."""
        if self.crop is None or not self.present:
            return None
        row: NDArray[np.float32] = np.asarray(self._resources.network(APPEARANCE, [self.crop]), np.float32)[0]
        return row

    def _crops(self, frame: Frame) -> Sequence[Frame]:
        height, width = frame.shape[:2]
        words = " ".join(self._entity.look.split()[: self._c.words])
        row = np.asarray(self._resources.network(DETECTOR, [frame], text=words, least=self._c.sure), np.float32)[0]
        boxes = [widened(box, width, height, self._c.margin) for _, box in detections(row, width, height)]
        return [np.ascontiguousarray(box.crop(frame)) for box in boxes]
