"""The film's frames as a stream: each take decoded once, brought to the film's size and rate, and blended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from reelkit.cutting.timeline import Piece, Span
from reelkit.errors import RecordError
from reelkit.media.colour import is_full_range, quarter_turns, yuv_matrix

Planes = NDArray[np.uint8]
"""A yuv420p picture in BT.709 video range, uint8 [H * 3 / 2, W]: luma rows, then the two chroma planes."""

SCALING = Interpolation.LANCZOS | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
HOLD = Fraction(3, 2)
"""How many of its own frames a take may fall short of its span; the last one is held for them."""

NOTHING: Planes = np.empty((0, 0), np.uint8)


class BrokenTake(RecordError):
    """A take that cannot be decoded as far as the film needs it; `shot` is whose it is."""

    def __init__(self, piece: Piece, reason: str) -> None:
        super().__init__(f"take {piece.take} of shot {piece.shot} ({piece.path}): {reason}; make it again")
        self.shot = piece.shot


def film_frames(spans: Sequence[Span], size: tuple[int, int], rate: Fraction) -> Iterator[Planes]:
    """Every frame of the film in order. size: (width, height), even; rate: frames a second.

    At most two takes are open at once. Raises BrokenTake when a take ends before its span does.
    """
    sources = [_span_frames(span, size, rate) for span in spans]
    for index, span in enumerate(spans):
        follower = spans[index + 1] if index + 1 < len(spans) else None
        tail = follower.lead if follower is not None else 0
        for place in range(span.lead, span.frames):
            picture = next(sources[index])
            into_tail = place - (span.frames - tail)
            if into_tail >= 0:
                picture = mix(picture, next(sources[index + 1]), (into_tail + 1) / (tail + 1))
            yield _faded(picture, span, place, first=index == 0, last=follower is None)


def check_picture(span: Span, rate: Fraction) -> None:
    """Decode a take as far as the film needs it and scale nothing; raises BrokenTake where that fails."""
    for _ in _span_frames(span, None, rate):
        pass


def mix(one: Planes, other: Planes, share: float) -> Planes:
    """A picture that is `share` (0..1) of `other` and the rest of `one`."""
    weight = round(share * 256)
    blended = one.astype(np.uint16) * (256 - weight) + other.astype(np.uint16) * weight
    return ((blended + 128) >> 8).astype(np.uint8)


def black(size: tuple[int, int]) -> Planes:
    """A black picture in video range."""
    width, height = size
    picture = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    picture[:height] = 16
    return picture


def _faded(picture: Planes, span: Span, place: int, first: bool, last: bool) -> Planes:
    if not span.fade:
        return picture
    light = 1.0
    if not first and place < span.fade:
        light = (place + 0.5) / span.fade
    if not last and span.frames - place <= span.fade:
        light = min(light, (span.frames - place - 0.5) / span.fade)
    if light >= 1.0:
        return picture
    return mix(black((picture.shape[1], picture.shape[0] * 2 // 3)), picture, light)


def _span_frames(span: Span, size: tuple[int, int] | None, rate: Fraction) -> Iterator[Planes]:
    """`span.frames` pictures of its take, the source frame that is on screen in the middle of each.

    Without a size they are decoded and empty.
    """
    source = _conformed(span.piece, size)
    try:
        time, picture, length = next(source)
    except StopIteration:
        raise BrokenTake(span.piece, "no frame can be decoded") from None
    upcoming = next(source, None)
    for place in range(span.frames):
        wanted = (place + Fraction(1, 2)) / rate
        while upcoming is not None and upcoming[0] <= wanted:
            time, picture, length = upcoming
            upcoming = next(source, None)
        if upcoming is None and wanted - time > HOLD * length + 1 / rate:
            raise BrokenTake(
                span.piece,
                f"it ends after {float(time + length):.2f} of {float(span.frames / rate):.2f} seconds",
            )
        yield picture


def _conformed(piece: Piece, size: tuple[int, int] | None) -> Iterator[tuple[Fraction, Planes, Fraction]]:
    """(time from the start, picture, how long a frame lasts) of each frame of the file, in order."""
    try:
        with av.open(str(piece.path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            aspect = Fraction(stream.sample_aspect_ratio or 1)
            length = 1 / Fraction(stream.average_rate or stream.guessed_rate or 24)
            begin: Fraction | None = None
            for index, frame in enumerate(container.decode(stream)):
                if frame.is_corrupt:
                    raise BrokenTake(piece, f"its frame {index} is broken")
                stamp = index * length
                if frame.pts is not None and frame.time_base is not None:
                    stamp = frame.pts * frame.time_base
                begin = stamp if begin is None else begin
                yield stamp - begin, NOTHING if size is None else conform(frame, size, aspect), length
    except (FFmpegError, OSError, IndexError, ValueError) as error:
        raise BrokenTake(piece, str(error)) from error


def conform(frame: av.VideoFrame, size: tuple[int, int], aspect: Fraction = Fraction(1)) -> Planes:
    """A decoded frame as BT.709 yuv420p of `size`: upright, Lanczos, black bars where the shape differs.

    A frame that is so already keeps its bytes. aspect: width of a source pixel over its height.
    """
    turns = quarter_turns(frame)
    wide = frame.width * (aspect if aspect > 0 else 1)
    width, height = fit((frame.height, wide) if turns % 2 else (wide, frame.height), size)
    matrix = int(Colorspace.ITU709) if frame.format.is_rgb else yuv_matrix(frame)
    full = is_full_range(frame)
    target = (height, width) if turns % 2 else (width, height)
    kept = (frame.width, frame.height) == target and frame.format.name == "yuv420p"
    if kept and matrix == Colorspace.ITU709 and not full:
        scaled = frame
    else:
        scaled = frame.reformat(
            width=target[0],
            height=target[1],
            format="yuv420p",
            src_colorspace=matrix,
            dst_colorspace=int(Colorspace.ITU709),
            src_color_range=int(ColorRange.JPEG if full or frame.format.is_rgb else ColorRange.MPEG),
            dst_color_range=int(ColorRange.MPEG),
            interpolation=SCALING,
            threads=1,
        )
    picture = scaled.to_ndarray(format="yuv420p").astype(np.uint8, copy=False)
    if turns:
        upright = np.empty((height * 3 // 2, width), dtype=np.uint8)
        planes = zip(_split(upright, (width, height)), _split(picture, target), strict=True)
        for plane, lying in planes:
            plane[:] = np.rot90(lying, turns)
        picture = upright
    return picture if (width, height) == size else letterbox(picture, (width, height), size)


def fit(shape: tuple[Fraction | int, Fraction | int], size: tuple[int, int]) -> tuple[int, int]:
    """The largest even (width, height) shaped like `shape` inside `size`; `size` when within 2 pixels."""
    scale = min(Fraction(size[0]) / shape[0], Fraction(size[1]) / shape[1])
    fitted = [max(2, 2 * round(side * scale / 2)) for side in shape]
    width, height = (most if most - side <= 2 else side for side, most in zip(fitted, size, strict=True))
    return width, height


def letterbox(picture: Planes, inner: tuple[int, int], size: tuple[int, int]) -> Planes:
    """`picture` of `inner` (width, height) in the middle of a black picture of `size`, on even pixels."""
    left, top = ((most - side) // 4 * 2 for side, most in zip(inner, size, strict=True))
    framed = black(size)
    for (x, y, w, h), (inner_plane, plane) in zip(
        ((left, top, *inner), *(((left // 2, top // 2, inner[0] // 2, inner[1] // 2),) * 2)),
        zip(_split(picture, inner), _split(framed, size), strict=True),
        strict=True,
    ):
        plane[y : y + h, x : x + w] = inner_plane
    return framed


def _split(picture: Planes, size: tuple[int, int]) -> list[Planes]:
    """The three planes of a picture, as views."""
    width, height = size
    flat = picture.reshape(-1)
    luma, chroma = width * height, width * height // 4
    return [
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(height // 2, width // 2),
        flat[luma + chroma :].reshape(height // 2, width // 2),
    ]
