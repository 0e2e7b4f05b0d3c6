"""Which sound a take, or a whole film, is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reelkit.metrics.meters import ClipInfo
from reelkit.metrics.reference import counterpart, members

SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus")
"""Files that are sound alone."""


def track(reference: Path, info: ClipInfo) -> Path | None:
    """The sound that belongs to a take: a single file of sound, one in the folder with the shot's name, or its clip's own."""
    if reference.suffix.lower() in SOUNDS:
        return reference
    if reference.is_dir():
        for stem in (reference / info.shot.movie / info.shot.id, reference / info.shot.id, reference / info.path.stem):
            for suffix in SOUNDS:
                if (found := stem.with_name(stem.name + suffix)).is_file():
                    return found
    return counterpart(reference, info)


def tracks(reference: Path) -> Iterator[Path]:
    """All sound of a reference set, in a fixed order; a folder without files of sound is searched for clips."""
    if reference.suffix.lower() in SOUNDS:
        yield reference
        return
    found = sorted(p for p in reference.rglob("*") if p.suffix.lower() in SOUNDS) if reference.is_dir() else []
    if found:
        yield from found
        return
    for member in members(reference):
        if not member.still:
            yield member.path
