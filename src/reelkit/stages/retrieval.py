"""The shot cache: which earlier stills a shot is given to look at (FilmWeaver, section 3.2).

    C_shot = top-k over candidates of cos(CLIP_T(prompt), CLIP_I(still)),  K = 3

It is a function of the manifest and not a store, so overlapped, sharded and resumed runs agree. Candidates
are the portraits of the shot's characters, then for each shot of lower order its stills, or if it has none
the first, middle and last frame of its picked take's first chunk; only those whose `state` is still true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.errors import RecordError, ReelError
from reelkit.media.store import MediaStore
from reelkit.stages.memory import EmbeddingMemory
from reelkit.stages.stills import ClipFrame, extract, keyframe_key, still_key, take_frames

if TYPE_CHECKING:
    from reelkit.manifest.records import Character, Keyframe, Shot

SIMILARITY_DIGITS = 4
"""Similarities count to this many digits, so that rounding on another device or batch changes no choice."""


class Candidate(msgspec.Struct, frozen=True):
    """A still that a shot may look at. `path` is an image, or one that `frame` is extracted to."""

    key: str
    path: Path
    frame: ClipFrame | None = None


class Retrieved(msgspec.Struct, frozen=True):
    """A still that a shot does look at.

    similarity: None for one not made yet (in a plan). certain: false where a plan had to guess the choice.
    """

    key: str
    path: Path
    similarity: float | None
    certain: bool = True


class _Past(msgspec.Struct, frozen=True):
    """What later shots need to know of a shot."""

    scene: str | None
    characters: frozenset[str]
    state: dict[str, str]
    """Every state in force during the shot, those of earlier shots carried on."""
    stills: tuple[Candidate, ...]


class ShotCache:
    """The past of one movie, in order, and what of it a new shot retrieves.

    stand_in: in a plan, the key of the still that a still not made yet will replace; its similarity is the
    best guess there is.
    """

    def __init__(
        self,
        movie: str,
        store: MediaStore,
        memory: EmbeddingMemory,
        stand_in: Callable[[str], str | None] | None = None,
    ) -> None:
        self.movie = movie
        self.store = store
        self.memory = memory
        self._stand_in = stand_in
        self._past: list[_Past] = []
        self._state: dict[str, str] = {}
        self._gap: str | None = None

    def add(self, shot: Shot, *, foreign: bool = False) -> None:
        """Remember a shot that is done with. foreign: another shard's, so that its lack matters to ours."""
        if shot.state:
            self._state = {**self._state, **shot.state}
        try:
            stills = self._stills(shot)
        except (ReelError, OSError, ValueError) as wrong:
            self._gap = self._gap or f"shot {shot.id}, which comes before it: {wrong}"
            return
        if stills:
            self._past.append(_Past(shot.scene, frozenset(shot.characters), self._state, stills))
        elif foreign and shot.error is None:
            self._gap = self._gap or (
                f"shot {shot.id} comes before it, belongs to another shard and has neither still nor take; "
                "run `reel keyframes` over the whole movie before sharding its shots"
            )

    def candidates(self, shot: Shot, bank: Sequence[Character]) -> list[Candidate]:
        """Portraits of its characters first, then the past in order; each image once."""
        if self._gap is not None:
            raise RecordError(self._gap)
        found: dict[str, Candidate] = {}
        portraits = [path for person in bank if person.id in shot.characters for path in person.portraits]
        for path in map(self.store.absolute, portraits):
            found.setdefault(key := still_key(self.store, path), Candidate(key, path))
        now = {**self._state, **shot.state}
        cast = {character.id for character in bank}
        for past in self._past:
            if _still_true(past, shot, now, cast):
                for candidate in past.stills:
                    found.setdefault(candidate.key, candidate)
        return list(found.values())

    def retrieve(
        self, shot: Shot, bank: Sequence[Character], prompt: str, k: int, own: Keyframe | None = None
    ) -> list[Retrieved]:
        """At most `k` stills: the shot's own start keyframe, then the candidates most like the prompt.

        Those chosen by similarity come in the order of the film and not of similarity, so that a key depends
        on which were chosen and on nothing finer.
        """
        if k <= 0:
            return []
        mine = [] if own is None else [_of_keyframe(self.store, own)]
        others = [c for c in self.candidates(shot, bank) if c.key not in {still.key for still in mine}]
        similarity = self._similarities(prompt, [*mine, *others])
        ranked = sorted(range(len(others)), key=lambda i: -similarity.get(others[i].key, -2.0))
        chosen = [others[i] for i in sorted(ranked[: k - len(mine)])]
        certain = len(chosen) == len(others) or all(self._visible(still) for still in others)
        return [Retrieved(c.key, self._file(c), similarity.get(c.key), certain) for c in [*mine, *chosen]]

    def likeness(
        self, prompt: str, frames: Sequence[ClipFrame], references: Sequence[Retrieved]
    ) -> dict[str, float]:
        """How a take fits: mean cosine of its frames with the prompt, and with what it was shown."""
        shown = self.memory.images({frame.key: extract(frame) for frame in frames})
        text = self.memory.text(prompt)
        cache = self.memory.images({reference.key: reference.path for reference in references})
        fit = {"prompt_similarity": _mean(float(text @ shown[frame.key]) for frame in frames)}
        if cache:
            pairs = (float(shown[frame.key] @ vector) for frame in frames for vector in cache.values())
            fit["cache_similarity"] = _mean(pairs)
        return fit

    def _similarities(self, prompt: str, stills: Sequence[Candidate]) -> dict[str, float]:
        """Cosine of prompt and image for every still that can be seen."""
        seen = {
            still.key: still.path if self.memory.remembers(still.key) else self._file(still)
            for still in stills
            if self._visible(still)
        }
        vectors = self.memory.images(seen)
        if self._stand_in is not None:
            for still in stills:
                predecessor = self._stand_in(still.key)
                if still.key not in vectors and predecessor and self.memory.remembers(predecessor):
                    vectors[still.key] = self.memory.images({predecessor: still.path})[predecessor]
        if not vectors:  # nor is the encoder needed, which may be another process's to start
            return {}
        text = self.memory.text(prompt)
        return {key: round(float(text @ vector), SIMILARITY_DIGITS) for key, vector in vectors.items()}

    def _visible(self, still: Candidate) -> bool:
        """False only in a plan, for what is not made yet."""
        if self.memory.remembers(still.key) or still.path.is_file():
            return True
        if still.frame is not None and still.frame.clip.is_file():
            return True
        if self._stand_in is not None:
            return False
        raise RecordError(f"the still {still.path} is missing: run the stage that made it again")

    def _file(self, still: Candidate) -> Path:
        """Where the image is, extracted if it is a clip's."""
        if still.frame is not None and still.frame.clip.is_file():
            return extract(still.frame)
        return still.path

    def _stills(self, shot: Shot) -> tuple[Candidate, ...]:
        if shot.keyframes:
            return tuple(_of_keyframe(self.store, still) for still in shot.keyframes)
        take = shot.picked
        if take is None:
            return ()
        frames = take_frames(self.store, self.movie, shot.id, take)
        return tuple(Candidate(frame.key, frame.path, frame) for frame in frames)


def _of_keyframe(store: MediaStore, still: Keyframe) -> Candidate:
    return Candidate(keyframe_key(store, still), store.absolute(still.path))


def _still_true(past: _Past, shot: Shot, now: dict[str, str], cast: set[str]) -> bool:
    """Whether everything that the past shot shows is as it was.

    A character's state concerns the shots that show them; the state of anything else (a glass, the weather)
    the shots of the same scene. An empty state is that of one of whom nothing was said.
    """
    for subject in now.keys() | past.state.keys():
        person = subject in cast or subject in past.characters
        concerned = subject in past.characters if person else past.scene == shot.scene
        if concerned and now.get(subject, "") != past.state.get(subject, ""):
            return False
    return True


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), SIMILARITY_DIGITS)
