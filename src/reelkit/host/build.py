"""Which code is running: two installations of one release, or one that was edited, must not serve each other."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path

import msgspec

import reelkit

LIBRARIES = ("torch-", "diffusers-", "transformers-", "open_clip_torch-", "accelerate-", "peft-", "safetensors-", "av-")


def build() -> str:
    """A digest of the interpreter, this package's files by size and time, and the versions of what computes."""
    digest = blake2b(f"{sys.prefix}\0{sys.version}\0".encode(), digest_size=8)
    for path in sorted(_sources(Path(reelkit.__file__).parent)):
        status = Path(path).stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    site = Path(msgspec.__file__).parent.parent
    installed = [path.name for path in site.glob("*.dist-info") if path.name.startswith(LIBRARIES)]
    digest.update("\0".join(sorted(installed)).encode())
    return digest.hexdigest()


def _sources(folder: Path) -> list[str]:
    found = []
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            found += _sources(Path(entry.path)) if entry.name != "__pycache__" else []
        elif entry.name.endswith((".py", ".toml")):
            found.append(entry.path)
    return found
