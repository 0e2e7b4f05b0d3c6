"""What a manifest asks of a model, before anything is loaded: the chunks that shot and extend would make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reelkit.errors import RecordError
from reelkit.manifest.context import Context
from reelkit.manifest.records import Entry
from reelkit.models.projection import Chunk
from reelkit.models.requests import ModelCard
from reelkit.stages.chunking import plan_frames
from reelkit.stages.run import frame_grid

SIZE = (832, 480)
"""Pixels of a film without a manifest."""


def forecast(entries: Iterable[Entry], card: ModelCard, steps: int, top_k: int) -> Iterator[Chunk]:
    """The calls that the manifest's shots come to: first chunks and extensions of one take each, or stills.

    A shot that is wrong asks for nothing; the stage that meets it says why.
    """
    context = Context()
    for entry in entries:
        try:
            context.observe(entry)
            if entry.kind == "shot":
                shot = entry.shot()
                movie = context.movie(shot.movie)
                yield from chunks(card, (movie.width, movie.height), shot.seconds, movie.fps, steps, top_k)
        except RecordError:
            continue


def chunks(
    card: ModelCard, size: tuple[int, int], seconds: float, fps: float, steps: int, top_k: int
) -> Iterator[Chunk]:
    """The calls of one shot."""
    width, height = card.size(*size)
    stills = min(top_k, card.max_references)
    if not card.clips:
        yield Chunk(1, width, height, steps, stills)
        return
    grid = frame_grid(card)
    plan = plan_frames(seconds, card.fps or fps)
    have = grid.opening(plan)
    yield Chunk(have, width, height, steps, stills)
    while frames := grid.growth(have, plan):
        yield Chunk(frames + card.repeats, width, height, steps, stills)
        have += frames


def one_chunk(card: ModelCard, steps: int, top_k: int) -> list[Chunk]:
    """A whole window, for want of a manifest."""
    seconds = card.chunk_frames[0] / (card.fps or 24.0)
    return list(chunks(card, SIZE, seconds, card.fps or 24.0, steps, top_k))
