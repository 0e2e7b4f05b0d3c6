"""Which scenes and movies are open while a manifest streams by, and when their scores are due."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec

from reelkit.metrics.groups import Findings, Group, SceneMeans, present
from reelkit.metrics.meters import Resources

OPEN_SCENES = 64
"""Scenes of a movie that may be interleaved; of more, the one met longest ago is closed."""
OPEN_MOVIES = 16
"""Movies that may be interleaved, likewise."""


class Closed(msgspec.Struct, frozen=True):
    """A scene or (with `scene` None) a movie whose shots have passed."""

    movie: str
    scene: str | None
    shots: int
    """Shots measured."""
    failed: int
    """Shots that could not be."""
    scores: dict[str, float]
    whole: bool
    """Whether every shot of it was this run's to measure."""
    extras: dict[str, Any] = {}
    """More fields for its record."""


class _Scene:
    def __init__(self, resources: Resources) -> None:
        self.scores = Group(resources, "scene")
        self.failed = 0
        self.whole = True


class _Movie:
    def __init__(self, resources: Resources) -> None:
        self.scores = Group(resources, "movie")
        self.over_scenes = SceneMeans()
        self.scenes: OrderedDict[str | None, _Scene] = OrderedDict()
        self.failed = 0
        self.whole = True


class OpenScenes:
    """Takes findings shot by shot; gives back what is complete. Memory is bounded by the limits above."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._movies: OrderedDict[str, _Movie] = OrderedDict()

    def add(self, movie: str, scene: str | None, found: Findings) -> dict[str, float]:
        """Take a measured shot; its scores, with those that compare it with its scene's earlier shots."""
        opened, part = self._open(movie, scene)
        beside = part.scores.add(found)
        opened.scores.add(found)
        return {**found.scores, **present(beside)} if part.whole else found.scores

    def beside(self, movie: str, scene: str | None, found: Findings) -> dict[str, float | None]:
        """How a take would stand beside its scene's earlier shots; empty where there are none to compare it with."""
        _, part = self._open(movie, scene)
        return part.scores.beside(found) if part.whole and part.scores.shots else {}

    def skip(self, movie: str, scene: str | None) -> None:
        """A shot of the scene is another run's to measure, so the scene and the movie are not whole."""
        opened, part = self._open(movie, scene)
        opened.whole = part.whole = False

    def fail(self, movie: str, scene: str | None) -> None:
        """A shot of the scene could not be measured."""
        opened, part = self._open(movie, scene)
        opened.failed += 1
        part.failed += 1

    def holds(self, movie: str) -> bool:
        """Whether shots of the movie have passed and its score is still due."""
        return movie in self._movies

    def overfull(self) -> Iterator[Closed]:
        """Scenes and movies closed because too many are open."""
        while len(self._movies) > OPEN_MOVIES:
            yield from self._close_movie(next(iter(self._movies)))
        for id, movie in self._movies.items():
            while len(movie.scenes) > OPEN_SCENES:
                yield from self._close_scene(id, movie)

    def close(self) -> Iterator[Closed]:
        """Everything still open, scenes before their movie."""
        for id in list(self._movies):
            yield from self._close_movie(id)

    def _open(self, movie: str, scene: str | None) -> tuple[_Movie, _Scene]:
        if movie not in self._movies:
            self._movies[movie] = _Movie(self._resources)
        opened = self._movies[movie]
        if scene not in opened.scenes:
            opened.scenes[scene] = _Scene(self._resources)
        self._movies.move_to_end(movie)
        opened.scenes.move_to_end(scene)
        return opened, opened.scenes[scene]

    def _close_movie(self, id: str) -> Iterator[Closed]:
        movie = self._movies[id]
        while movie.scenes:
            yield from self._close_scene(id, movie)
        del self._movies[id]
        scores = {**movie.scores.values(), **movie.over_scenes.values(), **movie.scores.measured()}
        yield Closed(id, None, movie.scores.shots, movie.failed, present(scores), movie.whole, movie.scores.extras())

    def _close_scene(self, id: str, movie: _Movie) -> Iterator[Closed]:
        """The scene joins its movie's means; shots without a scene do so together and get no record."""
        name, scene = movie.scenes.popitem(last=False)
        if scene.whole:
            movie.over_scenes.add(scene.scores.measured())
        if name is not None:
            group = scene.scores
            yield Closed(id, name, group.shots, scene.failed, present(group.values()), scene.whole, group.extras())
