"""Files that are whole or not there, and the commit mark that says an output is done."""

import errno
import fcntl
import glob
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from reelkit.errors import StorageError, UnreadableError
from reelkit.manifest.plain import plain

PART_SUFFIX = ".part"
SIDECAR_SUFFIX = ".json"
FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
"""What a place says that cannot be written to."""


def write_atomic(path: Path, writer: Callable[[Path], None]) -> None:
    """Have `writer` fill NAME.part, fsync it and rename it to `path`; at no moment is `path` half written.

    The writer fills that very file and renames no other over it, for it is held under a lock. One that raises
    leaves neither. What a killed writer left is written over by the next. Two that write one name at once do
    not disturb each other; the last to finish stands. A link is followed, and a file that is replaced leaves its
    permissions. StorageError where there is no room, or where nothing can be written.
    """
    path = path.resolve() if path.is_symlink() else path
    with _room(path):
        make_folder(path.parent)
        with _part(path) as part:
            writer(part)
            _keep_permissions(path, part)
            _sync(part)
            part.replace(path)
        _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """The folder, made with those above it; StorageError where it cannot be."""
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_bytes_atomic(path: Path, content: bytes) -> None:
    """`write_atomic` of what is in memory already; into a pipe or a device it is simply written."""
    if is_special(path):
        path.write_bytes(content)
        return
    write_atomic(path, lambda part: _write(part, content))


def commit(path: Path, sidecar: Mapping[str, Any]) -> None:
    """Write the sidecar of the output `path`, which marks it as done.

    Fsyncs every file of the same stem first and adds `files`, their sizes in bytes, so that a file cut short
    later is found out.
    """
    siblings = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    outputs = [file for file in siblings if file.suffix not in (PART_SUFFIX, SIDECAR_SUFFIX)]
    with _room(path):
        for file in outputs:
            _sync(file)
    sizes = {file.name: file.stat().st_size for file in outputs}
    text = msgspec.json.encode({**sidecar, "files": sizes}, enc_hook=plain)
    write_bytes_atomic(sidecar_path(path), msgspec.json.format(text) + b"\n")


def is_committed(path: Path) -> bool:
    """Whether the output `path` is there, its sidecar marks it as done, and no file of it was lost since."""
    if not path.is_file():
        return False
    try:
        files = read_sidecar(path).get("files", {})
        return all(path.with_name(name).stat().st_size == size for name, size in files.items())
    except (UnreadableError, OSError, AttributeError, ValueError):
        return False


def read_sidecar(path: Path) -> dict[str, Any]:
    """The sidecar of the output `path`; UnreadableError if there is none or it is broken."""
    file = sidecar_path(path)
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as exc:
        raise UnreadableError(f"{file}: {exc.strerror or exc}") from exc
    except msgspec.DecodeError as exc:
        raise UnreadableError(f"{file}: no sidecar of reelkit's: {exc}") from exc


def sidecar_path(path: Path) -> Path:
    """Where the sidecar of the output `path` is: beside it, `.json` for its suffix."""
    return path.with_suffix(SIDECAR_SUFFIX)


def is_special(path: Path) -> bool:
    """Whether a name is a pipe's, a device's or a socket's, which is written into and never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def is_full(error: BaseException) -> bool:
    """Whether an error means that the disk is full or a quota is used up, which no other record would survive.

    Writers that are not Python's (safetensors, ffmpeg) raise errors of their own and quote the system's words.
    """
    number = getattr(error, "errno", None)
    return number in FULL or any(os.strerror(each) in str(error) for each in FULL)


def no_room(where: object) -> StorageError:
    """The error of a disk or quota that is full at `where`."""
    return StorageError(
        f"{where}: no space is left there, or the quota is used up: make room (`reel clean` lists what may go), "
        "then run the same command again"
    )


@contextmanager
def _room(path: Path) -> Iterator[None]:
    """Tell a full disk from what a writer did wrong."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        if is_full(error):
            raise no_room(path) from error
        raise


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    """Tell a place that cannot be written to from what a writer did wrong."""
    try:
        yield
    except OSError as error:
        if error.errno in CLOSED:
            raise StorageError(
                f"{path}: it cannot be written ({error.strerror}); name another place, or open this one"
            ) from error
        raise


def _keep_permissions(path: Path, part: Path) -> None:
    with suppress(OSError):  # nothing to replace, or another user's file
        part.chmod(stat.S_IMODE(path.stat().st_mode))


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """An empty file to fill that no other live writer fills; gone when the block raises."""
    part = path.with_name(path.name + PART_SUFFIX)
    with _writable(path):
        handle = _claim(part)
        while handle is None:
            part = path.with_name(f"{path.name}.{uuid4().hex[:12]}{PART_SUFFIX}")
            handle = _create(part)
    try:
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _claim(part: Path) -> int | None:
    """Open `part` under a lock that ends with its holder, so that what a killed writer left can be told from
    what a live one fills; None where it is not ours to fill."""
    handle = os.open(part, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), part.stat()):  # not renamed while we waited for the lock
            os.ftruncate(handle, 0)
            return handle
    except OSError:  # held, renamed, or on a file system without locks
        pass
    os.close(handle)
    return None


def _create(part: Path) -> int | None:
    try:
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    except FileExistsError:
        return None
    with suppress(OSError):  # its name is its own where the file system has no locks
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some network file systems know no fsync of a folder; theirs is the rename
        _sync(folder)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
