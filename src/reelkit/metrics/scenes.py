"""Which scenes and movies are open while a manifest streams by, and when their scores are due."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

from reelkit.metrics.aggregate import OVER_SCENES, MovieScores, SceneScores
from reelkit.metrics.measure import Findings

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


class _Scene:
    def __init__(self, names: Iterable[str]) -> None:
        self.scores = SceneScores(names)
        self.failed = 0
        self.whole = True


class _Movie:
    def __init__(self, names: Iterable[str]) -> None:
        self.scores = MovieScores(names)
        self.scenes: OrderedDict[str | None, _Scene] = OrderedDict()
        self.failed = 0
        self.whole = True


class OpenScenes:
    """Takes findings shot by shot; gives back what is complete. Memory is bounded by the limits above."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._movies: OrderedDict[str, _Movie] = OrderedDict()

    def add(self, movie: str, scene: str | None, found: Findings) -> dict[str, float]:
        """Take a measured shot; its scores, with those that compare it with its scene's earlier shots."""
        opened, part = self._open(movie, scene)
        scores = part.scores.add(found)
        opened.scores.add_shot(found)
        return scores if part.whole else {n: v for n, v in scores.items() if n not in OVER_SCENES}

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
        opened = self._movies.setdefault(movie, _Movie(self._names))
        part = opened.scenes.setdefault(scene, _Scene(self._names))
        self._movies.move_to_end(movie)
        opened.scenes.move_to_end(scene)
        return opened, part

    def _close_movie(self, id: str) -> Iterator[Closed]:
        movie = self._movies[id]
        while movie.scenes:
            yield from self._close_scene(id, movie)
        del self._movies[id]
        scores = movie.scores
        yield Closed(id, None, scores.shots.count, movie.failed, scores.values(), movie.whole)

    def _close_scene(self, id: str, movie: _Movie) -> Iterator[Closed]:
        """The scene joins its movie's means; shots without a scene do so together and get no record."""
        name, scene = movie.scenes.popitem(last=False)
        values = scene.scores.values()
        if scene.whole:
            movie.scores.add_scene(values)
        if name is not None:
            yield Closed(id, name, scene.scores.shots.count, scene.failed, values, scene.whole)
