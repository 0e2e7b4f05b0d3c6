"""The past of a shot as pictures: whole latents of it, and what a video begins from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from reelkit.media.image import write_png
from reelkit.models import GenerateRequest
from reelkit.models.past import PAST, Continued


class Nine(Continued):
    tail = 9


def asked(**more) -> GenerateRequest:
    return GenerateRequest(model="m", prompt="p", width=4, height=2, frames=5, seed=1, out="o", **more)


@pytest.mark.parametrize(("lengths", "whole", "kept"), [((3, 4), 1, 7), ((3, 4), 4, 5), ((8, 8), 4, 9), ((7,), 8, 1)])
def test_the_newest_of_the_past_fill_latents(tmp_path: Path, lengths: tuple[int, ...], whole: int, kept: int):
    frames = np.arange(sum(lengths), dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 4, 3), np.uint8)
    for index, piece in enumerate(np.split(frames, np.cumsum(lengths)[:-1])):
        save_file({PAST: np.ascontiguousarray(piece)}, tmp_path / f"{index}.safetensors")
    history = [str(tmp_path / f"{index}.safetensors") for index in range(len(lengths))]
    assert np.array_equal(Nine().past(asked(history=history), whole), frames[-kept:])


def test_without_a_past_a_video_begins_from_its_start_keyframe_or_nothing(tmp_path: Path):
    write_png(tmp_path / "start.png", np.full((4, 8, 3), 90, np.uint8))
    begun, plain = asked(start=str(tmp_path / "start.png")), asked()
    none = Nine().past(plain)
    assert none.shape == (0, 2, 4, 3) and none.dtype == np.uint8
    assert Nine().first_picture(none, plain) is None
    still = Nine().first_picture(none, begun)
    assert still is not None and still.size == (4, 2)
    last = Nine().first_picture(np.stack([np.zeros((2, 4, 3), np.uint8), np.full((2, 4, 3), 7, np.uint8)]), begun)
    assert last is not None and np.array_equal(np.asarray(last), np.full((2, 4, 3), 7))
