"""What records, sidecars and keys make of values that JSON does not know."""

from pathlib import PurePath
from typing import Any


def plain(value: Any) -> Any:
    """msgspec's `enc_hook`: paths as text, and scalars and arrays of numpy or torch as numbers, importing neither.

    TypeError for everything else.
    """
    if isinstance(value, PurePath):
        return value.as_posix()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in a record, a sidecar or a key")
