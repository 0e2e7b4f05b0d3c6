"""Opening containers of video: one way in, one way out, and every error of theirs as one of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from reelkit.errors import UnreadableError, UsageError

MUXERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
MUXER_OPTIONS = {
    "mp4": {"movflags": "+faststart", "fflags": "+bitexact"},
    "mov": {"movflags": "+faststart", "fflags": "+bitexact"},
    "matroska": {"fflags": "+bitexact"},
}
"""`bitexact` leaves out what differs from run to run: dates, random identifiers, library versions."""


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream; UnreadableError, with path and reason, for whatever fails."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UnreadableError(f"{path}: it holds no video")
            yield container, container.streams.video[0]
    except (av.FFmpegError, OSError) as exc:
        raise UnreadableError(f"{path}: {exc.strerror or exc}") from exc


@contextmanager
def create_video(part: Path, suffix: str) -> Iterator[OutputContainer]:
    """A container to write at `part`, of the format that `suffix` names."""
    muxer = MUXERS[suffix]
    with av.open(str(part), "w", format=muxer, container_options=MUXER_OPTIONS[muxer]) as container:
        yield container


def check_suffix(path: Path, lossless: bool = False) -> None:
    """UsageError where a video cannot be written under such a name."""
    if lossless and path.suffix != ".mkv":
        raise UsageError(f"{path.name}: lossless video is kept in .mkv")
    if path.suffix not in MUXERS:
        raise UsageError(f"{path.name}: a video's name ends in {', '.join(MUXERS)}")


def stream_rate(path: Path, stream: VideoStream) -> Fraction:
    """Frames a second; UnreadableError where the file does not tell."""
    rate = stream.average_rate or stream.guessed_rate
    if not rate:
        raise UnreadableError(f"{path}: it does not say how many frames a second it has")
    return rate


def frame_rate(fps: float) -> Fraction:
    """Frames a second as a fraction: 23.976 and its like as thousands over 1001."""
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    if fps != round(fps) and abs(float(ntsc) - fps) < 0.005:
        return ntsc
    return Fraction(fps).limit_denominator(1001)
