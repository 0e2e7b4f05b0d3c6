"""Lines of annotations that speak of one shot."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from reelkit.metrics.annotated import annotated


class ShotLine(msgspec.Struct, frozen=True, kw_only=True):
    """What every such line has."""

    shot: str
    movie: str | None = None
    """Any movie, where it is not said."""


T = TypeVar("T", bound=ShotLine)


def lines_of(path: Path | None, field: str, kind: type[T], movie: str, shot: str) -> list[T]:
    """The lines with `field` about the shot, in their order; those that name the movie, if there are such. Raises what
    `annotated` raises."""
    if path is None:
        return []
    about = [line for line in annotated(path, field, kind) if line.shot == shot and line.movie in (movie, None)]
    return [line for line in about if line.movie == movie] or about
