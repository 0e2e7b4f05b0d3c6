"""Names to folders of weights, and folders to fingerprints. Reads configuration files, never weights into memory."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from reelkit.errors import UnavailableError, UnreadableError
from reelkit.media.keys import file_key
from reelkit.models.known import known, missing, revision_of, snapshot

EMBEDDED = "embedded"
EMBEDDED_FOLDER = Path(__file__).parent.parent / "theatre" / "weights"
INDEX = "model_index.json"
MODULAR_INDEX = "modular_model_index.json"
WEIGHTS = ("*.safetensors", "*.bin")
TABLES = ("*.json", "*.model", "*.txt", "*.jinja")
"""Configurations, and what tokenizers read."""
FLOATS = ("F64", "F32", "F16", "BF16")
"""Of safetensors: what loads in whatever precision is asked for; other numbers keep theirs."""
VARIANT = re.compile(r"\.(fp16|bf16|fp32|non_ema)[.-]")
"""In the name of a file that holds the same weights in another precision."""
FINGERPRINTS = "fingerprints.json"
"""In the user's cache folder: hashes of weights, a line a file, by path, size and time."""

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")

Kind = TypeVar("Kind", bound=msgspec.Struct)


class Index(msgspec.Struct, frozen=True):
    """What every `model_index.json` says: which pipeline the folder holds."""

    class_name: str = msgspec.field(name="_class_name")


def names() -> list[str]:
    """Models known by name."""
    return [EMBEDDED, *known()]


def locate(model: str) -> Path:
    """The folder of a model: of a name, of a repository that the hub's client fetched, or a path.

    UnavailableError, with what to do, where there is none.
    """
    if model == EMBEDDED:
        if not index_file(EMBEDDED_FOLDER).is_file():
            raise UnavailableError(
                f"the embedded model's weights are not in {EMBEDDED_FOLDER}: reinstall reelkit, or run `just train` "
                "to make them"
            )
        return EMBEDDED_FOLDER
    folder = Path(model).expanduser()
    if index_file(folder).is_file():
        return folder
    entry = known().get(model)
    fetched = snapshot(entry.repository if entry else model) if entry or REPOSITORY.fullmatch(model) else None
    if fetched is not None and index_file(fetched).is_file():
        return fetched
    if entry is not None:
        raise missing(model, entry)
    what = f"has no {INDEX}" if folder.is_dir() else "is no model's name, no folder, and not in the hub's cache"
    near = get_close_matches(model, names(), n=1)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    raise UnavailableError(f"model {model!r} {what}{meant}: `reel models` lists names; or give a folder of weights")


def index_file(folder: Path) -> Path:
    """What says which pipeline a folder holds: `model_index.json`, or that of diffusers' modular pipelines."""
    modular = folder / MODULAR_INDEX
    return modular if modular.is_file() and not (folder / INDEX).is_file() else folder / INDEX


def read_index(folder: Path, kind: type[Kind]) -> Kind:
    """The model's `model_index.json` as `kind`; UnavailableError names the file and the field that is wrong."""
    path = index_file(folder)
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnavailableError(f"{path}: {error}; mend it, or fetch the model again") from error


def read_json(path: Path) -> Mapping[str, Any]:
    """An object of a checkpoint's JSON; UnavailableError where it cannot be read or is none."""
    try:
        found: Mapping[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnavailableError(f"{path}: {error}; mend it, or fetch the model again") from error
    return found


def lacking(folder: Path) -> list[str]:
    """Parts of a pipeline that its index names and that are not there, or whose weights are not; a fetch that was cut short."""
    if index_file(folder).name == MODULAR_INDEX:  # whose parts may lie elsewhere
        return []
    index = read_json(index_file(folder))
    parts = [name for name, entry in index.items() if isinstance(entry, list) and all(isinstance(e, str) for e in entry)]
    return [name for name in parts if not _whole(folder / name)]


def require_whole(folder: Path) -> None:
    """UnavailableError where a part of the pipeline is not there or lacks its weights."""
    if parts := lacking(folder):
        raise UnavailableError(
            f"the weights in {folder} cannot be loaded: {', '.join(parts)} {'is' if len(parts) == 1 else 'are'} not there, "
            "or without weights; fetch the model again"
        )


def _whole(part: Path) -> bool:
    """A part with weights has the file that its index of shards names, or one; a tokenizer or scheduler has any file."""
    if not part.is_dir():
        return False
    shards = {shard for path in part.glob("*.index.json") for shard in read_json(path).get("weight_map", {}).values()}
    if shards:
        return all((part / shard).is_file() for shard in shards)
    weighty = (part / "config.json").is_file() and not (part / "tokenizer_config.json").is_file()
    files = any(path for pattern in WEIGHTS for path in part.glob(pattern))
    return files if weighty else any(part.iterdir())


def pipeline_name(folder: Path) -> str:
    """The class that the folder's index names: what kind of checkpoint it is."""
    return read_index(folder, Index).class_name


def encoder_folder(encoder: str | None) -> str:
    """Where an encoder lies: the embedded one by default; a folder or an open_clip name as it is.

    A repository that the hub's client fetched, named `owner/name`, is its folder.
    """
    if encoder is None or encoder == EMBEDDED:
        return str(EMBEDDED_FOLDER / "text_encoder")
    if not Path(encoder).is_dir() and REPOSITORY.fullmatch(encoder) and (found := snapshot(encoder)) is not None:
        return str(found)
    return encoder


def fingerprint(folder: Path, parts: Sequence[str] = ()) -> str:
    """SHA-256 over the configuration and weight files below a folder, 64 hex digits; remembered by path, size and time.

    parts: only these folders of it. The memory lies in the user's cache folder, so that only the first run after a
    download reads the weights. A folder that the hub's client fetched is known by the hub's own revision.
    """
    if (revision := revision_of(folder)) is not None:
        return revision
    digest = hashlib.sha256()
    memory = user_cache(FINGERPRINTS)
    try:
        for path in _files(folder, parts):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(file_key(path, memory).encode())
    except UnreadableError as error:
        raise UnavailableError(f"the weights in {folder} cannot be read: {error}") from error
    return digest.hexdigest()


def stamp(folder: Path) -> str:
    """Names, sizes and times of a folder's files, digested: another one means that it was written again."""
    digest = hashlib.sha256()
    for path in _files(folder, ()):
        status = path.stat()
        digest.update(f"{path.relative_to(folder)}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def user_cache(name: str) -> Path | None:
    """A place in the user's cache folder, `XDG_CACHE_HOME` or else `~/.cache`; None for a user without a home."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():  # the XDG specification: a relative one is to be ignored
        return given / "reelkit" / name
    try:
        return Path.home() / ".cache" / "reelkit" / name
    except RuntimeError:
        return None


def _files(folder: Path, parts: Sequence[str]) -> list[Path]:
    """Everything in the parts, a tokenizer's tables included; of a whole folder configurations and weights."""
    if parts:
        return sorted(path for part in parts for path in (folder / part).rglob("*") if path.is_file())
    return sorted({path for pattern in (*TABLES, *WEIGHTS) for path in folder.rglob(pattern)})


def weight_bytes(folder: Path, itemsize: float | None = None) -> int:
    """Bytes that the weights below a folder take in memory, each number in `itemsize` bytes if given.

    Read from the heads of the safetensors files; a file of another form counts by its size. Of a part that lies there
    in several forms, what would be loaded counts.
    """
    return sum(sum(tensor_bytes(path, itemsize).values()) or path.stat().st_size for path in _loaded(folder))


def tensor_bytes(path: Path, itemsize: float | None = None) -> dict[str, int]:
    """Bytes of each tensor in a safetensors file, by name; empty for a file of another form, and a torn one.

    Source: the safetensors format: eight bytes of length, a JSON head of dtypes, shapes and offsets, the tensors.
    """
    if path.suffix != ".safetensors":
        return {}
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            head = msgspec.json.decode(file.read(min(length, path.stat().st_size)), type=dict[str, Any])
        head.pop("__metadata__", None)
        return {
            name: int(prod(one["shape"]) * itemsize) if itemsize and one["dtype"] in FLOATS else _span(one)
            for name, one in head.items()
        }
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return {}


def _loaded(folder: Path) -> list[Path]:
    """Pickled weights only where there are no others, a variant's only where there are none without."""
    found = [folder] if folder.is_file() else [path for pattern in WEIGHTS for path in folder.rglob(pattern)]
    plain = {path.parent for path in found if path.suffix == ".safetensors"}
    found = [path for path in found if path.suffix == ".safetensors" or path.parent not in plain]
    whole = {path.parent for path in found if not VARIANT.search(path.name)}
    return [path for path in found if path.parent not in whole or not VARIANT.search(path.name)]


def _span(tensor: Mapping[str, Any]) -> int:
    begin, end = tensor["data_offsets"]
    return int(end) - int(begin)
