"""Class indices and hidden values of a shot, for detectors."""

from __future__ import annotations

from .vocabulary import (
    ACTIONS,
    CAMERAS,
    COLOURS,
    FRAMINGS,
    GARMENTS,
    HAIR_COLOURS,
    HAIR_STYLES,
    HATS,
    KINDS,
    PLACES,
    TIMES,
    TROUSERS,
    WEATHERS,
)
from .world import Scene, Shot

Labels = dict[str, int | float | tuple[float, float, float, float]]


def labels(scene: Scene, shot: Shot) -> Labels:
    """The truth of a shot as numbers.

    Integers are indices into the vocabulary tuples. Keys of the character (`action`, `colour`, `shade` and
    so on) speak of the first of the cast and are -1 when nobody is on stage. `count` is the size of the
    cast; `layout` and the hidden floats are in [0, 1].
    """
    setting = scene.setting
    known: Labels = {
        "place": PLACES.index(setting.place),
        "time": TIMES.index(setting.time),
        "weather": WEATHERS.index(setting.weather),
        "framing": FRAMINGS.index(shot.framing),
        "camera": CAMERAS.index(shot.camera),
        "count": len(shot.cast),
        "layout": setting.layout,
    }
    if not shot.cast:
        words = (
            "action",
            "kind",
            "colour",
            "garment",
            "hat",
            "hair_colour",
            "hair_style",
            "trousers",
            "beard",
            "glasses",
        )
        return known | dict.fromkeys(words, -1) | dict.fromkeys(("skin", "shade", "build", "height"), -1.0)
    who = scene.characters[shot.cast[0]]
    return known | {
        "action": ACTIONS.index(shot.actions[0]),
        "kind": KINDS.index(who.kind),
        "colour": COLOURS.index(who.colour),
        "garment": GARMENTS.index(who.garment),
        "hat": HATS.index(who.hat),
        "hair_colour": HAIR_COLOURS.index(who.hair_colour),
        "hair_style": HAIR_STYLES.index(who.hair_style),
        "trousers": TROUSERS.index(who.trousers),
        "beard": int(who.beard),
        "glasses": int(who.glasses),
        "skin": who.skin,
        "shade": who.shade,
        "build": who.build,
        "height": who.height,
    }
