"""The reference's sums, computed once and kept in the user's cache folder, so that a second run decodes no reference."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

from reelkit.media.atomic import write_bytes_atomic
from reelkit.media.keys import file_key, key_of
from reelkit.metrics.distributions.samples import (
    FRAMES,
    WINDOWS,
    FrameSums,
    Samples,
    SamplesMeter,
    WindowSums,
)
from reelkit.metrics.meters import Looks, Resources
from reelkit.metrics.reference import members, readings, stamp
from reelkit.models.catalogue import user_cache
from reelkit.models.measuring.known import find

ALGORITHM = 1
"""Raised where the same files give other sums."""
FOLDER = "references"
MOST_BYTES = 2 * 2**30
"""How much is kept; beyond it, what was used longest ago goes."""

_READ: WeakKeyDictionary[Looks, dict[str, FrameSums | WindowSums]] = WeakKeyDictionary()
"""What this run has read, for the movies after the first."""


def reference_sums(resources: Resources, networks: frozenset[str]) -> Samples:
    """The sums of the reference for these networks, from memory, from disk, or by one decode of each of its members.

    Raises UnreadableError where the reference, or a file in it, cannot be read.
    """
    found = Samples(frozenset())
    if resources.reference is None or not networks:
        return found
    stamps = [stamp(member) for member in members(resources.reference)]
    keys = {network: _key(resources, network, stamps) for network in networks}
    read = _READ.setdefault(resources.models, {})
    for network in list(read):
        if network not in keys.values():
            del read[network]
    for network, key in keys.items():
        if key not in read and (kept := _recalled(network, key)) is not None:
            read[key] = kept
    if missing := frozenset(network for network, key in keys.items() if key not in read):
        made = Samples(missing)
        for reading in readings(resources, lambda _, info: SamplesMeter(missing, info)):
            made.merge(reading.material)
        for network, sums in ((FRAMES, made.frames), (WINDOWS, made.windows)):
            if sums is not None:
                read[keys[network]] = sums
                _keep(keys[network], sums)
    frames, windows = read.get(keys.get(FRAMES, "")), read.get(keys.get(WINDOWS, ""))
    found.frames = frames if isinstance(frames, FrameSums) else None
    found.windows = windows if isinstance(windows, WindowSums) else None
    return found


def _key(resources: Resources, network: str, stamps: Iterable[tuple[str, float | None]]) -> str:
    """Of the members' contents, and of the network's file."""
    weights = [file_key(path, user_cache("reference-keys")) for path in find(network, resources.weights)]
    return key_of({"algorithm": ALGORITHM, "network": network, "weights": weights, "members": list(map(list, stamps))})


def _recalled(network: str, key: str) -> FrameSums | WindowSums | None:
    folder = user_cache(FOLDER)
    if folder is None:
        return None
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / f"{key}.safetensors"
    try:
        arrays = load(path.read_bytes())
        path.touch()
        return (FrameSums if network == FRAMES else WindowSums).from_arrays(arrays)
    except (OSError, SafetensorError, ValueError, KeyError):
        return None


def _keep(key: str, sums: FrameSums | WindowSums) -> None:
    """Not remembering is no failure: the next run computes again."""
    folder = user_cache(FOLDER)
    if folder is None:
        return
    from safetensors.numpy import save

    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes_atomic(folder / f"{key}.safetensors", save(sums.arrays()))
        _prune(folder)


def _prune(folder: Path) -> None:
    files = sorted(((path.stat(), path) for path in folder.glob("*.safetensors")), key=lambda each: each[0].st_mtime)
    total = sum(stat.st_size for stat, _ in files)
    for stat, path in files:
        if total <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= stat.st_size
