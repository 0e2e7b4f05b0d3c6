"""What `reel score` measures besides manifests: video files as a movie of one shot each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from reelkit.errors import UsageError
from reelkit.manifest.records import Entry, Movie, Shot, Take
from reelkit.media.store import MediaStore
from reelkit.screenplay.slugs import Ids

VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".gif"})
SCRIPTS = frozenset({".fountain", ".txt", ".xml", ".spmd"})
MOVIE = "videos"


def videos(paths: Sequence[Path], media: Path, prompt: str = "") -> Iterator[Entry]:
    """A movie record, then a shot for each file, in the order given, with the file as its only take.

    Raises UnreadableError where a file is missing or no video, UsageError where the same file is given twice.
    """
    from reelkit.media.video import probe

    store = MediaStore(media)
    seen: dict[Path, str] = {}
    ids = Ids()
    first = probe(paths[0])
    movie = Movie(id=MOVIE, title="Videos", fps=first.fps, width=first.width, height=first.height)
    yield Entry.of(movie)
    for order, path in enumerate(paths, 1):
        if path.resolve() in seen:
            raise UsageError(f"{path} is given twice; name each video once")
        info = probe(path)
        id = seen[path.resolve()] = ids.give(path.stem, "video")
        take = Take(
            key=store.file_key(path)[:64],
            path=store.relative(path),
            frames=info.frames,
            fps=info.fps,
            width=info.width,
            height=info.height,
            source="file",
        )
        shot = Shot(
            id=id, movie=MOVIE, order=order, prompt=prompt, seconds=max(info.seconds, 1e-3), takes=[take], pick=0
        )
        yield Entry.of(shot, str(path))
