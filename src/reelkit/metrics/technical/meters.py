"""The meter of the file itself: length, blank frames, frozen frames."""

from __future__ import annotations

from collections.abc import Mapping

from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources
from reelkit.metrics.technical.frames import FrameWatch, duration_error


class FileMeter:
    """Watches every frame; holds one small one."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self._names, self._info = resources.names, info
        self._watch = FrameWatch() if resources.wants("blank_frames", "frozen_frames") else None

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        return {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        if self._watch is not None:
            for frame in block.frames:
                self._watch.add(frame)

    def finish(self) -> Reading:
        """A still has no length to compare."""
        moving = self._info.take is not None
        found = {"duration_error": duration_error(self._info.seconds, self._info.shot.seconds) if moving else None}
        if self._watch is not None:
            found |= {"blank_frames": self._watch.blank_frames(), "frozen_frames": self._watch.frozen_frames()}
        return Reading({name: value for name, value in found.items() if name in self._names})


FAMILY = Family(clip=FileMeter)
