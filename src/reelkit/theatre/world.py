"""What a puppet scene is: its setting, its characters and its shots, and how to sample one.

Everything that is drawn follows from these values; nothing is random after sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import names
from .vocabulary import (
    ACTIONS,
    CAMERAS,
    COLOURS,
    FRAMINGS,
    GARMENTS,
    HAIR_COLOURS,
    HAIR_STYLES,
    HATS,
    INTERIORS,
    KINDS,
    PLACES,
    TIMES,
    TROUSERS,
    WEATHERS,
)

__all__ = [
    "ACTIONS", "CAMERAS", "COLOURS", "FRAMINGS", "GARMENTS", "HAIR_COLOURS", "HAIR_STYLES", "HATS",
    "INTERIORS",
    "KINDS", "PLACES", "TIMES", "TROUSERS", "WEATHERS",
    "Character", "Scene", "Setting", "Shot", "block_shot", "sample_character", "sample_scene",
    "sample_setting",
]  # fmt: skip

FRAMING_ODDS = (0.20, 0.24, 0.28, 0.20, 0.08)
CAMERA_ODDS = (0.48, 0.13, 0.13, 0.13, 0.13)
KIND_ODDS = (0.28, 0.28, 0.10, 0.10, 0.12, 0.12)
WEATHER_ODDS = (0.52, 0.16, 0.16, 0.16)
ACTION_ODDS = {
    "wide": (0.10, 0.20, 0.16, 0.10, 0.10, 0.12, 0.11, 0.11),
    "full": (0.10, 0.18, 0.14, 0.12, 0.12, 0.12, 0.11, 0.11),
    "medium": (0.14, 0.12, 0.09, 0.14, 0.24, 0.11, 0.07, 0.09),
    "close-up": (0.26, 0.06, 0.04, 0.12, 0.38, 0.07, 0.03, 0.04),
    "extreme close-up": (0.42, 0.02, 0.02, 0.08, 0.42, 0.02, 0.01, 0.01),
}
COUNT_ODDS = (0.05, 0.755, 0.165, 0.03)


@dataclass(frozen=True)
class Character:
    """A puppet.

    The words (`kind` to `glasses`) are what a prompt may state. The floats in [0, 1] are hidden: `skin`
    light to dark, `shade` the brightness and hue inside the named garment colour, `build` slim to broad,
    `height` short to tall.
    """

    name: str
    kind: str
    hair_colour: str
    hair_style: str
    garment: str
    colour: str
    trousers: str
    hat: str
    beard: bool
    glasses: bool
    skin: float
    shade: float
    build: float
    height: float


@dataclass(frozen=True)
class Setting:
    """A place at an hour, in a weather.

    `layout` is hidden: four floats in [0, 1] with one meaning in every place: hue shift, height of the
    horizon (or of the line between wall and floor), x of the landmark, size of the landmark. Interiors have
    clear weather.
    """

    place: str
    time: str
    weather: str
    layout: tuple[float, float, float, float]
    interior: bool


@dataclass(frozen=True)
class Shot:
    """One shot of a scene.

    `cast` holds indices into the scene's characters; `actions`, `phases`, `starts` and `facings` have one
    entry for each of them. `phases` in [0, 1) shift the periodic motion; `starts` in [-1, 1] are places
    across the stage at the first frame; `facings` are -1.0 (screen left) or 1.0 (screen right). `view` in
    [-1, 1] turns the camera to the left or the right part of the set. `frames` counts frames at 8 a second.
    """

    framing: str
    camera: str
    cast: tuple[int, ...]
    actions: tuple[str, ...]
    phases: tuple[float, ...]
    starts: tuple[float, ...]
    facings: tuple[float, ...]
    view: float
    frames: int


@dataclass(frozen=True)
class Scene:
    """Shots of the same characters in the same setting; `seed` also fixes the fall of rain and snow."""

    seed: int
    setting: Setting
    characters: tuple[Character, ...]
    shots: tuple[Shot, ...]


def _pick(rng: np.random.Generator, words: Sequence[str], odds: Sequence[float] | None = None) -> str:
    if odds is None:
        return words[int(rng.integers(len(words)))]
    return words[int(rng.choice(len(words), p=odds))]


def sample_character(rng: np.random.Generator, taken: Sequence[str] = ()) -> Character:
    """Draw one character whose name is not among `taken`."""
    kind = _pick(rng, KINDS, KIND_ODDS)
    male, old, child = kind in ("man", "boy", "old man"), kind.startswith("old"), kind in ("boy", "girl")
    name = _pick(rng, names.MASCULINE if male else names.FEMININE)
    while name in taken:
        name = _pick(rng, names.MASCULINE if male else names.FEMININE)
    hair_odds = (0.0, 0.06, 0.0, 0.0, 0.47, 0.47) if old else (0.26, 0.26, 0.22, 0.18, 0.05, 0.03)
    if child:
        hair_odds = (0.28, 0.28, 0.24, 0.20, 0.0, 0.0)
    style_odds = (0.30, 0.46, 0.24, 0.0)
    if male:
        style_odds = (0.62, 0.16, 0.22, 0.0) if child else (0.50, 0.13, 0.17, 0.20)
    garment_odds = (0.28, 0.24, 0.24, 0.0, 0.24) if male else (0.24, 0.14, 0.16, 0.30, 0.16)
    return Character(
        name=name,
        kind=kind,
        hair_colour=_pick(rng, HAIR_COLOURS, hair_odds),
        hair_style=_pick(rng, HAIR_STYLES, style_odds),
        garment=_pick(rng, GARMENTS, garment_odds),
        colour=_pick(rng, COLOURS),
        trousers=_pick(rng, TROUSERS),
        hat=_pick(rng, HATS, (0.58, 0.14, 0.15, 0.13)),
        beard=bool(male and not child and rng.random() < 0.36),
        glasses=bool(rng.random() < 0.18),
        skin=float(rng.random()),
        shade=float(rng.random()),
        build=float(rng.random()),
        height=float(rng.random()),
    )


def sample_setting(rng: np.random.Generator) -> Setting:
    """Draw a place, an hour, a weather and a layout."""
    place = _pick(rng, PLACES)
    time = _pick(rng, TIMES, (0.36, 0.2, 0.26, 0.18))
    weather = _pick(rng, WEATHERS, WEATHER_ODDS)
    interior = place in INTERIORS
    hue, horizon, x, size = (float(value) for value in rng.random(4))
    return Setting(place, time, "clear" if interior else weather, (hue, horizon, x, size), interior)


def block_shot(
    framing: str,
    camera: str,
    cast: Sequence[int],
    actions: Sequence[str],
    frames: int,
    rng: np.random.Generator,
    facings: Sequence[float] | None = None,
) -> Shot:
    """Place the cast on the stage: alone near a third, together spread out and turned to each other."""
    spread = {0: (), 1: (float(rng.uniform(-0.5, 0.5)),), 2: (-0.52, 0.52), 3: (-0.78, 0.0, 0.78)}[len(cast)]
    starts = tuple(x + float(rng.uniform(-0.07, 0.07)) for x in spread)
    if facings is None:
        alone = 1.0 if rng.random() < 0.5 else -1.0
        facings = [alone if len(cast) == 1 else (1.0 if x < 0 else -1.0) for x in starts]
    return Shot(
        framing=framing,
        camera=camera,
        cast=tuple(cast),
        actions=tuple(actions),
        phases=tuple(float(rng.random()) for _ in cast),
        starts=starts,
        facings=tuple(facings),
        view=float(rng.uniform(-1, 1)),
        frames=frames,
    )


def _sample_shot(rng: np.random.Generator, characters: int, frames: int) -> Shot:
    count = min(int(rng.choice(4, p=COUNT_ODDS)), characters)
    if count == 0:
        return block_shot("wide", _pick(rng, CAMERAS, CAMERA_ODDS), (), (), frames, rng)
    framing = _pick(rng, FRAMINGS, FRAMING_ODDS)
    if count > 1:
        framing = (
            _pick(rng, FRAMINGS[:4], (0.28, 0.32, 0.30, 0.10)) if count == 2 else _pick(rng, FRAMINGS[:3])
        )
    cast = tuple(int(index) for index in rng.permutation(characters)[:count])
    actions = tuple(_pick(rng, ACTIONS, ACTION_ODDS[framing]) for _ in cast)
    return block_shot(framing, _pick(rng, CAMERAS, CAMERA_ODDS), cast, actions, frames, rng)


def sample_scene(seed: int, shots: int = 4, frames: int = 25) -> Scene:
    """Draw a scene of `shots` shots of `frames` frames each; the same seed always gives the same scene."""
    rng = np.random.default_rng(seed)
    setting = sample_setting(rng)
    characters: list[Character] = []
    for _ in range(int(rng.choice((1, 2, 3), p=(0.3, 0.5, 0.2)))):
        characters.append(sample_character(rng, [known.name for known in characters]))
    taken = tuple(_sample_shot(rng, len(characters), frames) for _ in range(shots))
    return Scene(seed, setting, tuple(characters), taken)
