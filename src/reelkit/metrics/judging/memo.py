"""Answers that are remembered on disk, so that a second run asks only what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from reelkit.errors import StorageError
from reelkit.media.atomic import write_bytes_atomic
from reelkit.metrics.meters import Frame

T = TypeVar("T")


class Memo:
    """A folder of small files, an answer each, named by the hash of who was asked what about which frames.

    A server whose model changes under the same name is not noticed: empty the folder then. folder: None remembers nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def recall(
        self, by: Mapping[str, Any], prompt: str, frames: Sequence[Frame], kind: type[T], make: Callable[[], T]
    ) -> T:
        """The answer that is remembered, else the one that `make` gives. by: who is asked, and how."""
        if self.folder is None:
            return make()
        key = question_key(by, prompt, frames)
        path = self.folder / key[:2] / f"{key[2:]}.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError):
            answer = make()
        with suppress(StorageError):  # what cannot be remembered is asked again
            write_bytes_atomic(path, msgspec.json.encode(answer))
        return answer


def question_key(by: Mapping[str, Any], prompt: str, frames: Sequence[Frame]) -> str:
    """SHA-256 over who is asked, the words and the pixels, 64 hex digits."""
    digest = hashlib.sha256(json.dumps([by, prompt], sort_keys=True).encode())
    for frame in frames:
        digest.update(repr(frame.shape).encode())
        digest.update(frame.tobytes())
    return digest.hexdigest()
