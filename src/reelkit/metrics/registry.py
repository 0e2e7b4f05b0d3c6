"""The metrics by name: what each means, its unit and range, and whose definition it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from reelkit.errors import UsageError

Basis = Literal["source", "definition"]
Level = Literal["shot", "scene", "movie"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One number that `reel score` can give, as `reel score --list` prints it."""

    name: str
    about: str
    """One line: what is compared with what."""
    unit: str
    low: float | None
    """Least possible value; None is unbounded."""
    high: float | None
    """Greatest possible value; None is unbounded."""
    better: Literal["higher", "lower"]
    basis: Basis
    """`source`: the authors' formula; `definition`: reelkit's own, not comparable with a paper's table."""
    cites: str
    """Where the formula, or the idea behind the definition, comes from."""
    weights: str = "encoder"
    """What must be loaded: `none`, `encoder`, or the option that names the file."""
    levels: tuple[Level, ...] = ("shot", "scene", "movie")

    @property
    def range(self) -> str:
        """`low..high`, with an empty side where the metric is unbounded."""
        return (
            f"{'' if self.low is None else f'{self.low:g}'}..{'' if self.high is None else f'{self.high:g}'}"
        )


METRICS: tuple[Metric, ...] = (
    Metric(
        name="aes",
        about="LAION linear aesthetic head on unnormalised CLIP ViT-L/14, mean over two frames a second",
        unit="score",
        low=None,
        high=None,
        better="higher",
        basis="source",
        cites="FilmWeaver, table 1; LAION sa_0_4_vit_l_14_linear",
        weights="--aes-head FILE and --encoder ViT-L-14:openai",
    ),
    Metric(
        name="incep",
        about="Inception Score of two frames a second: exp of the mean KL to their average class",
        unit="score",
        low=1.0,
        high=1000.0,
        better="higher",
        basis="source",
        cites="FilmWeaver, table 1; Salimans et al. 2016; torchvision inception_v3, one split",
        weights="--incep-weights FILE",
        levels=("scene", "movie"),
    ),
    Metric(
        name="character_consistency",
        about="mean pairwise cosine of one character's crops across the scene's shots, mean over characters",
        unit="cosine x100",
        low=-100.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites="FilmWeaver, table 1 for the recipe; the boxes are reelkit's encoder locator, not a detector",
    ),
    Metric(
        name="all_consistency",
        about="mean pairwise cosine of the keyframes (middle frames) of the scene's shots",
        unit="cosine x100",
        low=-100.0,
        high=100.0,
        better="higher",
        basis="source",
        cites="FilmWeaver, table 1 (its CLIP variant is unpublished)",
    ),
    Metric(
        name="character_alignment",
        about="cosine of a character's crop and the text of that character's look",
        unit="cosine x100",
        low=-100.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites="FilmWeaver, table 1 for the recipe; the boxes are reelkit's encoder locator, not a detector",
    ),
    Metric(
        name="all_alignment",
        about="cosine of the keyframe (middle frame) and the shot's prompt",
        unit="cosine x100",
        low=-100.0,
        high=100.0,
        better="higher",
        basis="source",
        cites="FilmWeaver, table 1 (its CLIP variant is unpublished)",
    ),
    Metric(
        name="copy_paste_rate",
        about="how much nearer crops are to the reference than to its mirror image; 50 is no copying",
        unit="percent",
        low=0.0,
        high=100.0,
        better="lower",
        basis="definition",
        cites="ViStoryBench v1.2 for the formula; boxes and the reference without a portrait are reelkit's",
    ),
    Metric(
        name="duration_error",
        about="distance of the take's length from the planned length",
        unit="seconds",
        low=0.0,
        high=None,
        better="lower",
        basis="definition",
        cites="reelkit",
        weights="none",
    ),
    Metric(
        name="blank_frames",
        about="share of frames that are black or one flat colour",
        unit="percent",
        low=0.0,
        high=100.0,
        better="lower",
        basis="definition",
        cites="reelkit",
        weights="none",
    ),
    Metric(
        name="frozen_frames",
        about="share of frames that repeat the frame before them",
        unit="percent",
        low=0.0,
        high=100.0,
        better="lower",
        basis="definition",
        cites="reelkit",
        weights="none",
    ),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}


def choose(names: Iterable[str]) -> tuple[str, ...]:
    """Metric names in registry order for what the user asked: names, `all` or `none`.

    Raises UsageError on a name that is not in the registry.
    """
    asked = {part.strip() for name in names for part in name.split(",") if part.strip()}
    if "none" in asked:
        if asked != {"none"}:
            raise UsageError("--metrics none stands alone: it only validates")
        return ()
    unknown = sorted(asked - BY_NAME.keys() - {"all"})
    if unknown:
        raise UsageError(f"no metric called {', '.join(unknown)}; `reel score --list` prints the names")
    return tuple(m.name for m in METRICS if "all" in asked or not asked or m.name in asked)


def listing() -> list[tuple[str, ...]]:
    """Rows for `reel score --list`: name, about, unit, range, better, weights, basis, cites."""
    return [(m.name, m.about, m.unit, m.range, m.better, m.weights, m.basis, m.cites) for m in METRICS]


LISTING_HEADER = ("name", "what", "unit", "range", "better", "weights", "basis", "after")
