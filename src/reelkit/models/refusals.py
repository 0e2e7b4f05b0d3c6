"""Requests that a model cannot fill, refused by its card alone; each refusal names the nearest it can."""

from __future__ import annotations

from reelkit.errors import RecordError
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard

MODES = {
    1: "a prompt alone",
    2: "the past of its shot",
    3: "stills to look at",
    4: "stills and the past of its shot",
}


def refuse(card: ModelCard, request: GenerateRequest) -> None:
    """RecordError where the card says that the model cannot do it."""
    _kind(card, request)
    _mode(card, request)
    _size(card, request)
    _frames(card, request)
    if len(request.references) > card.max_references and not card.start:
        raise RecordError(
            f"it looks at {card.max_references} stills at most, not {len(request.references)}: "
            f"give {card.max_references} (--top-k {card.max_references})"
        )


def _kind(card: ModelCard, request: GenerateRequest) -> None:
    if request.still and not card.stills:
        raise RecordError("it makes clips only: name a model that draws stills")
    if not request.still and not card.clips:
        raise RecordError("it draws stills only: name a video model for clips")


def _mode(card: ModelCard, request: GenerateRequest) -> None:
    if card.start and request.references:
        raise RecordError("it begins from one start keyframe and looks at no others: give it as the start")
    if request.start is not None and not card.start:
        raise RecordError("it begins from no start keyframe: give the still as a reference")
    mode = request.mode
    if mode in card.modes:
        return
    able = "; ".join(f"{each}, from {MODES[each]}" for each in sorted(card.modes))
    nearest = _nearest_mode(mode, card)
    raise RecordError(
        f"it has no mode {mode}, from {MODES[mode]}; nearest is mode {nearest}, from {MODES[nearest]}{_advice(nearest)} "
        f"(it has {able})"
    )


def _nearest_mode(mode: int, card: ModelCard) -> int:
    """One that keeps the past if it can, else the stills."""
    order = {1: (3, 2, 4), 2: (4, 1, 3), 3: (1, 4, 2), 4: (2, 3, 1)}
    return next((each for each in order[mode] if each in card.modes), mode)


def _advice(nearest: int) -> str:
    return {
        1: " (--top-k 0)",
        3: " (`reel keyframes` draws them)",
        4: " (`reel keyframes` draws the stills)",
    }.get(nearest, "")


def _size(card: ModelCard, request: GenerateRequest) -> None:
    asked = (request.width, request.height)
    nearest = card.size(*asked)
    if asked != nearest:
        rule = "only" if card.native else f"or other multiples of {card.multiple}"
        raise RecordError(f"it draws {nearest[0]}x{nearest[1]} {rule}, not {asked[0]}x{asked[1]}")


def _frames(card: ModelCard, request: GenerateRequest) -> None:
    if request.still:
        if request.frames != 1:
            raise RecordError(f"a still is one frame, not {request.frames}: ask for 1")
        return
    rule = card.growth if request.history else card.frame_rule
    most = card.chunk_frames[1 if request.history else 0]
    if not rule.holds(request.frames):
        nearest = min(rule.nearest(request.frames), rule.at_least(most))
        raise RecordError(f"it makes {lengths(rule)} frames, not {request.frames}: ask for {nearest}")
    if request.frames > most:
        raise RecordError(f"{request.frames} frames are more than one chunk: ask for {most} and extend")


def lengths(rule: FrameRule) -> str:
    """A rule in words: `1, 5, 9, ...`."""
    first = [rule.offset + k * rule.multiple for k in range(4)]
    there = [str(each) for each in first if rule.most is None or each <= rule.most]
    return ", ".join([*there[:3], "..."] if len(there) > 3 else there)
