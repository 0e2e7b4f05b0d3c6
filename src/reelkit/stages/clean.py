"""`reel clean`: media that no given manifest names."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.manifest.records import RECORDS
from reelkit.media.atomic import PART_SUFFIX, SIDECAR_SUFFIX
from reelkit.media.store import MediaStore
from reelkit.stages.options import CleanOptions
from reelkit.stages.requests import FrameRequest
from reelkit.stages.stills import KEY, spread

if TYPE_CHECKING:
    from reelkit.manifest.records import Entry, Shot

KEY_IN_TEXT = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")

UNFINISHED_SECONDS = 3600.0
"""A `.part` file younger than this may be a living writer's."""


class Unreferenced(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may go."""

    path: Path
    size: int
    """Bytes."""
    deleted: bool


def clean(entries: Iterable[Entry], options: CleanOptions) -> Iterator[Unreferenced]:
    """Yield each unreferenced file of the movies that `entries` name; delete it if `options.delete`.

    `entries` chains every manifest that shares the media folder. All of them are read before the first
    file goes, so an unreadable one raises and nothing is deleted. Movies that none of them names, files that
    do not carry a key for a name (the user's) and links are left alone. A key anywhere in a record counts as
    a reference, in fields we do not know too.
    """
    store = MediaStore(options.media)
    movies: set[str] = set()
    keys: set[str] = set()
    for entry in entries:
        if entry.kind in RECORDS:
            entry.view(RECORDS[entry.kind])
            movies.add(entry.movie)
        keys.update(match.decode() for match in KEY_IN_TEXT.findall(entry.encode()))
        if entry.kind == "shot":
            keys.update(_frames(entry.shot()))
    now = time.time()
    for path in _outputs(store, movies):
        unfinished = path.suffix == PART_SUFFIX
        key = path.name.split(".", 1)[0]
        if KEY.fullmatch(key) is None or (key in keys and not unfinished):
            continue
        status = path.lstat()
        patience = max(options.min_age_seconds, UNFINISHED_SECONDS if unfinished else 0.0)
        if not stat.S_ISREG(status.st_mode) or now - status.st_mtime < patience:
            continue
        if options.delete:
            path.unlink(missing_ok=True)
        yield Unreferenced(path=path, size=status.st_size, deleted=options.delete)


def _frames(shot: Shot) -> Iterator[str]:
    """Keys of the frames by which later shots see its takes."""
    for take in shot.takes:
        for chunk in take.chunks[:1]:
            yield from (FrameRequest(clip=chunk.key, index=i).key for i in spread(chunk.frames, 3))


def _outputs(store: MediaStore, movies: set[str]) -> Iterator[Path]:
    """Every file under the folders of these movies, memory included, sidecars before what they vouch for."""
    for movie in sorted(movies):
        folder = store.root / movie
        if folder.is_symlink():
            continue
        for place, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files, key=lambda name: (not name.endswith(SIDECAR_SUFFIX), name)):
                yield Path(place, name)
