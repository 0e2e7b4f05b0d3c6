"""Between a video's own pixels and RGB, without the drift that swscale's defaults bring.

Its fast path darkens a picture by about one level at each trip to YUV and back, so that ten extensions lose
eleven levels; with full chroma and accurate rounding the mean stays within a twentieth of a level. One thread: a pool
of them for every frame costs small frames several times their work, and equal pictures must come out equal.
"""

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

SCALING = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.BITEXACT
)

HD_LINES = 720
"""An untagged video of so many lines is BT.709, a smaller one BT.601, as players take it."""

UNSPECIFIED = 2


def to_yuv420(picture: NDArray[np.uint8]) -> VideoFrame:
    """uint8 [H, W, 3] RGB as a BT.709 frame of limited range."""
    return VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        format="yuv420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=SCALING,
        threads=1,
    )


def to_rgb(frame: VideoFrame, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """A decoded frame as uint8 [H, W, 3] RGB, turned upright, scaled to `size` (width, height) if given."""
    turns = quarter_turns(frame)
    width, height = size or (None, None)
    if turns % 2:
        width, height = height, width
    colours = _colours(frame)
    scaled = frame.reformat(
        width=width, height=height, format="rgb24", interpolation=SCALING, threads=1, **colours
    )
    picture = scaled.to_ndarray().astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def quarter_turns(frame: VideoFrame) -> int:
    """How many quarter turns counterclockwise stand the frame upright: a telephone films on its side."""
    return round(frame.rotation / 90) % 4


def yuv_matrix(frame: VideoFrame) -> int:
    """swscale's number for the frame's YUV matrix, guessed by its height when the file does not say."""
    if frame.colorspace in (1, 4, 5, 7, 9):
        return int(frame.colorspace)
    untagged_hd = frame.colorspace == UNSPECIFIED and frame.height >= HD_LINES
    return int(Colorspace.ITU709 if untagged_hd else Colorspace.ITU601)


def is_full_range(frame: VideoFrame) -> bool:
    """Whether its levels reach from 0 to 255 and not, as video's do, from 16 to 235."""
    return bool(frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj"))


def _colours(frame: VideoFrame) -> dict[str, int]:
    if frame.format.is_rgb:
        return {}
    return {
        "src_colorspace": yuv_matrix(frame),
        "dst_colorspace": int(Colorspace.ITU709),
        "src_color_range": int(ColorRange.JPEG if is_full_range(frame) else ColorRange.MPEG),
        "dst_color_range": int(ColorRange.JPEG),
    }
