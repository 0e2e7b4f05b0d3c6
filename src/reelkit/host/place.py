"""Where a host is met: one socket for each user, device and SLURM task, in a folder that is closed to others."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from reelkit.errors import UnavailableError

VISIBLE = (
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL",
    "ZE_AFFINITY_MASK", "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_LOCALID",
)  # fmt: skip
"""Variables that say which device a process sees. Tasks of one SLURM step may each be given a GPU and call it 0."""
SETTINGS = (
    "HOME", "XDG_CACHE_HOME", "CC", "CXX", "LD_LIBRARY_PATH", "LD_PRELOAD", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "NO_PROXY",
)  # fmt: skip
PREFIXES = (
    "HF_", "HUGGINGFACE_", "TRANSFORMERS_", "DIFFUSERS_", "PYTORCH_", "TORCH", "CUDA_", "CUBLAS_", "CUDNN_", "NVIDIA_",
    "HSA_", "TRITON_", "OMP_", "MKL_",
)  # fmt: skip
"""Variables that libraries read for themselves: where weights are found, and how they are computed with."""
FOLDERS = ("_HOME", "_CACHE", "_DIR", "_PATH")
"""How the names of those end that hold a path."""
NAME_BYTES = 30
"""Of the longest name in the folder."""
LONGEST_SOCKET = 100
"""Bytes; macOS allows 103."""


class Place(NamedTuple):
    """The files of one host."""

    socket: Path
    starting: Path
    """Locked while a client starts the host."""
    alive: Path
    """Locked by the host for as long as it lives; holds its process id."""
    clients: Path
    """Locked, with others, by every process that may want the host, from its start to its end."""
    log: Path

    @property
    def kin(self) -> list[Path]:
        """Sockets of this user's hosts on the same device under other settings."""
        where = self.socket.name.partition("-")[0]
        return sorted(path for path in self.socket.parent.glob(f"{where}-*.sock") if path != self.socket)


def place(device: str, environ: Mapping[str, str]) -> Place:
    """Where the host of this user, device and task is; UnavailableError where the folder is not safe.

    Settings that would change what a host finds or computes make another place; all else travels with requests.
    """
    device = "cuda:0" if device == "cuda" else device
    seen = [os.uname().nodename, device, *(environ.get(name, "") for name in VISIBLE)]
    found = sorted(f"{name}={value}" for name, value in settings(environ).items())
    return at(folder(environ) / f"{_digest(seen)}-{_digest([str(os.getegid()), *found])}.sock")


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell hosts on one device apart; a path from here is made one from anywhere."""
    return {
        name: str(Path(value).absolute()) if value and name.endswith(FOLDERS) and not value.startswith(("~", "/")) else value
        for name, value in environ.items()
        if name.upper() in SETTINGS or name.startswith(PREFIXES)
    }


def at(socket: Path) -> Place:
    """The files of the host whose socket is given."""
    return Place(socket, *(socket.with_suffix(suffix) for suffix in (".start", ".alive", ".clients", ".log")))


def folder(environ: Mapping[str, str]) -> Path:
    """This user's folder of sockets, made if it is not there."""
    base = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    found = base / f"reelkit-{os.getuid()}"
    if not (base.is_absolute() and os.access(base, os.W_OK) and len(os.fsencode(found)) < LONGEST_SOCKET - NAME_BYTES):
        import tempfile

        found = Path(tempfile.gettempdir()) / found.name
    if len(os.fsencode(found)) > LONGEST_SOCKET - NAME_BYTES:
        raise UnavailableError(f"{found}: too long for a socket; set XDG_RUNTIME_DIR to a short path, or REEL_HOST=off")
    try:
        found.mkdir(mode=0o700, exist_ok=True)
        status = found.lstat()
    except OSError as problem:
        raise UnavailableError(f"{found}: {problem.strerror}; set XDG_RUNTIME_DIR, or REEL_HOST=off") from problem
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise UnavailableError(
            f"{found}: it must be a folder of your own that nobody else may enter (chmod 700 {found}); or set REEL_HOST=off"
        )
    return found


def lock(path: Path, *, wait: bool = True, shared: bool = False) -> int | None:
    """A handle that holds the lock of `path` until it is closed or the process ends; None where others have it."""
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # somebody tidied the folder while we waited: that file is nobody's lock any more


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of `path` while the block runs; false where another has it and `wait` is false."""
    handle = lock(path, wait=wait)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            os.close(handle)


def process(where: Place) -> int | None:
    """The id of the process that is the host there, 0 if it did not write it yet; None where no host lives."""
    if not where.alive.exists():
        return None
    handle = lock(where.alive, wait=False, shared=True)  # shared: two that look at once do not see one another
    if handle is not None:
        os.close(handle)
        return None
    try:
        return int(where.alive.read_text() or 0)
    except (OSError, ValueError):
        return 0


def _digest(words: list[str]) -> str:
    return blake2b("\0".join(words).encode(errors="surrogateescape"), digest_size=5).hexdigest()
