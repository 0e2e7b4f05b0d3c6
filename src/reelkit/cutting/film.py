"""One film from a cut list: picture, sound, subtitles and editor's timeline, each complete or not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import msgspec

from reelkit.cutting.encode import Chapter, Encoding, check_suffix, encode
from reelkit.cutting.picture import BrokenTake, check_picture, film_frames
from reelkit.cutting.soundtrack import check_sound, write_soundtrack
from reelkit.cutting.subtitles import as_srt, subtitles
from reelkit.cutting.timeline import Span
from reelkit.errors import RecordError
from reelkit.media.atomic import PART_SUFFIX, make_folder, write_atomic, write_bytes_atomic
from reelkit.media.keys import file_key


class FilmPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a film is made from."""

    path: Path
    title: str
    spans: Sequence[Span]
    rate: Fraction
    size: tuple[int, int]
    """(width, height), even."""
    scenes: Mapping[str, str] = {}
    """Scene id -> heading, for the chapters."""
    subtitles: str = "file"
    """`file`, `burn` or `none`."""
    crf: int = 18
    preset: str = "medium"


def make_film(plan: FilmPlan) -> str:
    """Encode the film at `plan.path` and return its SHA-256 in hexadecimal.

    The film appears under its name when it is whole, replacing one that was there; so do its subtitles
    (`FILM.srt`); with `file` and no dialogue, those of an earlier film are removed. Raises BrokenTake when a
    take ends early.
    """
    text = as_srt(subtitles(plan.spans, plan.rate)) if plan.subtitles != "none" else ""
    sound = plan.path.with_name(f".{plan.path.name}.{uuid4().hex[:12]}.sound{PART_SUFFIX}")
    make_folder(plan.path.parent)
    encoding = Encoding(
        size=plan.size,
        rate=plan.rate,
        muxer=check_suffix(plan.path),
        title=plan.title,
        chapters=tuple(chapters(plan.spans, plan.rate, plan.scenes)),
        burn=text if plan.subtitles == "burn" and text else None,
        crf=plan.crf,
        preset=plan.preset,
    )

    def write(path: Path) -> None:
        count = encode(path, film_frames(plan.spans, plan.size, plan.rate), sound, encoding)
        if count != plan.spans[-1].end:
            raise RecordError(f"{plan.path}: {count} of {plan.spans[-1].end} frames were encoded")

    try:
        write_soundtrack(sound, plan.spans, plan.rate)
        write_atomic(plan.path, write)
    finally:
        sound.unlink(missing_ok=True)
    srt = plan.path.with_suffix(".srt")
    if text and plan.subtitles == "file":
        write_bytes_atomic(srt, text.encode())
    elif plan.subtitles == "file":
        srt.unlink(missing_ok=True)
    return file_key(plan.path)


def broken_takes(spans: Sequence[Span], rate: Fraction) -> list[BrokenTake]:
    """Every take that cannot be decoded as far as the film needs it; decodes all of them and encodes nothing."""
    broken = []
    for span in spans:
        try:
            check_sound(span, rate)
            check_picture(span, rate)
        except BrokenTake as error:
            broken.append(error)
    return broken


def chapters(spans: Sequence[Span], rate: Fraction, scenes: Mapping[str, str]) -> list[Chapter]:
    """One chapter for each run of shots of one scene, from its first frame to the next one's first."""
    starts = [
        (span.start, span.piece.scene)
        for index, span in enumerate(spans)
        if index == 0 or span.piece.scene != spans[index - 1].piece.scene
    ]
    ends = [start for start, _ in starts[1:]] + ([spans[-1].end] if spans else [])
    return [
        Chapter(round(start / rate * 1000), round(end / rate * 1000), scenes.get(scene or "") or scene or "")
        for (start, scene), end in zip(starts, ends, strict=True)
    ]
