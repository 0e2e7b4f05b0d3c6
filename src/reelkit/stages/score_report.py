"""The scores of a run as a page or a table, beside those of other runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from reelkit.errors import UnreadableError
from reelkit.manifest.records import Entry
from reelkit.stages.progress import Progress

if TYPE_CHECKING:
    from reelkit.metrics.reporting.collecting import Run
    from reelkit.stages.score_options import ScoreOptions

BESIDE = "media"
"""A folder of this name beside a manifest that is compared holds its clips; without one they lie in --media."""


class ScoreTables:
    """Keeps what a report needs of the records that pass."""

    def __init__(self, options: ScoreOptions) -> None:
        from reelkit.metrics.reporting.collecting import Collector

        self._options = options
        self._run = Collector(options.label or "this run", options.media)
        for path in map(Path, options.compare):
            if not path.is_file():
                raise UnreadableError(f"--compare {path}: no such file; give a manifest that `reel score` wrote")
            if not any(entry.kind == "score" or b"scores" in entry.raw for entry in _records(path)):
                raise UnreadableError(f"--compare {path}: no record in it has scores; run `reel score` on it first")

    def watched(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, unchanged."""
        for entry in entries:
            self._run.add(entry)
            yield entry

    def write(self, path: Path, progress: Progress) -> None:
        """Write the page, and say what it leaves out."""
        from reelkit.metrics.reporting.page import write_report

        for note in write_report(path, [*self._others(), self._run]):
            progress.note("info", f"{path.name}: {note}")

    def text(self, kind: str) -> Iterator[str]:
        """The scores as `csv`, `json` or `latex`, in pieces."""
        from reelkit.metrics.reporting.formats import formatted

        return formatted(kind, [*self._others(), self._run])

    def _others(self) -> list[Run]:
        """The runs that this one is compared with, which come first: they were there before."""
        from reelkit.metrics.reporting.collecting import Run

        runs = []
        for path in map(Path, self._options.compare):
            beside = path.parent / BESIDE
            runs.append(Run(path.stem, path, beside if _holds(beside, path) else self._options.media))
        return runs


def _holds(media: Path, manifest: Path) -> bool:
    """Whether the first take that a manifest names lies in a media folder."""
    for entry in _records(manifest):
        if entry.kind == "shot" and (takes := entry.shot().takes):
            return (media / takes[0].path).is_file()
    return False


def _records(manifest: Path) -> Iterator[Entry]:
    from reelkit.manifest.streams import read_entries

    with manifest.open("rb") as stream:
        yield from read_entries(stream, str(manifest), lambda reject: None)
