"""TalkCuts' planning metrics: a plan of shots over the words of a speech, against one that a person cut.

The paper names IoU, accuracy and SMA and gives no formula, so these are reelkit's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from reelkit.errors import RecordError
from reelkit.metrics.annotated import annotated
from reelkit.metrics.scripts.script import Script

ShotType = Literal["head", "half body", "whole body"]
MATCHED = 0.5
"""IoU from which a segment counts as found."""
TYPES: dict[str, ShotType] = {
    "extreme close-up": "head",
    "close-up": "head",
    "medium close-up": "head",
    "head": "head",
    "medium": "half body",
    "medium full": "half body",
    "half body": "half body",
    "full": "whole body",
    "full body": "whole body",
    "wide": "whole body",
    "extreme wide": "whole body",
    "whole body": "whole body",
}
"""Framings as TalkCuts' released shot classes: what of a person is seen."""


class Segment(msgspec.Struct, frozen=True):
    """The words `start` to `end` (the first after it) under one shot."""

    start: Annotated[int, msgspec.Meta(ge=0)]
    end: Annotated[int, msgspec.Meta(ge=1)]
    type: ShotType | None = None
    """None is a framing that is none of the three, and never right."""


class AnnotatedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the annotations: the shots of a speech of `words` words; they follow one another without a gap."""

    segments: list[Segment]
    words: Annotated[int, msgspec.Meta(ge=1)]
    movie: str | None = None
    """Any movie, where it is not said."""
    kind: Literal["talkcuts_plan"] = "talkcuts_plan"


def overlap(a: Segment, b: Segment) -> float:
    """Intersection over union of two segments, in words."""
    shared = max(0, min(a.end, b.end) - max(a.start, b.start))
    return shared / (a.end - a.start + b.end - b.start - shared)


def plan_iou(predicted: Sequence[Segment], true: Sequence[Segment]) -> float | None:
    """The best overlap of each true segment with a predicted one; their mean, 0..1."""
    if not true:
        return None
    return sum(max((overlap(each, other) for other in predicted), default=0.0) for each in true) / len(true)


def plan_accuracy(predicted: Sequence[Segment], true: Sequence[Segment]) -> float | None:
    """Share of the words of true segments that the plan shows in a shot of the right type, 0..1."""
    words = sum(each.end - each.start for each in true)
    if not words:
        return None
    right = sum(
        max(0, min(each.end, other.end) - max(each.start, other.start))
        for each in true
        for other in predicted
        if other.type is not None and other.type == each.type
    )
    return right / words


def matching_accuracy(predicted: Sequence[Segment], true: Sequence[Segment]) -> float | None:
    """SMA: of the true segments whose best predicted one overlaps by MATCHED, the share where that has the right type, 0..1.

    None where no segment is matched.
    """
    matched = []
    for each in true:
        best = max(predicted, key=lambda other: overlap(each, other), default=None)
        if best is not None and overlap(each, best) >= MATCHED:
            matched.append(best.type is not None and best.type == each.type)
    return sum(matched) / len(matched) if matched else None


def shot_type(framing: str) -> ShotType | None:
    """What a framing shows of a person; None where it is none of TYPES."""
    words = framing.casefold().replace("_", " ").replace("closeup", "close-up").replace("close up", "close-up")
    words = words.replace("medium-", "medium ").replace("-body", " body").removesuffix("shot").strip()
    return TYPES.get(words)


def planned(script: Script) -> list[Segment]:
    """A manifest's shots as segments of the words that are spoken, in their order; silent shots are none."""
    found: list[Segment] = []
    start = 0
    for shot in script.shots:
        if shot.words:
            found.append(Segment(start, start + shot.words, shot_type(shot.framing)))
            start += shot.words
    return found


def annotated_plan(path: Path, script: Script, words: int) -> list[Segment] | None:
    """The true segments for the script's movie; the last line that names it, or else that names none. None without one.

    words: how many the script speaks. RecordError where the plan leaves gaps or is of another number of words.
    """
    lines = [line for line in annotated(path, "segments", AnnotatedPlan) if line.movie in (script.movie, None)]
    lines = [line for line in lines if line.movie == script.movie] or lines
    if not lines:
        return None
    plan = lines[-1]
    where = f"{path}: the talkcuts_plan for {script.name}"
    at = 0
    for segment in plan.segments:
        if segment.start != at or segment.end <= segment.start:
            raise RecordError(f"{where}: a segment {segment.start}..{segment.end} where one from word {at} on should stand")
        at = segment.end
    if at != plan.words:
        raise RecordError(f"{where}: its segments end at word {at}, and it has {plan.words} words; let them tile the words")
    if plan.words != words:
        raise RecordError(
            f"{where} is of {plan.words} words, and the shots speak {words}; annotate the words as they stand in the manifest"
        )
    return plan.segments
