"""Names to folders of weights, and folders to fingerprints. Reads configuration files, never weights into memory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeVar

import msgspec

from reelkit.errors import UnavailableError, UnreadableError
from reelkit.media.keys import file_key

EMBEDDED = "embedded"
EMBEDDED_FOLDER = Path(__file__).parent.parent / "theatre" / "weights"
INDEX = "model_index.json"
WEIGHTS = ("*.safetensors", "*.bin")
FINGERPRINTS = Path("reelkit") / "fingerprints.json"
"""Below the user's cache folder: hashes of weights, a line a file, by path, size and time."""

Kind = TypeVar("Kind", bound=msgspec.Struct)


class Index(msgspec.Struct, frozen=True):
    """What every `model_index.json` says: which pipeline the folder holds."""

    class_name: str = msgspec.field(name="_class_name")


def names() -> list[str]:
    """Models known by name."""
    return [EMBEDDED]


def locate(model: str) -> Path:
    """The folder of a model given by name or path; UnavailableError, with what to do, where there is none."""
    folder = EMBEDDED_FOLDER if model == EMBEDDED else Path(model).expanduser()
    if (folder / INDEX).is_file():
        return folder
    if model == EMBEDDED:
        raise UnavailableError(
            f"the embedded model's weights are not in {folder}: reinstall reelkit, or run `just train` to make them"
        )
    what = f"has no {INDEX}" if folder.is_dir() else "is neither a model's name nor a folder"
    raise UnavailableError(
        f"model {model!r} {what}: known names are {', '.join(names())}; or give a folder of weights"
    )


def read_index(folder: Path, kind: type[Kind]) -> Kind:
    """The model's `model_index.json` as `kind`; UnavailableError names the file and the field that is wrong."""
    path = folder / INDEX
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnavailableError(f"{path}: {error}; mend it, or fetch the model again") from error


def encoder_folder(encoder: str | None) -> str:
    """Where an encoder lies: the embedded one by default; a folder or an open_clip name as it is."""
    if encoder in (None, EMBEDDED):
        return str(EMBEDDED_FOLDER / "text_encoder")
    return str(encoder)


def fingerprint(folder: Path) -> str:
    """SHA-256 over the configuration and weight files below a folder, 64 hex digits; remembered by path, size and time.

    The memory lies in the user's cache folder, so that only the first run after a download reads the weights.
    """
    digest = hashlib.sha256()
    memory = _memory()
    files = {path for pattern in ("*.json", *WEIGHTS) for path in folder.rglob(pattern)}
    try:
        for path in sorted(files):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(file_key(path, memory).encode())
    except UnreadableError as error:
        raise UnavailableError(f"the weights in {folder} cannot be read: {error}") from error
    return digest.hexdigest()


def _memory() -> Path | None:
    """Where fingerprints are remembered: `XDG_CACHE_HOME`, else `~/.cache`; None for a user without a home."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():  # the XDG specification: a relative one is to be ignored
        return given / FINGERPRINTS
    try:
        return Path.home() / ".cache" / FINGERPRINTS
    except RuntimeError:
        return None
