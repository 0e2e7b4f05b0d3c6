"""What is done to a film, each thing known exactly: the first of each function's lines says what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.truth.films import CHUNKS, Film, Frames, Made, film
from reelkit.theatre.vocabulary import COLOURS, GARMENTS, HATS, TROUSERS
from reelkit.theatre.world import Character, Scene, Shot, sample_character

Change = Callable[[Film], Sequence[Made]]
CHANGES: dict[str, Change] = {}


def change(make: Change) -> Change:
    """Enter a change under its function's name."""
    CHANGES[make.__name__] = make
    return make


def about(name: str) -> str:
    """What a change does, in a line."""
    return (CHANGES[name].__doc__ or "").strip().splitlines()[0].rstrip(".")


def _rng(film: Film, name: str) -> np.random.Generator:
    return np.random.default_rng([film.number, *name.encode()])


def _each(film: Film, alter: Callable[[Frames], NDArray[np.floating] | Frames]) -> list[Made]:
    """Every shot with its frames altered; floats are rounded into bytes."""
    return [replace(made, frames=_bytes(alter(made.frames))) for made in film.shots]


def _bytes(levels: NDArray[np.floating] | Frames) -> Frames:
    return np.asarray(levels).round().clip(0, 255).astype(np.uint8)


def _ramp(frames: Frames) -> NDArray[np.float64]:
    """0 at the first frame to 1 at the last, to be broadcast over pixels."""
    return np.linspace(0, 1, len(frames))[:, None, None, None]


def dressed(who: Character, rng: np.random.Generator) -> Character:
    """The same person in other clothes: garment, its colour, trousers and hat."""

    def other(words: Sequence[str], now: str) -> str:
        return str(rng.choice([word for word in words if word != now]))

    dresses = who.kind in ("woman", "girl", "old woman")
    garments = [word for word in GARMENTS if dresses or word != "dress"]
    return replace(
        who,
        garment=other(garments, who.garment),
        colour=other(COLOURS, who.colour),
        trousers=other(TROUSERS, who.trousers),
        hat=other(HATS, who.hat),
    )


def _redressed(film: Film) -> Scene:
    rng = _rng(film, "clothes")
    return replace(film.scene, characters=tuple(dressed(who, rng) for who in film.scene.characters))


@change
def clothes(film: Film) -> Sequence[Made]:
    """Everybody wears other clothes in every second shot."""
    other = _redressed(film)
    return [film.made(shot, other if n % 2 else None) for n, shot in enumerate(film.scene.shots)]


@change
def people(film: Film) -> Sequence[Made]:
    """Somebody else plays every character in every second shot."""
    rng = _rng(film, "people")
    other = replace(film.scene, characters=tuple(sample_character(rng) for _ in film.scene.characters))
    return [film.made(shot, other if n % 2 else None) for n, shot in enumerate(film.scene.shots)]


@change
def clothes_in_take(film: Film) -> Sequence[Made]:
    """Everybody's clothes change in the middle of each take."""
    other = _redressed(film)
    return [
        replace(one, frames=_halves(one.frames, film.made(shot, other).frames))
        for one, shot in zip(film.shots, film.scene.shots, strict=True)
    ]


def _halves(first: Frames, second: Frames) -> Frames:
    middle = CHUNKS[0]
    return np.concatenate([first[:middle], second[middle:]])


@change
def drop(film: Film) -> Sequence[Made]:
    """Nobody comes on stage."""
    empty = [replace(shot, cast=(), actions=(), phases=(), starts=(), facings=()) for shot in film.scene.shots]
    return [film.made(shot, drawn=bare) for shot, bare in zip(film.scene.shots, empty, strict=True)]


@change
def extra(film: Film) -> Sequence[Made]:
    """A stranger stands beside those who were asked for."""
    stranger = sample_character(_rng(film, "extra"))
    scene = replace(film.scene, characters=(*film.scene.characters, stranger))
    return [film.made(shot, scene, _joined(shot, len(film.scene.characters))) for shot in film.scene.shots]


def _joined(shot: Shot, who: int) -> Shot:
    place = -0.4 if float(np.mean(shot.starts)) > 0 else 0.4
    return replace(
        shot,
        cast=(*shot.cast, who),
        actions=(*shot.actions, "stand"),
        phases=(*shot.phases, 0.3),
        starts=(*shot.starts, place),
        facings=(*shot.facings, -np.sign(place)),
    )


@change
def wrong_prompt(film: Film) -> Sequence[Made]:
    """The pictures stay, the prompts are another film's."""
    others = _other(film, 1).shots
    return [replace(made, prompt=other.prompt) for made, other in zip(film.shots, others, strict=True)]


def _other(one: Film, ahead: int) -> Film:
    return film(one.number + ahead)


@change
def foreign_shots(film: Film) -> Sequence[Made]:
    """Every shot but the first shows a shot of another film."""
    foreign = [_other(film, n).shots[n].frames for n in range(1, len(film.shots))]
    return [film.shots[0], *(replace(made, frames=f) for made, f in zip(film.shots[1:], foreign, strict=True))]


@change
def reordered(film: Film) -> Sequence[Made]:
    """The scene's shots, with their prompts, in reverse order."""
    return list(reversed(film.shots))


@change
def pasted_portrait(film: Film) -> Sequence[Made]:
    """Every frame is the portrait of the character named first."""
    pictures = [film.portrait(shot.cast[0]) for shot in film.scene.shots]
    return [
        replace(made, frames=np.repeat(picture[None], len(made.frames), axis=0))
        for made, picture in zip(film.shots, pictures, strict=True)
    ]


@change
def repeated_take(film: Film) -> Sequence[Made]:
    """Every shot shows the first shot's take."""
    return [replace(made, frames=film.shots[0].frames) for made in film.shots]


@change
def cut(film: Film) -> Sequence[Made]:
    """In the middle of each take there is a cut to the next shot's setup."""
    others = [*film.shots[1:], film.shots[0]]
    return [replace(m, frames=_halves(m.frames, other.frames)) for m, other in zip(film.shots, others, strict=True)]


@change
def flash(film: Film) -> Sequence[Made]:
    """One frame of each take is nearly white."""

    def alter(frames: Frames) -> NDArray[np.floating]:
        made = frames.astype(np.float64)
        made[12] = 255 - (255 - made[12]) * 0.2
        return made

    return _each(film, alter)


@change
def freeze(film: Film) -> Sequence[Made]:
    """Three fifths of each take repeat one frame."""
    return _each(film, lambda f: np.concatenate([f[:10], np.repeat(f[10:11], len(f) - 10, axis=0)]))


@change
def judder(film: Film) -> Sequence[Made]:
    """Every second frame is shown twice and the next left out."""
    return _each(film, lambda f: f[np.arange(len(f)) // 2 * 2])


@change
def shuffled_frames(film: Film) -> Sequence[Made]:
    """The frames of each take in a random order."""
    rng = _rng(film, "frames")
    return _each(film, lambda f: f[rng.permutation(len(f))])


TINT = np.array([18.0, -4.0, -16.0])
"""Levels of red, green and blue."""


@change
def colour_ramp(film: Film) -> Sequence[Made]:
    """Each take grows redder from its first frame to its last, by some 13 Delta E."""
    return _each(film, lambda f: f + TINT * _ramp(f))


@change
def colour_step(film: Film) -> Sequence[Made]:
    """Each take's second chunk is redder, by some 13 Delta E."""
    return _each(film, lambda f: f + TINT * (np.arange(len(f)) >= CHUNKS[0])[:, None, None, None])


@change
def contrast_ramp(film: Film) -> Sequence[Made]:
    """Each take loses half of its contrast by its last frame."""

    def alter(frames: Frames) -> NDArray[np.floating]:
        mean = frames.mean(axis=(1, 2), keepdims=True)
        return mean + (frames - mean) * (1 - 0.5 * _ramp(frames))

    return _each(film, alter)


@change
def flickering(film: Film) -> Sequence[Made]:
    """Frames are brighter and darker by turns, five levels each way."""
    return _each(film, lambda f: f + 5.0 * ((-1.0) ** np.arange(len(f)))[:, None, None, None])


@change
def noise(film: Film) -> Sequence[Made]:
    """Every pixel of every frame has noise of its own, twelve levels strong."""
    rng = _rng(film, "noise")
    return _each(film, lambda f: f + rng.normal(0, 12, f.shape))


@change
def blur(film: Film) -> Sequence[Made]:
    """Every frame is out of focus, by a Gaussian of two pixels."""
    return _each(film, lambda f: np.stack([cv2.GaussianBlur(frame, (0, 0), 2.0) for frame in f]))


@change
def compression(film: Film) -> Sequence[Made]:
    """The files are H.264 at constant quality 42."""
    return [replace(made, crf=42) for made in film.shots]


@change
def black(film: Film) -> Sequence[Made]:
    """The middle third of each take is black."""

    def alter(frames: Frames) -> Frames:
        made = frames.copy()
        made[8:16] = 0
        return made

    return _each(film, alter)


@change
def short(film: Film) -> Sequence[Made]:
    """Each take is two thirds of its planned length."""
    return _each(film, lambda f: f[: len(f) * 2 // 3])
