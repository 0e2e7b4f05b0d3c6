"""From a shot's record to its scores: finds its picture, measures it, writes the numbers down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reelkit.errors import RecordError
from reelkit.manifest.context import Context
from reelkit.manifest.kinds import Shot, Take
from reelkit.manifest.records import Entry
from reelkit.media.image import read_image
from reelkit.media.store import MediaStore
from reelkit.metrics.aesthetics import load_head
from reelkit.metrics.clips import sample_clip
from reelkit.metrics.measure import CastMember, Encoder, Findings, Measurer
from reelkit.metrics.networks import load_inception

DIGITS = 4
"""Decimals that are kept of a score."""


class ShotScorer:
    """Measures the shots of a manifest; weights are loaded at the first of them."""

    def __init__(
        self,
        names: Sequence[str],
        store: MediaStore,
        models: Encoder,
        encoder: str | None = None,
        aes_head: Path | None = None,
        incep_weights: Path | None = None,
        device: str = "auto",
    ) -> None:
        self.names = frozenset(names)
        self.store = store
        self._models, self._encoder, self._device = models, encoder, device
        self._aes_head = aes_head if "aes" in self.names else None
        self._incep_weights = incep_weights if "incep" in self.names else None
        self._made: Measurer | None = None

    @property
    def _measurer(self) -> Measurer:
        if self._made is None:
            head = load_head(self._aes_head) if self._aes_head else None
            classify = load_inception(self._incep_weights, self._device) if self._incep_weights else None
            self._made = Measurer(self.names, self._models, self._encoder, head, classify)
        return self._made

    def find(self, shot: Shot, context: Context) -> Findings:
        """Decode the picked take once and measure it; or the start keyframe where there is no take.

        Raises RecordError when the shot has neither, UnreadableError when the file cannot be read.
        """
        cast = self._cast(shot, context)
        if shot.picked is not None:
            return self._clip(shot, shot.picked, cast)
        still = next((keyframe for keyframe in shot.keyframes if keyframe.role == "start"), None)
        if still is None:
            raise RecordError(
                f"shot {shot.id} has neither take nor start keyframe to measure; run `reel shot`"
            )
        return self._measurer.still(read_image(self.store.absolute(still.path)), shot.prompt, cast)

    def written(self, entry: Entry, scores: Mapping[str, float]) -> Entry:
        """The shot's entry with its scores, which the measured take gets too.

        Scores that were asked for and could not be measured now are removed; others stay.
        """
        shot = entry.shot()
        new = rounded(scores)
        entry = entry.replace(scores=self._merged(shot.scores, new))
        take = shot.picked
        if take is None:
            return entry
        measured = msgspec.structs.replace(take, scores=self._merged(take.scores, new))
        return entry.replace(takes=[measured if one is take else one for one in shot.takes])

    def others(self, entry: Entry, context: Context) -> Entry:
        """The shot's entry with scores in the takes that were not picked, for `--select best:NAME`.

        They get what a take has by itself; how near it is to other shots is measured for the pick alone.
        """
        shot = entry.shot()
        cast = self._cast(shot, context)
        takes = [
            take
            if take is shot.picked
            else msgspec.structs.replace(
                take, scores=self._merged(take.scores, rounded(self._clip(shot, take, cast).scores))
            )
            for take in shot.takes
        ]
        return entry.replace(takes=takes) if len(takes) > 1 else entry

    def _clip(self, shot: Shot, take: Take, cast: Sequence[CastMember]) -> Findings:
        clip = sample_clip(self.store.absolute(take.path), shot.seconds, self._measurer.wants_samples)
        return self._measurer.clip(clip, shot.seconds, shot.prompt, cast)

    def _cast(self, shot: Shot, context: Context) -> list[CastMember]:
        return [
            CastMember(c.movie, c.id, c.look, tuple(self.store.absolute(path) for path in c.portraits))
            for c in context.cast(shot)
        ]

    def _merged(self, old: Mapping[str, Any], new: Mapping[str, float]) -> dict[str, Any]:
        return {name: value for name, value in old.items() if name not in self.names} | dict(new)


def rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as they stand in the manifest."""
    return {name: round(value, DIGITS) for name, value in scores.items()}
