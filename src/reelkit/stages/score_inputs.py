"""What `reel score` measures besides manifests: video files as a movie of one shot each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from reelkit.errors import UnreadableError, UsageError
from reelkit.manifest.records import Entry, Movie, Shot, Take
from reelkit.media.store import MediaStore
from reelkit.screenplay.slugs import Ids
from reelkit.stages.score_options import ScoreOptions

if TYPE_CHECKING:
    from reelkit.media.video import VideoInfo

VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".gif"})
SCRIPTS = frozenset({".fountain", ".txt", ".xml", ".spmd"})
MOVIE = "videos"
Kind = Literal["manifest", "videos", "script"]


class Source(NamedTuple):
    """What stands on the command line: one manifest (or standard input), video files, or a script."""

    paths: tuple[Path, ...] = ()
    kind: Kind = "manifest"

    @classmethod
    def of(cls, operands: Sequence[Path | str]) -> Source:
        """By the files' names; UsageError for a mixture, and for several scripts or manifests."""
        paths = tuple(Path(each) for each in operands if each != "-")
        kinds = {_kind(path) for path in paths}
        if len(paths) < len(operands):
            kinds.add("manifest")
        if len(kinds) > 1:
            raise UsageError(f"{', '.join(map(str, operands))}: give a manifest, videos, or a script, and not a mixture")
        kind: Kind = next(iter(kinds), "manifest")
        if kind != "videos" and len(operands) > 1:
            joins = "; `reel merge` joins several, and --compare sets them side by side" if kind == "manifest" else ""
            raise UsageError(f"{operands[1]}: one {kind} at a time{joins}")
        return cls(paths, kind)

    @property
    def is_manifest(self) -> bool:
        """Whether its records come from a manifest."""
        return self.kind == "manifest"

    def entries(self, manifest: Iterable[Entry], options: ScoreOptions, prompt: str) -> Iterable[Entry]:
        """The records to measure."""
        if self.kind == "videos":
            return videos(self.paths, options.media, prompt)
        return manifest


FOREIGN = (b"<", b"RIFF", b"ID3", b"fLaC", b"\x89PNG", b"\xff\xd8", b"%PDF", b"PK")
"""How files begin that are no manifest, whatever they are called."""


def _kind(path: Path) -> Kind:
    if path.suffix.lower() in VIDEOS:
        return "videos"
    if path.suffix.lower() in SCRIPTS:
        return "script"
    if path.is_file():
        with path.open("rb") as stream:
            head = stream.read(1024)
        if head.lstrip().startswith(FOREIGN) or b"\0" in head:
            raise UsageError(f"{path}: it is no manifest, video or script, by what it begins with or is called")
    return "manifest"


def videos(paths: Sequence[Path], media: Path, prompt: str = "") -> Iterator[Entry]:
    """A movie record, then a shot for each file, in the order given, with the file as its only take.

    One that cannot be read is a shot whose measuring fails. Raises UnreadableError where none can be read, UsageError where
    the same file is given twice.
    """
    from reelkit.media.video import probe

    store = MediaStore(media)
    seen: dict[Path, str] = {}
    ids = Ids()
    infos: dict[Path, VideoInfo] = {}
    problem: UnreadableError | None = None
    for path in paths:
        try:
            infos[path] = probe(path)
        except UnreadableError as error:
            problem = problem or error
    if not infos and problem is not None:
        raise problem
    first = next(iter(infos.values()))
    movie = Movie(id=MOVIE, title="Videos", fps=first.fps, width=first.width, height=first.height)
    yield Entry.of(movie)
    for order, path in enumerate(paths, 1):
        if path.resolve() in seen:
            raise UsageError(f"{path} is given twice; name each video once")
        id = seen[path.resolve()] = ids.give(path.stem, "video")
        info = infos.get(path)
        if info is None:
            lost = Take(path=store.relative(path), source="file")
            yield Entry.of(Shot(id=id, movie=MOVIE, order=order, prompt=prompt, takes=[lost], pick=0), str(path))
            continue
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
