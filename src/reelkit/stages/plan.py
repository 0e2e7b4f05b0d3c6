"""`reel plan`: a screenplay into a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from reelkit.errors import UnreadableError, UsageError
from reelkit.manifest.kinds import ID_PATTERN
from reelkit.manifest.records import Beat, Character, Entry, Line, Movie, Scene, Shot
from reelkit.screenplay.cast import find_cast
from reelkit.screenplay.drafts import Draft
from reelkit.screenplay.elements import Action, Screenplay, Synopsis, TitleEntry
from reelkit.screenplay.emphasis import plain
from reelkit.screenplay.reader import read
from reelkit.screenplay.scenes import Scene as ScriptScene
from reelkit.screenplay.scenes import find_scenes
from reelkit.screenplay.sentences import sentences
from reelkit.screenplay.shots import Director
from reelkit.screenplay.slugs import slug
from reelkit.screenplay.source import decode, read_source

_SIZE = re.compile(r"(\d{1,5})\s*[x×*]\s*(\d{1,5})", re.IGNORECASE)
SIZE_MAX = 16384
"""Pixels a side."""


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to plan. None leaves a value to the title page, and then to the default."""

    planner: str = "rules"
    """`rules`; `llm` comes in a later release."""
    from_video: Path | None = None
    """A video to plan from; comes in a later release."""
    style: str | None = None
    """Words that every prompt gets; title page `Style:`."""
    width: int | None = None
    """Pixels; title page `Size: 832x480`; default 832."""
    height: int | None = None
    """Pixels; default 480."""
    fps: float | None = None
    """Frames a second; title page `FPS:`; default 24."""
    seed: int | None = None
    """Title page `Seed:`; default 0."""
    max_seconds: float = 8.0
    """No shot is planned longer, unless a `[[shot: 12s]]` note asks for it."""
    movie_id: str | None = None
    """Id of the movie; default from the file's name, else from the title."""


def plan(
    source: Path | str | bytes, options: PlanOptions | None = None, name: str | None = None
) -> Iterator[Entry]:
    """Plan a screenplay: the movie, its characters, then each scene followed by its shots.

    `source` is a file, or a screenplay's text or bytes, which messages then call `name`. Everything that can
    be wrong is found before the first record: raises `UsageError` for options that cannot be meant and
    `UnreadableError`, with file and line, for a screenplay that cannot be planned.
    """
    options = options or PlanOptions()
    _check(options)
    if isinstance(source, Path):
        text, name = read_source(source), name or str(source)
    else:
        name = name or "screenplay"
        text = decode(source, name) if isinstance(source, bytes) else source
    screenplay = read(text, name)
    scenes = find_scenes(screenplay)
    movie = _movie(screenplay, options, Path(name).stem)
    cast = find_cast(screenplay.elements)
    director = Director(cast, options.max_seconds)
    directed = [(scene, director.direct(scene)) for scene in scenes]
    if not any(shots for _, shots in directed):
        what = "is empty" if not text.strip() else "has no action, dialogue or scene heading"
        raise UnreadableError(f"{name}: the screenplay {what}; there is nothing to plan")
    return _entries(
        movie, directed, [Character(one.id, movie.id, one.name, one.look) for one in cast.people], name
    )


def _entries(
    movie: Movie, directed: list[tuple[ScriptScene, list[Draft]]], characters: list[Character], name: str
) -> Iterator[Entry]:
    yield Entry.of(movie)
    for character in characters:
        yield Entry.of(character)
    order = 0
    for number, (scene, drafts) in enumerate(directed, 1):
        scene_id = f"s{number:02d}"
        setting = scene.setting
        summary = _summary(scene)
        place = setting.place.lower()
        yield Entry.of(
            Scene(scene_id, movie.id, setting.heading, place, setting.time, summary), f"{name}:{scene.line}"
        )
        for index, draft in enumerate(drafts, 1):
            order += 1
            entry = Entry.of(
                _shot(draft, f"{scene_id}-{index:03d}", movie.id, scene_id, order), f"{name}:{draft.line}"
            )
            yield entry.replace(transition=draft.entrance) if draft.entrance else entry


def _shot(draft: Draft, shot_id: str, movie: str, scene: str, order: int) -> Shot:
    """The record; one beat under the shot's own prompt needs no list, so that an edit of `prompt` is all it takes."""
    beats: list[Beat] = []
    for beat, prompt in zip(draft.beats, draft.beat_prompts, strict=True):
        if beats and beats[-1].prompt == prompt:
            beats[-1] = Beat(prompt, beats[-1].seconds + beat.seconds)
        else:
            beats.append(Beat(prompt, beat.seconds))
    seconds = beats[0].seconds if len(beats) == 1 else sum(beat.seconds for beat in beats)
    if draft.direction.seconds is not None:
        seconds = draft.direction.seconds
    return Shot(
        id=shot_id,
        movie=movie,
        scene=scene,
        order=order,
        prompt=draft.prompt,
        framing=draft.framing,
        camera=draft.camera,
        characters=[one.id for one in draft.people],
        seconds=seconds,
        beats=[] if [beat.prompt for beat in beats] == [draft.prompt] else beats,
        dialogue=[Line(said.person.id, said.text, said.parenthetical) for said in draft.speeches],
        state=draft.state,
    )


def parse_size(text: str) -> tuple[int, int] | None:
    """`832x480` as width and height in pixels, each 1 to 16384; None for what is no size."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or not all(0 < int(side) <= SIZE_MAX for side in found.groups()):
        return None
    return int(found[1]), int(found[2])


def _check(options: PlanOptions) -> None:
    if options.from_video is not None:
        raise UsageError("--from-video: planning from a video comes in a later release; give a screenplay")
    if options.planner == "llm":
        raise UsageError("--planner llm: comes in a later release; use --planner rules")
    if options.planner != "rules":
        raise UsageError(f"--planner {options.planner}: not a planner; use rules")
    if not 1.0 <= options.max_seconds <= 3600:
        raise UsageError(f"--max-seconds {options.max_seconds:g}: give a length from 1 to 3600 seconds")
    if options.movie_id is not None and not re.fullmatch(ID_PATTERN, options.movie_id):
        raise UsageError(f"movie id {options.movie_id!r}: use 1 to 64 of a-z, 0-9 and -")
    if (options.width is None) != (options.height is None):
        raise UsageError("--size: give both width and height, as 832x480")


def _movie(screenplay: Screenplay, options: PlanOptions, stem: str) -> Movie:
    name = screenplay.name
    title = " ".join(_text(screenplay.title("title")).split())
    if options.width is not None and options.height is not None:
        width, height = options.width, options.height
    else:
        width, height = _size(screenplay.title("size"), name)
    fps = options.fps if options.fps is not None else _number(screenplay.title("fps"), name, 24.0, 1000.0)
    seed = (
        options.seed
        if options.seed is not None
        else int(_number(screenplay.title("seed"), name, 0, 2**53 - 1))
    )
    if not 0 < fps <= 1000:
        raise UsageError(f"{fps:g} frames a second: give more than 0 and at most 1000")
    if not (0 < width <= SIZE_MAX and 0 < height <= SIZE_MAX):
        raise UsageError(f"size {width}x{height}: give 1 to {SIZE_MAX} pixels for each side")
    if not 0 <= seed < 2**53:
        raise UsageError(f"seed {seed}: give 0 to {2**53 - 1}")
    synopsis = _text(screenplay.title("synopsis") or screenplay.title("logline"))
    if not synopsis:
        synopsis = " ".join(plain(one.text) for one in screenplay.elements if isinstance(one, Synopsis))
    return Movie(
        id=options.movie_id
        or slug(stem if stem not in {"screenplay", "-", "<stdin>", ""} or not title else title, "movie"),
        title=title or stem,
        fps=fps,
        width=width,
        height=height,
        style=options.style if options.style is not None else _text(screenplay.title("style")),
        synopsis=synopsis,
        seed=seed,
    )


def _text(entry: TitleEntry | None) -> str:
    return " ".join(plain(value) for value in entry.values).strip() if entry else ""


def _size(entry: TitleEntry | None, name: str) -> tuple[int, int]:
    if entry is None:
        return 832, 480
    size = parse_size(_text(entry))
    if size is None:
        raise UnreadableError(
            f"{name}:{entry.line}: Size: {_text(entry)!r} is not a size in pixels such as 832x480"
        )
    return size


def _number(entry: TitleEntry | None, name: str, default: float, most: float) -> float:
    if entry is None:
        return default
    text = _text(entry)
    whole = isinstance(default, int)
    valid = re.fullmatch(r"\d{1,16}" if whole else r"\d{1,4}(?:\.\d{1,6})?", text)
    if not valid or not (0 if whole else 1e-9) <= float(text) <= most:
        kind = "a whole number" if whole else f"a number above 0 and at most {most:g}"
        raise UnreadableError(f"{name}:{entry.line}: {entry.key}: {text!r} is not {kind}")
    return int(text) if whole else float(text)


def _summary(scene: ScriptScene) -> str:
    """The scene's synopsis, else its first sentence of action."""
    if scene.synopses:
        return " ".join(scene.synopses)
    for block in scene.blocks:
        if isinstance(block.element, Action) and (found := sentences(block.element.text)):
            return found[0][:200]
    return ""
