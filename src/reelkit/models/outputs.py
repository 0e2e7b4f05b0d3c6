"""What a family made, as files: latents beside a clip or a still."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reelkit.media.atomic import write_bytes_atomic
from reelkit.media.image import write_png
from reelkit.media.video import write_video

if TYPE_CHECKING:
    from reelkit.models.family import Clip


def write_clip(out: Path, clip: Clip, fps: float, still: bool) -> None:
    """Write `out.safetensors`, if anything is handed on, and `out.mp4` or `out.png`, each atomically."""
    if clip.handed_on:
        from safetensors.torch import save

        tensors = {name: value.cpu().contiguous() for name, value in clip.handed_on.items()}
        # Not `save_file`, which renames a file of its own over the one that `write_atomic` holds for this writer.
        write_bytes_atomic(out.with_name(out.name + ".safetensors"), save(tensors))
    if still:
        write_png(out.with_name(out.name + ".png"), clip.frames[0])
    else:
        write_video(out.with_name(out.name + ".mp4"), iter(clip.frames), fps)
