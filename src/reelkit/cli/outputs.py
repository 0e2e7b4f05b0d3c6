"""Whether the files a verb is told to write can be written, before any work: none of them is an input, or another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from reelkit.errors import StorageError, UsageError

if TYPE_CHECKING:
    from reelkit.cli.call import Call

WRITTEN = ("film", "timeline", "report", "rejects", "manifest_out")
"""Options that name a file to write."""


def check_outputs(call: Call) -> None:
    """Raise UsageError for an output that is an input, a folder or two outputs at once, StorageError where none can be.

    `--manifest-out` may be the manifest that is read, which it replaces at the end. A screenplay is no manifest.
    """
    inputs = _inputs(call)
    taken: dict[tuple[str, str], str] = {}
    for flag, path in _outputs(call):
        if path.is_dir():
            raise UsageError(f"{flag} {path}: it is a folder; name a file in it")
        place = _place(path)
        if place in taken:
            raise UsageError(f"{flag} {path}: {taken[place]} writes that file too; name another")
        taken[place] = flag
        replaces = flag == "--manifest-out" and call.verb.operand is not None and call.verb.operand.noun == "manifest"
        if place in inputs and not replaces:
            raise UsageError(f"{flag} {path}: it is the input, which would be lost; name another file")
        _check_folder(flag, path)
    media = call.path("media")
    if media is not None and _fills(call):
        if media.exists() and not media.is_dir():
            raise StorageError(f"--media {media}: it is no folder; name one")
        _check_folder("--media", media / "movie")


def _outputs(call: Call) -> Iterator[tuple[str, Path]]:
    for name in WRITTEN:
        path = call.path(name)
        if path is None or (call.has("dry_run") and name in ("film", "timeline", "report")):
            continue
        yield "--" + name.replace("_", "-") if name != "film" else "-o", path
        if name == "film" and call.values.get("subtitles") == "file":
            yield "-o", path.with_suffix(".srt")


def _fills(call: Call) -> bool:
    """Whether the verb writes into the media folder."""
    return call.verb.name in ("keyframes", "shot", "extend") and not call.has("dry_run")


def _inputs(call: Call) -> set[tuple[str, str]]:
    operand = call.verb.operand
    names = call.operands[1:] if operand is not None and operand.extra else call.operands
    return {_place(call.env.path(name)) for name in names if name != "-"}


def _place(path: Path) -> tuple[str, str]:
    """What two names of one file have in common."""
    try:
        status = path.stat()
    except OSError:
        return "name", os.path.realpath(path)
    return "file", f"{status.st_dev}:{status.st_ino}"


def _check_folder(flag: str, path: Path) -> None:
    """StorageError where the file cannot be made: its folder, or the nearest one above that is there, is closed to us."""
    folder = Path(os.path.realpath(path)).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise StorageError(f"{flag} {path}: {folder} is no folder; name another place")
    special = path.exists() and not path.is_file()
    if not special and not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(f"{flag} {path}: nothing can be written in {folder}; name another place")
