"""How a shot's plan falls into chunks and beats: pure arithmetic on frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from reelkit.manifest.records import Beat
from reelkit.models.requests import FrameRule


class FrameGrid(msgspec.Struct, frozen=True):
    """Which lengths a model can make, in frames.

    first: window of a first chunk. later: window of an extension. opens, grows: the lengths of either. reach: how
    many frames of the past an extension looks at.
    """

    first: int
    later: int
    opens: FrameRule
    grows: FrameRule
    reach: int

    def opening(self, plan: int) -> int:
        """Frames of a first chunk for a plan of so many: min(window, plan), up to a latent boundary."""
        return self.opens.at_least(min(self.first, max(plan, 1)))

    def growth(self, have: int, plan: int) -> int:
        """Frames of the chunk after `have`; 0 when the plan is filled."""
        missing = plan - have
        return min(self.later, self.grows.at_least(missing)) if missing > 0 else 0

    def filled(self, plan: int) -> int:
        """Where a take for a plan of so many frames ends: the first latent boundary at or after it."""
        opening = self.opening(plan)
        whole = max(0, plan - opening) // self.later
        have = opening + whole * self.later
        return have + self.growth(have, plan)

    def visible(self, chunk_frames: Sequence[int]) -> int:
        """How many of the newest chunks an extension can see, and so is given."""
        seen = 0
        for count, frames in enumerate(reversed(chunk_frames), start=1):
            seen += frames
            if seen >= self.reach:
                return count
        return len(chunk_frames)


def plan_frames(seconds: float, fps: float) -> int:
    """Frames that a plan of `seconds` needs; a thousandth over a whole frame is that frame."""
    return max(1, math.ceil(seconds * fps - 1e-3))


def beat_at(beats: Sequence[Beat], seconds: float) -> int:
    """Index of the beat that holds this time; past the end, the last one."""
    end = 0.0
    for index, beat in enumerate(beats):
        end += beat.seconds
        if seconds < end - 1e-9:
            return index
    return len(beats) - 1


def midpoint(start: int, frames: int, fps: float) -> float:
    """Seconds from the shot's beginning to the middle of a chunk."""
    return (start + frames / 2) / fps
