"""The set that films are compared with: a folder of videos and pictures, one video, or a manifest; read clip by clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from reelkit.errors import UnreadableError
from reelkit.manifest.kinds import Shot
from reelkit.manifest.streams import Reject, read_entries
from reelkit.media.image import read_image
from reelkit.media.video import probe
from reelkit.metrics.meters import ClipInfo, ClipMeter, Reading, Resources

VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".gif"})
STILLS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
MANIFEST = ".jsonl"
MEDIA = "media"
"""A manifest's media folder, where it stands beside the manifest; else paths are beside the manifest."""


class Member(msgspec.Struct, frozen=True):
    """One clip or picture of the set."""

    path: Path
    shot: Shot
    seconds: float | None = None
    """How much of it stands in the film; None is all."""

    @property
    def still(self) -> bool:
        """Whether it is a picture."""
        return self.path.suffix.lower() in STILLS


def members(reference: Path) -> Iterator[Member]:
    """The set in a fixed order: files by path, a manifest's picked takes by line. UnreadableError where it has none."""
    empty = True
    for member in _members(reference):
        empty = False
        yield member
    if empty:
        raise UnreadableError(f"--reference {reference}: no video or picture is in it")


def readings(resources: Resources, meter: Callable[[Resources, ClipInfo], ClipMeter]) -> Iterator[Reading]:
    """What such a meter finds in each member of the set, one decode and one member in memory at a time."""
    from reelkit.metrics.passing import measure_clip, measure_frames

    if resources.reference is None:
        return
    for member in members(resources.reference):
        if member.still:
            image = read_image(member.path)
            height, width = image.shape[:2]
            info = ClipInfo(
                path=member.path, frames=1, fps=1.0, width=width, height=height, seconds=1.0, used=1, shot=member.shot
            )
            yield measure_frames(resources, [image], [meter(resources, info)])[0]
        else:
            info = described(member)
            yield measure_clip(resources, info, [meter(resources, info)])[0]


def described(member: Member) -> ClipInfo:
    """A member that is a video, as a take is described."""
    seen = probe(member.path)
    used = seen.frames if member.seconds is None else max(1, min(seen.frames, round(member.seconds * seen.fps)))
    return ClipInfo(
        path=member.path,
        frames=seen.frames,
        fps=seen.fps,
        width=seen.width,
        height=seen.height,
        seconds=seen.seconds,
        has_audio=seen.has_audio,
        used=used,
        shot=member.shot,
    )


def counterpart(reference: Path, info: ClipInfo) -> Path | None:
    """The clip that a take is to reproduce; None where the reference has none.

    Of a manifest, the picked take of the shot with the take's movie and id, else with its id. Of a folder, the file at the
    take's path in the manifest, else `<movie>/<shot>` or `<shot>` with a video's suffix, else a file named as the take is. A
    single video is the counterpart of the shot that has its name, and of every file named on the command line. No take is
    its own counterpart, whatever path leads to it.
    """
    found = (path for path in _candidates(reference, info) if path.is_file())
    return next((path for path in found if path.resolve() != info.path.resolve()), None)


def _candidates(reference: Path, info: ClipInfo) -> Iterator[Path]:
    """Where the counterpart may be, the likeliest first."""
    shot, take = info.shot, info.take
    if reference.is_dir():
        if take is not None and take.path and ".." not in Path(take.path).parts:
            yield reference / take.path
        for stem in (reference / shot.movie / shot.id, reference / shot.id):
            yield from (stem.with_name(stem.name + suffix) for suffix in sorted(VIDEOS))
        yield reference / info.path.name
    elif reference.suffix.lower() == MANIFEST:
        takes = _takes(reference, reference.stat().st_mtime_ns)
        yield from (takes[key] for key in ((shot.movie, shot.id), ("", shot.id)) if key in takes)
    elif (take is not None and take.source == "file") or reference.stem == shot.id:
        yield reference


def _members(reference: Path) -> Iterator[Member]:
    if reference.is_dir():
        for path in sorted(reference.rglob("*")):
            if path.suffix.lower() in VIDEOS | STILLS and path.is_file():
                yield Member(path, _named(path.relative_to(reference).as_posix()))
    elif reference.suffix.lower() == MANIFEST:
        yield from _listed(reference)
    else:
        yield Member(reference, _named(reference.name))


def _named(name: str) -> Shot:
    """A shot for a file that no manifest speaks of; its prompt is the file's name."""
    return Shot(id="reference", movie="reference", prompt=name)


def _listed(manifest: Path) -> Iterator[Member]:
    folders = [folder for folder in (manifest.parent / MEDIA, manifest.parent) if folder.is_dir()]

    def refuse(reject: Reject) -> None:
        raise UnreadableError(f"--reference {reject.where}: {reject.reason}")

    try:
        stream = manifest.open("rb")
    except OSError as error:
        raise UnreadableError(f"--reference {manifest}: {error.strerror or error}") from error
    with stream:
        for entry in read_entries(stream, str(manifest), refuse):
            shot = entry.shot() if entry.kind == "shot" else None
            if shot is None or shot.picked is None:
                continue
            places = [folder / shot.picked.path for folder in folders]
            yield Member(next((path for path in places if path.is_file()), places[0]), shot, shot.seconds)


@lru_cache(maxsize=4)
def _takes(manifest: Path, time: int) -> dict[tuple[str, str], Path]:
    """The picked take of each shot by movie and id, and of the first shot of that id without a movie's name."""
    found: dict[tuple[str, str], Path] = {}
    for member in _listed(manifest):
        found.setdefault(("", member.shot.id), member.path)
        found[member.shot.movie, member.shot.id] = member.path
    return found


def stamp(member: Member) -> tuple[str, float | None]:
    """What decides a member's statistics: its content, and how much of it is used."""
    from reelkit.media.keys import file_key
    from reelkit.models.catalogue import user_cache

    return file_key(member.path, user_cache("reference-keys")), member.seconds
