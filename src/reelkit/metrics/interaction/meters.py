"""A take's interactions as a judge sees them in at most sixteen frames, the first and the last among them.

The annotations' lines, one a shot (or several):

    {"shot": "s01-001", "interactions": [{"subject": "a woman in a red coat", "verb": "opens", "object": "the green door"}]}

An interaction may hold `questions`, ten of them in the order of `questions.ROLES`; without, the judge writes them first,
and has not seen the video then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from reelkit.errors import RecordError
from reelkit.metrics.interaction import scores
from reelkit.metrics.interaction.questions import (
    ANSWERED,
    WRITTEN,
    Interaction,
    answering,
    came_and_went,
    comings,
    writing,
)
from reelkit.metrics.judging.annotations import ShotLine, lines_of
from reelkit.metrics.judging.judge import Judge
from reelkit.metrics.judging.pictures import MOST_FRAMES, Kept
from reelkit.metrics.judging.tally import Asked, Tally
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources

STRIDE = 5
"""The authors look at every fifth frame; a longer take is looked at more thinly."""
PRODUCTS = ("intergen_kisa_spi", "intergen_sgi_spi", "intergen_if")
YES_NO = ("intergen_kisa", "intergen_sgi", *PRODUCTS)
PRESENCE = ("intergen_spi", *PRODUCTS)


class InteractionLine(ShotLine, frozen=True, kw_only=True):
    """A line of the annotations."""

    interactions: list[Interaction]


class InteractionMeter:
    """Keeps a few frames, and asks about them when the take is over."""

    def __init__(self, resources: Resources, info: ClipInfo, judge: Judge, interactions: Sequence[Interaction]) -> None:
        self._resources, self._info, self._judge, self._interactions = resources, info, judge, interactions
        self._kept = Kept(places(info.used))

    def looks(self) -> Mapping[str, Indices]:
        """None: no network is run."""
        return {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        self._kept.add(block)

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        asked = Asked()
        answers: list[list[str]] | None = None
        if self._resources.wants(*YES_NO):
            each = [asked.put(partial(self._answers, one)) for one in self._interactions]
            tens = [ten for ten in each if ten is not None]
            answers = tens if len(tens) == len(each) else None
        compared = len(self._kept.frames) > 1 and self._resources.wants(*PRESENCE)
        spi = asked.put(self._spi) if compared else None
        kisa, sgi = (None, None) if answers is None else (scores.kisa(answers), scores.sgi(answers))
        found = {
            "intergen_kisa": kisa,
            "intergen_sgi": sgi,
            "intergen_spi": spi,
            "intergen_kisa_spi": scores.weighed(kisa, spi),
            "intergen_sgi_spi": scores.weighed(sgi, spi),
            "intergen_if": scores.fidelity(kisa, sgi, spi),
        }
        return Reading(found, asked)

    def _answers(self, interaction: Interaction) -> list[str]:
        questions = interaction.questions
        if not questions:
            written = self._judge.ask(writing(interaction, self._info.shot.prompt), WRITTEN, name="intergen_questions")
            questions = _in_order(written)
        return _in_order(self._judge.ask(answering(questions), ANSWERED, self._kept.frames, "intergen_answers"))

    def _spi(self) -> float | None:
        shown = self._kept.frames
        things = list(dict.fromkeys(thing for one in self._interactions for thing in (one.subject, one.object)))
        said = self._judge.ask(comings(things, len(shown)), came_and_went(len(shown)), shown, "intergen_presence")
        return scores.spi(said["emerged"], said["disappeared"], len(shown) - 1)


def places(frames: int) -> list[int]:
    """Numbers of the frames that are shown: every fifth and the last, or as many as a question may hold."""
    every_fifth = sorted({*range(0, frames, STRIDE), frames - 1})
    if len(every_fifth) <= MOST_FRAMES:
        return every_fifth
    return [int(place) for place in np.linspace(0, frames - 1, MOST_FRAMES).round()]


def _in_order(ten: Mapping[str, str]) -> list[str]:
    return [ten[f"q{number}"] for number in range(1, scores.QUESTIONS + 1)]


def _clip(resources: Resources, info: ClipInfo) -> InteractionMeter | None:
    if resources.judge is None:
        return None
    shot = info.shot
    lines = lines_of(resources.annotations, "interactions", InteractionLine, shot.movie, shot.id)
    found = [one for line in lines for one in line.interactions]
    for one in found:
        if len(one.questions) not in (0, scores.QUESTIONS):
            raise RecordError(f"shot {shot.id}: interaction {one} has {len(one.questions)} questions; it needs ten, or none")
    return InteractionMeter(resources, info, resources.judge, found) if found else None


def _tally(resources: Resources) -> Tally:
    return Tally("interaction")


FAMILY = Family(clip=_clip, scene=_tally, movie=_tally)
