"""Tiny checkpoints with random weights, in the layout on disk of the real ones: a file each family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """One checkpoint for the contract suite, and requests that it can fill.

    make: writes the checkpoint into an empty folder. size: (width, height). opening: frames of a first chunk. later:
    of an extension. options: `steps`, `guidance` and the like, for every request. wrong_size, wrong_frames: what its
    rules refuse.
    """

    name: str
    make: Callable[[Path], object]
    modes: tuple[int, ...]
    size: tuple[int, int]
    opening: int = 9
    later: int = 8
    steps: int = 2
    guidance: float | None = 3.0
    options: dict[str, Any] = field(default_factory=dict)
    wrong_size: tuple[int, int] = (17, 17)
    wrong_frames: int | None = 7
    still: bool = False
    """Whether it draws stills only."""
    slow_prompt: bool = False
    """Whether its prompt is embedded in the same pass as its pictures, so that nothing of it is remembered."""
    constants: dict[str, Any] = field(default_factory=dict)
    """By dotted name what takes the place of a pipeline's constants that no small model can be quick with."""
