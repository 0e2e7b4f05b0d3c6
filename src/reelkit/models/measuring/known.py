"""Networks by name: which files they need, whose they are, and where they would be on this machine. Loads nothing."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from reelkit.errors import UnavailableError
from reelkit.models.catalogue import user_cache
from reelkit.models.known import snapshot

FOLDER = "weights"
"""In the user's cache folder: where networks' files are looked for without `--weights`."""


class NetworkCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of `networks/*.toml`.

    loader: `module:function`, called with the files found and a torch device; gives a `Network`. files: names in the
    weights folder, all needed; a name may be a folder. repository: on the Hugging Face hub, for a folder in transformers'
    layout, which may also lie in the hub's cache. source: where to get them. span, hop: frames of a window, and frames
    from one window to the next, counted in the frames that were asked for. batch: windows of one call.
    """

    loader: str
    source: str
    licence: str
    files: tuple[str, ...] = ()
    repository: str = ""
    takes: Literal["frames", "texts", "sounds", "windows"] = "frames"
    span: int = 1
    hop: int = 1
    batch: int = 16
    megabytes: int = 0
    package: str = ""
    """A Python package that must be importable besides, with the extra that installs it."""


@cache
def networks() -> dict[str, NetworkCard]:
    """All that are known, by name."""
    found: dict[str, NetworkCard] = {}
    for path in sorted(Path(__file__).with_name("networks").glob("*.toml")):
        found |= msgspec.convert(tomllib.loads(path.read_text()), dict[str, NetworkCard])
    return found


def weights_folder(given: Path | None) -> Path:
    """Where networks' files are looked for."""
    return given or user_cache(FOLDER) or Path(FOLDER)


def find(name: str, weights: Path | None = None) -> tuple[Path, ...]:
    """The files of a network; UnavailableError says what is missing, where it should lie, and where to get it."""
    card = networks()[name]
    folder = weights_folder(weights)
    if card.package and not _importable(card.package):
        raise UnavailableError(f"{name} needs the Python package {card.package}: install it (pip install {card.package})")
    if card.repository:
        here = folder / card.repository.rpartition("/")[2]
        place = here if (here / "config.json").is_file() else snapshot(card.repository)
        if place is None:
            raise UnavailableError(
                f"{name} needs the folder {here.name} in {folder}: get {card.repository} from the Hugging Face hub "
                f"({card.licence}{_size(card)})"
            )
        return (place,)
    paths = tuple(folder / file for file in card.files)
    if lost := [path.name for path in paths if not path.exists()]:
        raise UnavailableError(
            f"{name} needs {' and '.join(lost)} in {folder}: get it from {card.source} ({card.licence}{_size(card)})"
        )
    return paths


def _size(card: NetworkCard) -> str:
    return f", {card.megabytes} MB" if card.megabytes else ""


def _importable(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None
