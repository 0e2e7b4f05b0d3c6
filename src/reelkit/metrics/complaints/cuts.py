"""Cuts inside one take: PySceneDetect's adaptive detector, fed by the pass, and a check that the change stays."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector

from reelkit.metrics.complaints.small import Frame, Plane, cells, reduced


class CutConstants(NamedTuple):
    """How a cut is told from motion and from a flash."""

    ratio: float = 3.0
    """PySceneDetect's `adaptive_threshold`: how many times the change of its neighbours a change must be."""
    least: float = 12.0
    """PySceneDetect's `min_content_val`: least mean change of hue, saturation and value, of 255. Its default is 15."""
    window: int = 2
    """Neighbours on either side that a change is compared with."""
    side: int = 256
    """Pixels of the longer side that the detector sees, as PySceneDetect scales down."""
    flash_seconds: float = 0.3
    """A picture that is back within this time was a flash or a glitch, not a cut."""
    back: float = 0.5
    """It is back when it differs by less than this share of the change."""
    grid: tuple[int, int] = (32, 18)
    """Cells, across and down, in which pictures are compared for that."""


CONSTANTS = CutConstants()


class CutCounter:
    """Counts the cuts in a take as its frames stream by; holds two thirds of a second of thumbnails.

    The detector looks for a change that stands out of the changes around it, so a steady fast pan is none. It needs
    neighbours on both sides: the take is mirrored at its ends. It does not see dissolves, nor cuts between pictures of
    nearly the same colours at the same places, nor cuts beside motion as strong as they are.
    """

    def __init__(self, fps: float, constants: CutConstants = CONSTANTS) -> None:
        self.cuts: list[int] = []
        """First frames after a cut."""
        self._c = constants
        self._fps = float(fps)
        self._reach = max(1, round(fps * constants.flash_seconds))
        self._detector = AdaptiveDetector(
            adaptive_threshold=constants.ratio,
            min_scene_len=1,
            window_width=constants.window,
            min_content_val=constants.least,
        )
        self._count = 0
        self._shown = 0
        self._recent: deque[Frame] = deque(maxlen=constants.window + 1)
        self._thumbnails: deque[tuple[int, Plane]] = deque(maxlen=2 * self._reach + constants.window + 2)
        self._candidates: deque[int] = deque()

    def add(self, frame: Frame) -> None:
        """Take the next frame, uint8 [H, W, 3]."""
        small = reduced(frame, self._c.side)
        self._recent.append(np.ascontiguousarray(small[..., ::-1]))
        self._thumbnails.append((self._count, cells(small, *self._c.grid)))
        self._count += 1
        opening = self._c.window + 1
        if self._count == opening:
            for picture in [*reversed(list(self._recent)[1:]), *self._recent]:
                self._detect(picture)
        elif self._count > opening:
            self._detect(self._recent[-1])
        self._decide(self._count - 1)

    def finish(self) -> int | None:
        """How many cuts there were, after the last frame; None for a take of no more than two frames."""
        if self._count <= self._c.window:
            return None
        for picture in list(self._recent)[-2::-1]:
            self._detect(picture)
        self._decide(None)
        return len(self.cuts)

    def _detect(self, picture: Frame) -> None:
        found = self._detector.process_frame(FrameTimecode(self._shown, self._fps), picture)
        numbers = [at.frame_num - self._c.window for at in found]
        self._candidates += [number for number in numbers if 0 < number < self._count]
        self._shown += 1

    def _decide(self, newest: int | None) -> None:
        """Keep or drop the candidates of which enough of what follows is known; all where the take has ended."""
        while self._candidates and (newest is None or newest >= self._candidates[0] + self._reach):
            cut = self._candidates.popleft()
            if not self._returns(cut):
                self.cuts.append(cut)

    def _returns(self, cut: int) -> bool:
        """Whether a picture from shortly before the change is seen again shortly after it."""
        near = {number: picture for number, picture in self._thumbnails if abs(number - cut) <= self._reach}
        before = [picture for number, picture in near.items() if number < cut]
        after = [picture for number, picture in near.items() if number >= cut]
        change = _apart(near[cut - 1], near[cut])
        return any(_apart(one, other) < self._c.back * change for one in before for other in after)


def _apart(one: Plane, other: Plane) -> float:
    return float(np.abs(one - other).mean())
