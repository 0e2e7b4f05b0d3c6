"""The cut for an editor's own program, through OpenTimelineIO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from reelkit.cutting.timeline import Span
from reelkit.errors import UsageError


def adapter_for(path: Path) -> str:
    """OpenTimelineIO's adapter for the file's suffix. Raises UsageError when none is installed."""
    try:
        return str(otio.adapters.from_filepath(str(path)).name)
    except otio.exceptions.OTIOError as error:
        known = ", ".join(
            f".{suffix}" for suffix in sorted(otio.adapters.suffixes_with_defined_adapters(write=True))
        )
        raise UsageError(f"--timeline {path}: OpenTimelineIO writes {known}") from error


def editorial(
    title: str, spans: Sequence[Span], rate: Fraction, scenes: Mapping[str, str], transition: str = "cut"
) -> otio.schema.Timeline:
    """The film as an OpenTimelineIO timeline: a video track, an audio track where takes have sound.

    Each clip refers to its take by absolute path and carries shot, scene and take key under `reelkit`. A
    dissolve stands as an OTIO transition whose offsets lie half before and half after the cut; a fade, which
    OTIO has no transition for, as a note in the clip's metadata.
    """
    fps = float(rate)
    timeline = otio.schema.Timeline(name=title, global_start_time=otio.opentime.RationalTime(0, fps))
    picture = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    sound = otio.schema.Track(name="A1", kind=otio.schema.TrackKind.Audio)
    timeline.tracks.extend([picture, sound] if any(s.piece.has_audio for s in spans) else [picture])
    scene: str | None = None
    for index, span in enumerate(spans):
        tail = spans[index + 1].lead if index + 1 < len(spans) else 0
        head = span.lead // 2
        frames = span.frames - head - (tail - tail // 2)
        if span.lead:
            picture.append(
                otio.schema.Transition(
                    name="dissolve",
                    transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                    in_offset=otio.opentime.RationalTime(span.lead // 2, fps),
                    out_offset=otio.opentime.RationalTime(span.lead - span.lead // 2, fps),
                )
            )
        clip = _clip(span, head, frames, fps, transition)
        if span.piece.scene is not None and span.piece.scene != scene:
            scene = span.piece.scene
            clip.markers.append(
                otio.schema.Marker(
                    name=scenes.get(scene) or scene,
                    marked_range=otio.opentime.TimeRange(
                        otio.opentime.RationalTime(head, fps), otio.opentime.RationalTime(0, fps)
                    ),
                )
            )
        picture.append(clip)
        if span.piece.has_audio:
            sound.append(_clip(span, head, frames, fps, transition))
        else:
            sound.append(otio.schema.Gap(duration=otio.opentime.RationalTime(frames, fps)))
    return timeline


def _clip(span: Span, head: int, frames: int, fps: float, transition: str) -> otio.schema.Clip:
    piece = span.piece
    start = otio.opentime.RationalTime(head, fps)
    available = max(span.frames, int(piece.available * Fraction(fps)))
    about = {"shot": piece.shot, "scene": piece.scene, "take": piece.take}
    if span.fade:
        about["transition"] = transition
    return otio.schema.Clip(
        name=piece.shot,
        media_reference=otio.schema.ExternalReference(
            target_url=piece.path.resolve().as_uri(),
            available_range=otio.opentime.TimeRange(
                otio.opentime.RationalTime(0, fps), otio.opentime.RationalTime(available, fps)
            ),
        ),
        source_range=otio.opentime.TimeRange(start, otio.opentime.RationalTime(frames, fps)),
        metadata={"reelkit": about},
    )


def write_editorial(path: Path, timeline: otio.schema.Timeline, adapter: str) -> None:
    """Write the timeline in the adapter's format to `path`."""
    otio.adapters.write_to_file(timeline, str(path), adapter_name=adapter)
