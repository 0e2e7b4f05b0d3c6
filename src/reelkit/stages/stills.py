"""Stills, and what they count as in a key: ours by key, frames by clip and index, files by content."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.errors import RecordError
from reelkit.media.atomic import commit, is_committed, make_folder
from reelkit.media.image import write_png
from reelkit.media.store import MediaStore
from reelkit.media.video import probe, read_frames
from reelkit.stages.requests import FrameRequest

if TYPE_CHECKING:
    from reelkit.manifest.records import Keyframe, Take

KEY = re.compile(r"[0-9a-f]{64}")


class ClipFrame(msgspec.Struct, frozen=True):
    """Frame `index` of the clip at `clip`, kept as the image `path` once it is wanted."""

    key: str
    path: Path
    clip: Path
    clip_key: str
    index: int


def still_key(store: MediaStore, path: Path) -> str:
    """What an image counts as: an output of ours by the key in its name, any other file by its content."""
    if KEY.fullmatch(path.stem) and path.is_relative_to(store.root):
        return path.stem
    if not path.is_file():
        raise RecordError(f"the still {path} is missing: put it back, or take it out of the record")
    return store.file_key(path)


def keyframe_key(store: MediaStore, still: Keyframe) -> str:
    """`still_key` of a keyframe."""
    return still_key(store, store.absolute(still.path))


def clip_frame(store: MediaStore, movie: str, shot: str, clip: Path, clip_key: str, index: int) -> ClipFrame:
    """Frame `index` of a clip, and where its image belongs."""
    key = FrameRequest(clip=clip_key, index=index).key
    return ClipFrame(key, store.path_for(movie, shot, key, ".png"), clip, clip_key, index)


def opening_clip(store: MediaStore, movie: str, shot: str, take: Take) -> tuple[Path, str, int]:
    """A take's first chunk, or the file of a take that is one: path, key and frames."""
    if take.chunks:
        chunk = take.chunks[0]
        return store.path_for(movie, shot, chunk.key, ".mp4"), chunk.key, chunk.frames
    clip = store.absolute(take.path)
    if not clip.is_file():
        raise RecordError(f"the take {clip} is missing: put it back, or take it out of the record")
    return clip, store.file_key(clip), take.frames or probe(clip).frames


def take_frames(store: MediaStore, movie: str, shot: str, take: Take, count: int = 3) -> list[ClipFrame]:
    """Frames spread over a take's first chunk, both ends included: of three the first, middle and last."""
    clip, key, frames = opening_clip(store, movie, shot, take)
    return [clip_frame(store, movie, shot, clip, key, index) for index in spread(frames, count)]


def spread(frames: int, count: int) -> list[int]:
    """Up to `count` rising frame numbers of a clip, its first and last among them."""
    if count == 1:
        return [0]
    return list(dict.fromkeys(round(n * (frames - 1) / (count - 1)) for n in range(count)))


def extract(frame: ClipFrame) -> Path:
    """The image of a clip's frame, read from the clip unless it was before."""
    if is_committed(frame.path):
        return frame.path
    if not frame.clip.is_file():
        raise RecordError(f"the clip {frame.clip} is missing: run `reel shot` again to make it")
    make_folder(frame.path.parent)
    write_png(frame.path, next(iter(read_frames(frame.clip, [frame.index]))))
    commit(frame.path, {"request": msgspec.to_builtins(FrameRequest(clip=frame.clip_key, index=frame.index))})
    return frame.path
