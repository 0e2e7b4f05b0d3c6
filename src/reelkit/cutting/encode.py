"""One ffmpeg process: frames and sound in, a finished film out, under its final name only when whole."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import msgspec
import numpy as np

from reelkit.cutting.picture import Planes
from reelkit.cutting.soundtrack import CHANNELS, SAMPLE_RATE
from reelkit.errors import RecordError, UnavailableError, UsageError

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""File suffix -> ffmpeg's muxer."""
PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"),
    "placebo",
)
"""x264's speed presets, fastest first."""


class Chapter(msgspec.Struct, frozen=True):
    """A scene in the film's chapter list; times in milliseconds."""

    start: int
    end: int
    title: str


class Encoding(msgspec.Struct, frozen=True, kw_only=True):
    """How a film is encoded, beside its pictures and sound."""

    size: tuple[int, int]
    """(width, height) in pixels, both even."""
    rate: Fraction
    """Frames a second."""
    muxer: str = "mp4"
    """ffmpeg's name of the container; `check_suffix` gives it."""
    title: str = ""
    chapters: tuple[Chapter, ...] = ()
    burn: str | None = None
    """SubRip text to draw into the picture."""
    crf: int = 18
    preset: str = "medium"
    bitrate: str = "192k"
    """Of the AAC sound."""


def check_suffix(film: Path) -> str:
    """ffmpeg's muxer for the film's suffix. Raises UsageError for one that H.264 and AAC do not go into."""
    muxer = CONTAINERS.get(film.suffix.lower())
    if muxer is None:
        raise UsageError(f"-o {film}: the film is H.264 and AAC; end its name in {', '.join(CONTAINERS)}")
    return muxer


def encode(film: Path, frames: Iterable[Planes], sound: Path, encoding: Encoding) -> int:
    """Write `film` and return how many frames went in.

    frames: yuv420p pictures, BT.709 video range, [H * 3 / 2, W]; sound: raw stereo s16le at 48 kHz. Writes to
    the given path itself: `reelkit.media.atomic` gives it a temporary one. Errors that `frames` raises pass
    through, after ffmpeg is stopped. Raises RecordError when ffmpeg fails, UnavailableError without ffmpeg.
    """
    with tempfile.TemporaryDirectory(prefix="reel-encode-") as folder:
        work = Path(folder)
        (work / "meta.txt").write_text(_metadata(encoding), encoding="utf-8")
        if encoding.burn is not None:
            (work / "burn.srt").write_text(encoding.burn, encoding="utf-8")
        command = _command(film.resolve(), sound.resolve(), encoding)
        with (work / "ffmpeg.log").open("w+b") as log:
            process = _start(command, work, log.fileno())
            try:
                count, status = _feed(process, frames)
            except BaseException:
                process.kill()
                process.wait()
                raise
            if status != 0:
                log.seek(0)
                reason = log.read().decode(errors="replace").strip().splitlines()
                raise RecordError(f"ffmpeg could not write {film}: {' / '.join(reason[-3:]) or status}")
    return count


def _start(command: list[str], work: Path, log: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, cwd=work, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, bufsize=0
        )
    except OSError as error:
        raise UnavailableError(f"ffmpeg does not start ({error}); reinstall imageio-ffmpeg") from error


def _feed(process: subprocess.Popen[bytes], frames: Iterable[Planes]) -> tuple[int, int]:
    """Push every frame into the process; frames pushed, and its exit status."""
    assert process.stdin is not None
    count = 0
    try:
        for frame in frames:
            view = np.ascontiguousarray(frame).reshape(-1).data
            while view:
                view = view[process.stdin.write(view) :]
            count += 1
    except BrokenPipeError:
        pass
    with suppress(BrokenPipeError):
        process.stdin.close()
    return count, process.wait()


def _command(film: Path, sound: Path, encoding: Encoding) -> list[str]:
    width, height = encoding.size
    tags = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]
    rate = f"{encoding.rate.numerator}/{encoding.rate.denominator}"
    quicktime = encoding.muxer in ("mp4", "mov")
    filters = ["setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"]
    if encoding.burn:
        filters.append("subtitles=burn.srt")
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-hide_banner", "-nostdin", "-loglevel", "error", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{width}x{height}"),
        *("-framerate", rate, "-i", "pipe:0"),
        *("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", str(CHANNELS), "-i", str(sound)),
        *("-f", "ffmetadata", "-i", "meta.txt"),
        *("-map", "0:v", "-map", "1:a", "-map_metadata", "2", "-map_chapters", "2"),
        *("-vf", ",".join(filters), "-c:v", "libx264", "-pix_fmt", "yuv420p"),
        *("-crf", str(encoding.crf), "-preset", encoding.preset, *tags),
        *("-c:a", "aac", "-b:a", encoding.bitrate, "-ar", str(SAMPLE_RATE)),
        *(("-video_track_timescale", str(encoding.rate.numerator)) if quicktime else ()),
        *(("-movflags", "+faststart") if quicktime else ()),
        *("-fflags", "+bitexact", "-f", encoding.muxer, str(film)),
    ]


def _metadata(encoding: Encoding) -> str:
    """Title and chapters in ffmpeg's metadata format."""
    lines = [";FFMETADATA1", f"title={_escaped(encoding.title)}"]
    for chapter in encoding.chapters:
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={chapter.start}", f"END={chapter.end}"]
        lines.append(f"title={_escaped(chapter.title)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "=;#\\\n" else c for c in text)
