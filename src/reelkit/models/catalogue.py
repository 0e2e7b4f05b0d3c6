"""Names to folders of weights, and folders to fingerprints. Reads configuration files, never weights into memory."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from reelkit.errors import UnavailableError, UnreadableError
from reelkit.media.keys import file_key

EMBEDDED = "embedded"
EMBEDDED_FOLDER = Path(__file__).parent.parent / "theatre" / "weights"
INDEX = "model_index.json"
WEIGHTS = ("*.safetensors", "*.bin")


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


def read_index(folder: Path) -> dict[str, Any]:
    """The model's `model_index.json`."""
    try:
        index: dict[str, Any] = json.loads((folder / INDEX).read_text())
    except (OSError, ValueError) as error:
        raise UnavailableError(f"{folder / INDEX} cannot be read: {error}") from error
    return index


def encoder_folder(encoder: str | None) -> str:
    """Where an encoder lies: the embedded one by default; a folder or an open_clip name as it is."""
    if encoder in (None, EMBEDDED):
        return str(EMBEDDED_FOLDER / "text_encoder")
    return str(encoder)


def fingerprint(folder: Path) -> str:
    """SHA-256 over the configuration and weight files below a folder, 64 hex digits; remembered by path, size and time."""
    digest = hashlib.sha256()
    files = {path for pattern in ("*.json", *WEIGHTS) for path in folder.rglob(pattern)}
    try:
        for path in sorted(files):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(file_key(path).encode())
    except UnreadableError as error:
        raise UnavailableError(f"the weights in {folder} cannot be read: {error}") from error
    return digest.hexdigest()
