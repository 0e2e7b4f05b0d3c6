"""Joining videos by stream copy: the chunks of a take become its file, and nothing is encoded twice."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from reelkit.errors import RecordError
from reelkit.media.atomic import write_atomic
from reelkit.media.audio import CODEC, SUFFIX, JoinedSound, samples_for, traits
from reelkit.media.containers import check_suffix, create_video, open_video, stream_rate

TRAITS: dict[str, Callable[[VideoStream], Any]] = {
    "codec": lambda stream: stream.codec_context.name,
    "size": lambda stream: (stream.codec_context.width, stream.codec_context.height),
    "frame rate": lambda stream: stream.average_rate,
    "encoder setting": lambda stream: stream.codec_context.extradata,
}
"""What must be one in all parts, for a stream says it once."""
SLACK = Fraction(1, 100)
"""Seconds by which a part's sound may be shorter or longer than its picture, as roundings make it."""


def join_videos(paths: Sequence[Path], out: Path) -> int:
    """Join videos without decoding them, atomically; gives the number of frames, the sum of the parts'.

    Sound that `write_video` wrote is copied too. Where only some parts have sound, the others' stretches are silent:
    what was heard stays where it was in the picture. RecordError if the parts differ in codec, size, rate or settings,
    or in those of their sound, or hold B-frames or a sound that outlasts the picture, so that their packets cannot
    stand in one stream; UnreadableError if a part cannot be read.
    """
    if not paths:
        raise RecordError(f"{out.name}: there is nothing to join")
    check_suffix(out)
    heard = next(filter(_has_sound, paths), None)
    counted = 0

    def copy(part: Path) -> None:
        nonlocal counted
        with ExitStack() as opened:
            _, first = opened.enter_context(open_video(paths[0]))
            sounding = None
            if heard is not None:
                source, _ = opened.enter_context(open_video(heard))
                sounding = source.streams.audio[0]
                _check_sound(heard, sounding, out)
            container = opened.enter_context(create_video(part, out.suffix))
            join = _Join(container, paths[0], first, heard, sounding)
            for path in paths:
                join.append(path)
            counted = join.frames

    write_atomic(out, copy)
    return counted


class _Join:
    """The streams that the parts' packets go into, and how far they are."""

    def __init__(
        self,
        container: OutputContainer,
        path: Path,
        first: VideoStream,
        heard: Path | None,
        sounding: AudioStream | None,
    ) -> None:
        self.container, self.path, self.first = container, path, first
        self.heard, self.sounding = heard, sounding
        self.rate = stream_rate(path, first)
        self.stream = container.add_stream_from_template(first)
        self.stream.time_base = 1 / self.rate
        self.sound = None if sounding is None else JoinedSound(container, sounding, self.rate)
        self.frames = 0

    def append(self, path: Path) -> None:
        """Copy a part's packets behind those that are there."""
        begin, samples = self.frames, 0 if self.sound is None else self.sound.done
        with open_video(path) as (source, stream):
            _check_alike(path, stream, self.path, self.first)
            for packet in source.demux([stream, *self._sounds(path, source.streams.audio)]):
                if not packet.size:
                    continue
                if packet.stream is stream:
                    self._picture(path, packet)
                elif self.sound is not None:
                    self.sound.copy(packet)
        if self.sound is not None:
            self._settle(path, self.sound, self.frames - begin, self.sound.done - samples)

    def _sounds(self, path: Path, streams: Sequence[AudioStream]) -> Sequence[AudioStream]:
        if self.sounding is None or self.heard is None or not streams:
            return []
        wanted, given = traits(self.sounding), traits(streams[0])
        for what, value in given.items():
            if value != wanted[what]:
                raise RecordError(f"{path}: the {what} differs from that of {self.heard.name}; make it anew to join it")
        return streams[:1]

    def _picture(self, path: Path, packet: av.Packet) -> None:
        if packet.pts is None or packet.pts != packet.dts:
            raise RecordError(f"{path}: it holds B-frames, which cannot be joined; encode it anew")
        packet.stream = self.stream
        packet.time_base = 1 / self.rate
        packet.pts = packet.dts = self.frames
        packet.duration = 1
        self.container.mux_one(packet)
        self.frames += 1

    def _settle(self, path: Path, sound: JoinedSound, frames: int, samples: int) -> None:
        """Make up for a part whose sound ends before its picture."""
        late = samples_for(frames, self.rate, sound.rate) - samples
        if late < -SLACK * sound.rate:
            raise RecordError(f"{path}: its sound is {-late / sound.rate:.2f} s longer than its picture; make it anew")
        if late > SLACK * sound.rate:
            sound.fill(self.frames)


def _has_sound(path: Path) -> bool:
    with open_video(path) as (container, _):
        return bool(container.streams.audio)


def _check_sound(path: Path, sound: AudioStream, out: Path) -> None:
    name = sound.codec_context.name
    if name != CODEC or {path.suffix, out.suffix} != {SUFFIX}:
        raise RecordError(f"{path}: its sound is {name} in {path.suffix}, and only {CODEC} in {SUFFIX} can be joined")


def _check_alike(path: Path, stream: VideoStream, first_path: Path, first: VideoStream) -> None:
    for what, of in TRAITS.items():
        if of(stream) != of(first):
            raise RecordError(
                f"{path}: its {what} differs from that of {first_path.name}; encode it anew to join it"
            )
