"""Joining videos by stream copy: the chunks of a take become its file, and no pixel is encoded twice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
from av.video.stream import VideoStream

from reelkit.errors import RecordError
from reelkit.media.atomic import write_atomic
from reelkit.media.containers import check_suffix, create_video, open_video, stream_rate

TRAITS: dict[str, Callable[[VideoStream], Any]] = {
    "codec": lambda stream: stream.codec_context.name,
    "size": lambda stream: (stream.codec_context.width, stream.codec_context.height),
    "frame rate": lambda stream: stream.average_rate,
    "encoder setting": lambda stream: stream.codec_context.extradata,
}
"""What must be one in all parts, for a stream says it once."""


def join_videos(paths: Sequence[Path], out: Path) -> int:
    """Join videos without decoding them, atomically; gives the number of frames, the sum of the parts'.

    Sound is left out. RecordError if the parts differ in codec, size, rate or settings, or hold B-frames, so
    that their packets cannot stand in one stream; UnreadableError if a part cannot be read.
    """
    if not paths:
        raise RecordError(f"{out.name}: there is nothing to join")
    check_suffix(out)
    counted = 0

    def copy(part: Path) -> None:
        nonlocal counted
        with open_video(paths[0]) as (_, first), create_video(part, out.suffix) as container:
            joined = container.add_stream_from_template(first)
            frame_time = 1 / stream_rate(paths[0], first)
            joined.time_base = frame_time
            for path in paths:
                with open_video(path) as (source, stream):
                    _check_alike(path, stream, paths[0], first)
                    for packet in source.demux(stream):
                        if packet.size:
                            _check_order(path, packet)
                            packet.stream = joined
                            packet.time_base = frame_time
                            packet.pts = packet.dts = counted
                            packet.duration = 1
                            container.mux_one(packet)
                            counted += 1

    write_atomic(out, copy)
    return counted


def _check_alike(path: Path, stream: VideoStream, first_path: Path, first: VideoStream) -> None:
    for what, of in TRAITS.items():
        if of(stream) != of(first):
            raise RecordError(
                f"{path}: its {what} differs from that of {first_path.name}; encode it anew to join it"
            )


def _check_order(path: Path, packet: av.Packet) -> None:
    if packet.pts is None or packet.pts != packet.dts:
        raise RecordError(f"{path}: it holds B-frames, which cannot be joined; encode it anew")
