"""Two yes-or-no questions a take, answered by how probable the judge finds Yes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from reelkit.metrics.judging.judge import Judge
from reelkit.metrics.judging.pictures import Kept
from reelkit.metrics.judging.tally import Asked, Tally
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources, evenly

FRAMES = 8
THRESHOLD = 0.5
"""From which probability a take passes (WISA)."""
SHOWN = "These are frames of one video in the order of time. "
ONE_WORD = " Answer with one word, Yes or No."
LAWS = (
    SHOWN + "Does what happens in the video keep to the laws of physics: do things keep their mass and shape unless "
    "something changes them, fall, flow, collide, melt, burn, cast shadows and reflect as they would in the world?" + ONE_WORD
)


def adherence(prompt: str) -> str:
    """The question whether the video entails a description."""
    return f"{SHOWN}Does the video show all of what this description says?\nDescription: {prompt.strip()}\n{ONE_WORD.strip()}"


def passes(probability: float) -> float:
    """1 from the threshold up, else 0."""
    return float(probability >= THRESHOLD)


class PhysicsMeter:
    """Keeps eight evenly spaced frames, and asks about them when the take is over."""

    def __init__(self, resources: Resources, info: ClipInfo, judge: Judge) -> None:
        self._resources, self._info, self._judge = resources, info, judge
        self._kept = Kept([int(number) for number in evenly(info, FRAMES)])

    def looks(self) -> Mapping[str, Indices]:
        """None: no network is run."""
        return {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        self._kept.add(block)

    def finish(self) -> Reading:
        """See `ClipMeter`; a shot without a prompt has no adherence."""
        asked = Asked()
        prompt = self._info.shot.prompt
        questions = {"wisa_pc": LAWS} | ({"wisa_sa": adherence(prompt)} if prompt.strip() else {})
        scores: dict[str, float | None] = {}
        for name, question in questions.items():
            if self._resources.wants(name, f"{name}_pass"):
                sure = asked.put(partial(self._judge.yes_probability, question, self._kept.frames, name))
                scores |= {name: sure, f"{name}_pass": None if sure is None else passes(sure)}
        return Reading(scores, asked)


def _clip(resources: Resources, info: ClipInfo) -> PhysicsMeter | None:
    return None if resources.judge is None else PhysicsMeter(resources, info, resources.judge)


def _tally(resources: Resources) -> Tally:
    return Tally("physics")


FAMILY = Family(clip=_clip, scene=_tally, movie=_tally)
