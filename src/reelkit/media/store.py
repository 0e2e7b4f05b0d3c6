"""The media folder: where each output is, by movie, shot and key."""

import os
import re
from pathlib import Path

from reelkit.errors import RecordError
from reelkit.manifest.kinds import ID_PATTERN
from reelkit.media.atomic import is_committed
from reelkit.media.keys import file_key

FILE_KEYS = "file-keys.json"
MEMORY = "memory"
"""No shot may be called so, for the folder stands among those of the shots."""

_NAME = re.compile(ID_PATTERN)


class MediaStore:
    """Outputs under `root`, each at `<movie>/<shot>/<key>.<suffix>`; manifest paths are relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = _normal(root)

    def path_for(self, movie: str, shot: str, key: str, suffix: str) -> Path:
        """Where the output is or will be; RecordError for a name that could lead out of the folder."""
        for name in (movie, shot, key):
            if not _NAME.fullmatch(name):
                raise RecordError(f"{name[:80]!r} names no folder or file: use 1 to 64 of a-z, 0-9 and -")
        if shot == MEMORY:
            raise RecordError(f"a shot cannot be called {MEMORY}: that folder of {movie} is taken")
        return self.root / movie / shot / f"{key}.{suffix.removeprefix('.')}"

    def lookup(self, movie: str, shot: str, key: str, suffix: str) -> Path | None:
        """The output if it is committed, else None."""
        path = self.path_for(movie, shot, key, suffix)
        return path if is_committed(path) else None

    def memory_dir(self, movie: str) -> Path:
        """Where embeddings of the movie's stills are remembered; nothing in it is needed."""
        if not _NAME.fullmatch(movie):
            raise RecordError(f"{movie[:80]!r} names no folder: use 1 to 64 of a-z, 0-9 and -")
        return self.root / movie / MEMORY

    def relative(self, path: Path) -> str:
        """`path` as manifests hold it; a file outside `root` is reached by `..`."""
        return Path(os.path.relpath(_normal(path), self.root)).as_posix()

    def absolute(self, path: str) -> Path:
        """The file a manifest's path means; RecordError where it can mean none."""
        if not path or "\0" in path:
            raise RecordError(f"{path!r} is no path of a file")
        return _normal(self.root / path)

    def exists(self, path: str) -> bool:
        """Whether a manifest's path means a file that is there."""
        return bool(path) and "\0" not in path and self.absolute(path).is_file()

    def file_key(self, path: str | Path) -> str:
        """SHA-256 of a file's content, remembered in the media folder by path, size and time."""
        return file_key(self.absolute(path) if isinstance(path, str) else path, self.root / FILE_KEYS)


def _normal(path: Path) -> Path:
    """Absolute and without `..`, symbolic links left as they are."""
    return Path(os.path.normpath(path.absolute()))
