"""The test set: scenes that training never saw, their prompts, their real frames, and twins with other hidden values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reelkit.theatre.captions import canonical_caption, look
from reelkit.theatre.render import Clip, render_shot
from reelkit.theatre.truth import Labels, labels
from reelkit.theatre.world import Scene, Shot, sample_scene

Frames = NDArray[np.uint8]

TEST_SEED = 10_000
"""First seed of the test set."""
SWAP_SEED = 50_000
"""First seed of the scenes whose shot caches are swapped."""
HELD_OUT_SEED = 100_000
"""First seed of the frames on which the detector, the autoencoder and the encoders are judged."""
SIZE = (128, 64)
"""Width and height in pixels."""
CHUNK = 6
"""Frames of a chunk: the embedded autoencoder has one frame a latent."""
CHUNKS = 2
"""Chunks of a shot, so that each has a join."""
SPAN = 25
"""Frames of a theatre shot; a test shot is a window of it, as training's samples were."""
LEAD_SHARE = 0.6
"""Least share of a scene's shots that its lead opens."""


@dataclass(frozen=True)
class Film:
    """One scene of the test set.

    lead: the character whom most shots name first, whose hidden values are compared across shots.
    starts: for each shot the theatre frame that its first frame is.
    """

    scene: Scene
    lead: int
    starts: tuple[int, ...]

    @cached_property
    def prompts(self) -> tuple[str, ...]:
        """A canonical caption for each shot."""
        return tuple(canonical_caption(self.scene, shot) for shot in self.scene.shots)

    def first(self, shot: int) -> int:
        """Index of the character whom the shot's prompt names first."""
        return self.scene.shots[shot].cast[0]

    def look(self, shot: int) -> str:
        """That character in words."""
        return look(self.scene.characters[self.first(shot)])

    def truth(self, shot: int, chunks: int = CHUNKS) -> Clip:
        """The real frames of a shot's first `chunks` chunks, and who is where in them."""
        numbers = range(self.starts[shot], self.starts[shot] + chunks * CHUNK)
        return render_shot(self.scene, self.scene.shots[shot], frames=numbers)

    def labels(self, shot: int) -> Labels:
        """What the shot shows, as numbers."""
        return labels(self.scene, self.scene.shots[shot])


def test_set(scenes: int = 20, shots: int = 5, first_seed: int = TEST_SEED) -> list[Film]:
    """The first `scenes` fitting scenes from `first_seed` on.

    A scene fits where each shot has one to three characters (the paper's prompts all describe somebody, and at
    most three) and one character is named first in at least LEAD_SHARE of the shots.
    """
    found: list[Film] = []
    seed = first_seed
    while len(found) < scenes:
        film = film_of(seed, shots)
        if film is not None:
            found.append(film)
        seed += 1
    return found


test_set.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def film_of(seed: int, shots: int) -> Film | None:
    """The film of a seed; None where it does not fit the test set."""
    scene = sample_scene(seed, shots=shots, frames=SPAN)
    if not all(shot.cast for shot in scene.shots):
        return None
    opens = [shot.cast[0] for shot in scene.shots]
    lead = max(range(len(scene.characters)), key=opens.count)
    if opens.count(lead) < max(2, LEAD_SHARE * shots):
        return None
    rng = np.random.default_rng([seed, 0])
    starts = tuple(int(rng.integers(SPAN - CHUNK * CHUNKS + 1)) for _ in scene.shots)
    return Film(scene, lead, starts)


def swap_set(pairs: int, shots: int = 5, first_seed: int = SWAP_SEED) -> list[tuple[Film, Film]]:
    """Scenes, each with its twin; the last shot's first character is seen in an earlier one."""
    found: list[tuple[Film, Film]] = []
    seed = first_seed
    while len(found) < pairs:
        film = film_of(seed, shots)
        if film is not None and any(film.first(shots - 1) in shot.cast for shot in film.scene.shots[:-1]):
            found.append((film, twin(film)))
        seed += 1
    return found


def twin(film: Film) -> Film:
    """Another scene with the same prompts: what they do not state (shade, build, skin, height, layout) is drawn anew."""
    rng = np.random.default_rng([film.scene.seed, 1])
    characters = tuple(
        replace(
            who,
            shade=float(rng.random()),
            build=float(rng.random()),
            skin=float(rng.random()),
            height=float(rng.random()),
        )
        for who in film.scene.characters
    )
    hue, horizon, x, size = (float(value) for value in rng.random(4))
    setting = replace(film.scene.setting, layout=(hue, horizon, x, size))
    return replace(film, scene=replace(film.scene, setting=setting, characters=characters))


def boxes_of(clip: Clip, shot: Shot) -> NDArray[np.float64]:
    """The first character's box in each frame, (x0, y0, x1, y1) in pixels [T, 4]; nan where out of frame."""
    nowhere = (float("nan"),) * 4
    who = shot.cast[0] if shot.cast else -1
    return np.array([known.boxes.get(who, nowhere) for known in clip.truth], np.float64)
