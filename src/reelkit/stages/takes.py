"""A shot's takes: from chunks to one file, from record to record, and which attempt a take is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from reelkit.errors import ReelError
from reelkit.manifest.records import Chunk, Entry, Shot, Take
from reelkit.media.atomic import commit, is_committed, read_sidecar
from reelkit.media.store import MediaStore
from reelkit.media.video import join_videos
from reelkit.stages.making import CHUNK_SUFFIX, Made
from reelkit.stages.requests import TakeRequest
from reelkit.stages.run import Setup

ATTEMPTS_TRIED = 1024


def chunk_path(store: MediaStore, shot: Shot, key: str) -> Path:
    """Where a chunk's picture is; its latents lie beside it."""
    return store.path_for(shot.movie, shot.id, key, CHUNK_SUFFIX)


def joined(
    store: MediaStore, shot: Shot, chunks: Sequence[Chunk], *, write: bool, force: bool = False
) -> tuple[str, Path]:
    """Key and file of the take that these chunks are: the only chunk's, or a join by stream copy."""
    request = TakeRequest(chunks=tuple(chunk.key for chunk in chunks))
    path = chunk_path(store, shot, request.key)
    if write and len(chunks) > 1 and (force or not is_committed(path)):
        join_videos([chunk_path(store, shot, chunk.key) for chunk in chunks], path)
        frames = sum(chunk.frames for chunk in chunks)
        commit(path, {"request": msgspec.to_builtins(request), "reply": {"frames": frames}})
    return request.key, path


def with_made(take: Take, made: Sequence[Made]) -> Take:
    """The take with the cost of its chunks: seconds added up, the highest memory."""
    return msgspec.structs.replace(
        take,
        wall_seconds=round(sum(chunk.wall_seconds for chunk in made), 3),
        peak_memory=max((chunk.peak_memory for chunk in made), default=0),
    )


def replaced(entry: Entry, index: int, take: Take) -> Entry:
    """The record with the successor in the place of take `index`, whose unknown fields it inherits."""
    takes = msgspec.json.decode(entry.raw["takes"], type=list[msgspec.Raw])
    fields = msgspec.json.decode(takes[index], type=dict[str, msgspec.Raw])
    for name in take.__struct_fields__:
        fields[name] = msgspec.Raw(msgspec.json.encode(getattr(take, name)))
    takes[index] = msgspec.Raw(msgspec.json.encode(fields))
    return entry.replace(takes=msgspec.Raw(msgspec.json.encode(takes)))


def attempt_of(store: MediaStore, shot: Shot, index: int, setup: Setup) -> int:
    """Which attempt take `index` is: as its first chunk's sidecar says, else by its seed, else its place."""
    chunk = shot.takes[index].chunks[0]
    try:
        attempt = read_sidecar(chunk_path(store, shot, chunk.key)).get("take")
    except ReelError:
        attempt = None
    if isinstance(attempt, int):
        return attempt
    return next((n for n in range(ATTEMPTS_TRIED) if setup.seed(shot.id, n, 0) == chunk.seed), index)
