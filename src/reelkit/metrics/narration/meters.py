"""A shot's narration against the reference. No frame is looked at: the reference says what is to be seen.

The annotations' lines, one a shot:

    {"shot": "s01-001", "narration": ["0:00:01|0:00:04|[Mara] climbs the stairs."],
     "candidate": ["0:00:01|0:00:03|A woman goes up."]}

`narration` is the reference, `candidate` the narration that is judged, both lists of lines `h:m:s|h:m:s|text`; `movie`
may stand beside `shot`. A shot without either list has no marks; an empty `candidate` is judged as silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from reelkit.metrics.judging.annotations import ShotLine, lines_of
from reelkit.metrics.judging.judge import Judge
from reelkit.metrics.judging.tally import Asked, Tally
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources
from reelkit.metrics.narration.lines import spoken
from reelkit.metrics.narration.questions import LEVELS, question, schema


class NarrationLine(ShotLine, frozen=True, kw_only=True):
    """A line of the annotations."""

    narration: list[str]
    candidate: list[str] | None = None


class NarrationMeter:
    """Asks once a level."""

    def __init__(self, resources: Resources, judge: Judge, reference: str, candidate: str) -> None:
        self._resources, self._judge, self._reference, self._candidate = resources, judge, reference, candidate

    def looks(self) -> Mapping[str, Indices]:
        """None."""
        return {}

    def add(self, block: Block) -> None:
        """Nothing is looked at."""

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        asked = Asked()
        scores: dict[str, float | None] = {}
        for level, parts in LEVELS.items():
            if not self._resources.wants(*(f"movie101_{part}" for part in parts)):
                continue
            marks = asked.put(partial(self._marks, level))
            scores |= {f"movie101_{part}": None if marks is None else float(marks[part]) for part in parts}
        return Reading(scores, asked)

    def _marks(self, level: str) -> Mapping[str, int]:
        words = question(level, self._reference, self._candidate)
        return self._judge.ask(words, schema(level), name=f"movie101_{level}")


def _clip(resources: Resources, info: ClipInfo) -> NarrationMeter | None:
    if resources.judge is None:
        return None
    lines = lines_of(resources.annotations, "narration", NarrationLine, info.shot.movie, info.shot.id)
    if not lines or not lines[-1].narration or lines[-1].candidate is None:
        return None
    return NarrationMeter(resources, resources.judge, spoken(lines[-1].narration), spoken(lines[-1].candidate))


def _tally(resources: Resources) -> Tally:
    return Tally("narration")


FAMILY = Family(clip=_clip, scene=_tally, movie=_tally)
