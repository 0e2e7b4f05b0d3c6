"""What a metric says of itself: the entry that `reel score --list` prints."""

from __future__ import annotations

from typing import Literal

import msgspec

Basis = Literal["source", "definition"]
Level = Literal["shot", "scene", "movie"]
Better = Literal["higher", "lower", "neither"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One number that `reel score` can give.

    needs: what must be there besides the take: names of networks (`models/measuring/networks`), and `encoder` (the
    text-and-image encoder, always there), `embedder` (a sentence embedder), `judge` (a language or vision-language
    model), `reference` (a set of real films), `annotations` (what a person wrote down). Empty for arithmetic alone.
    """

    name: str
    about: str
    """One line: what is compared with what."""
    unit: str
    low: float | None
    """Least possible value; None is unbounded."""
    high: float | None
    """Greatest possible value; None is unbounded."""
    better: Better
    basis: Basis
    """`source`: the authors' formula; `definition`: reelkit's own, not comparable with a paper's table."""
    cites: str
    """Where the formula, or the idea behind the definition, comes from."""
    needs: tuple[str, ...] = ("encoder",)
    levels: tuple[Level, ...] = ("shot", "scene", "movie")
    """Where it is written. One that a shot has and no group meter gives is averaged over shots."""
    dear: bool = False
    """Whether it costs many times what the others do, so that `ready` leaves it out."""
    beside: bool = False
    """Whether a shot's value compares it with the scene's earlier shots (a group meter's `add` gives it), so that the first
    has none."""

    @property
    def range(self) -> str:
        """`low..high`, with an empty side where the metric is unbounded, or `any` where both are."""
        if self.low is None and self.high is None:
            return "any"
        return f"{'' if self.low is None else f'{self.low:g}'}..{'' if self.high is None else f'{self.high:g}'}"
