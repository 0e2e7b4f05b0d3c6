"""How a shot's plan falls into chunks and beats: pure arithmetic on frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from reelkit.manifest.records import Beat
from reelkit.weaver.layout import HISTORY, frames_for, latents_for

HISTORY_LATENTS = HISTORY
"""What the temporal cache can see."""


class FrameGrid(msgspec.Struct, frozen=True):
    """Which lengths a model can make, in frames.

    first: window of a first chunk. later: window of an extension. multiple: frames of every latent but the
    first. offset: frames of the first latent (1 for a causal VAE; `multiple` for a per-frame one).
    """

    first: int
    later: int
    multiple: int
    offset: int

    def opening(self, plan: int) -> int:
        """Frames of a first chunk for a plan of so many: min(window, plan), up to a latent boundary."""
        return self.filled(min(self.first, max(plan, 1)))

    def growth(self, have: int, plan: int) -> int:
        """Frames of the chunk after `have`; 0 when the plan is filled."""
        missing = plan - have
        if missing <= 0:
            return 0
        latents = self.latents(missing, opening=False)
        return min(self.later, frames_for(latents, (self.offset, self.multiple), opening=False))

    def filled(self, plan: int) -> int:
        """Where a take for a plan of so many frames ends: the first latent boundary at or after it."""
        return frames_for(self.latents(plan, opening=True), (self.offset, self.multiple))

    def latents(self, frames: int, *, opening: bool) -> int:
        """Latent frames of a chunk."""
        return latents_for(frames, (self.offset, self.multiple), opening)

    def visible(self, chunk_frames: Sequence[int]) -> int:
        """How many of the newest chunks an extension can see, and so is given."""
        latents = 0
        for count, index in enumerate(reversed(range(len(chunk_frames))), start=1):
            latents += self.latents(chunk_frames[index], opening=index == 0)
            if latents >= HISTORY_LATENTS:
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
