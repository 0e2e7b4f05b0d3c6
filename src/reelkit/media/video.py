"""Video files: look into, read and write them, frame-exactly.

What is written here is made to be joined: no B-frames and closed groups of pictures, so that the packets of a
chunk follow another's without a change; one thread and no macroblock tree, so that the same frames give the same
bytes (x264 165's vectorised tree reads past pictures of two macroblocks, into whatever lay in memory before).
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av import Packet
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from msgspec import Struct
from numpy.typing import NDArray

from reelkit.errors import RecordError, UnreadableError
from reelkit.media.atomic import write_atomic
from reelkit.media.audio import Sound, SoundTrack, check_sound
from reelkit.media.colour import quarter_turns, to_rgb, to_yuv420
from reelkit.media.containers import check_suffix, create_video, frame_rate, open_video, stream_rate
from reelkit.media.join import join_videos

__all__ = ["VideoInfo", "join_videos", "probe", "read_frames", "write_video"]

H264_OPTIONS = {"preset": "medium", "bf": "0", "g": "48", "x264-params": "open-gop=0:no-mbtree=1"}
FFV1_OPTIONS = {"level": "3", "g": "1", "slicecrc": "1", "slices": "4"}
BT709 = 1
"""Primaries and transfer, as ITU-T H.273 numbers them."""


class VideoInfo(Struct, frozen=True):
    """What a video file holds; `frames` is counted and not estimated, `seconds` is frames over fps."""

    frames: int
    fps: float
    width: int
    height: int
    seconds: float
    has_audio: bool


def probe(path: Path) -> VideoInfo:
    """Count a video's frames and read its measures; UnreadableError if it is missing, broken or cut short."""
    with open_video(path) as (container, stream):
        rate = stream_rate(path, stream)
        first: VideoFrame | None = None
        frames = 0
        for packet in _packets(path, container, stream):
            frames += bool(packet.size) and not packet.is_discard
            if first is None:
                first = next(iter(stream.codec_context.decode(packet)), None)
        if first is None:
            raise UnreadableError(f"{path}: it holds no frames")
        width, height = first.width, first.height
        if quarter_turns(first) % 2:
            width, height = height, width
        has_audio = bool(container.streams.audio)
    return VideoInfo(frames, float(rate), width, height, float(frames / rate), has_audio)


def read_frames(
    path: Path, indices: Iterable[int] | None = None, size: tuple[int, int] | None = None
) -> Iterator[NDArray[np.uint8]]:
    """Frames as uint8 [H, W, 3] RGB, upright, one at a time.

    indices: frame numbers from 0, rising (they may repeat); without them every frame comes. size: (width,
    height) in pixels to scale to. UnreadableError if the file is missing or broken, or ends before an index.
    """
    wanted = None if indices is None else list(indices)
    if wanted is not None and (wanted != sorted(wanted) or min(wanted, default=0) < 0):
        raise ValueError("frame indices rise from 0")
    if wanted == []:
        return
    position = 0
    count = 0
    with open_video(path) as (container, stream):
        for count, frame in enumerate(_decode(path, container, stream), 1):
            if frame.is_corrupt:
                raise UnreadableError(f"{path}: frame {count - 1} is broken")
            if wanted is None:
                yield to_rgb(frame, size)
                continue
            if wanted[position] != count - 1:
                continue
            picture = to_rgb(frame, size)
            while position < len(wanted) and wanted[position] == count - 1:
                yield picture
                position += 1
            if position == len(wanted):
                return
        if wanted is not None:
            raise UnreadableError(
                f"{path}: it ends after {count} frames, and frame {wanted[position]} was asked for"
            )
        if count == 0:
            raise UnreadableError(f"{path}: it holds no frames")


def write_video(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float,
    crf: int = 18,
    lossless: bool = False,
    sound: Sound | None = None,
) -> int:
    """Write uint8 [H, W, 3] RGB frames as they come, atomically; gives their number.

    H.264 yuv420p BT.709 at constant quality `crf`, of even width and height; lossless: FFV1 in Matroska
    (.mkv), every pixel as it was. sound: as long as the pictures; it is kept in 24 bits, as FLAC, and needs .mp4.
    RecordError if there are no frames or they differ in size or type, or the sound is of another length.
    """
    check_suffix(path, lossless)
    if sound is not None:
        check_sound(path, sound)
    counted = 0

    def encode(part: Path) -> None:
        nonlocal counted
        with create_video(part, path.suffix) as container:
            counted = _encode(container, path, frames, frame_rate(fps), None if lossless else crf, sound)

    write_atomic(path, encode)
    return counted


def _decode(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in _packets(path, container, stream):
        yield from stream.codec_context.decode(packet)


def _packets(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
    """Every packet and the empty one that ends them; UnreadableError if fewer than the head promises.

    MP4 promises frames, Matroska a length (which holds for our own FFV1); other containers only estimate.
    """
    expected = stream.frames if container.format.name.startswith("mov") else 0
    if stream.codec_context.name == "ffv1" and container.duration is not None:
        expected = round(container.duration * stream_rate(path, stream) / av.time_base)
    count = 0
    for packet in container.demux(stream):
        count += bool(packet.size)
        yield packet
    if count < expected:
        raise UnreadableError(f"{path}: it is cut short, {count} of {expected} frames are there")


def _encode(
    container: OutputContainer,
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate: Fraction,
    crf: int | None,
    sound: Sound | None,
) -> int:
    """Encode and mux every frame, the sound beside it; `crf` None is lossless."""
    stream: VideoStream | None = None
    track: SoundTrack | None = None
    shape: tuple[int, ...] = ()
    count = 0
    for picture in frames:
        if stream is None:
            shape = picture.shape
            _check_shape(path, shape, even=crf is not None)
            stream = _add_stream(container, shape[1], shape[0], rate, crf)
            track = None if sound is None else SoundTrack(container, sound, rate)
        if picture.shape != shape or picture.dtype != np.uint8:
            given = f"{picture.dtype} {list(picture.shape)}"
            raise RecordError(f"{path.name}: frame {count} is {given}; all must be uint8 {list(shape)}")
        picture = np.ascontiguousarray(picture)
        if crf is None:
            frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0", threads=1)
        else:
            frame = to_yuv420(picture)
        frame.pts, frame.time_base, frame.duration = count, 1 / rate, 1
        container.mux(stream.encode(frame))
        count += 1
        if track is not None:
            track.upto(count)
    if stream is None:
        raise RecordError(f"{path.name}: there are no frames to write")
    container.mux(stream.encode(None))
    if track is not None:
        track.finish(path, count)
    return count


def _check_shape(path: Path, shape: tuple[int, ...], even: bool) -> None:
    if len(shape) != 3 or shape[2] != 3 or not all(shape):
        raise RecordError(f"{path.name}: a frame is uint8 [H, W, 3], and this is {list(shape)}")
    if even and (shape[0] % 2 or shape[1] % 2):
        raise RecordError(f"{path.name}: {shape[1]}x{shape[0]} is odd; H.264 takes an even width and height")


def _add_stream(
    container: OutputContainer, width: int, height: int, rate: Fraction, crf: int | None
) -> VideoStream:
    if crf is None:
        stream = container.add_stream("ffv1", rate=rate, options=FFV1_OPTIONS)
        stream.pix_fmt = "bgr0"
    else:
        stream = container.add_stream("libx264", rate=rate, options={**H264_OPTIONS, "crf": str(crf)})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace = Colorspace.ITU709
        stream.codec_context.color_range = ColorRange.MPEG
        stream.codec_context.color_primaries = BT709
        stream.codec_context.color_trc = BT709
    stream.width, stream.height = width, height
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.thread_count = 1
    return stream
