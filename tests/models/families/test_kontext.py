"""Kontext: one picture as the pipeline takes it, two on one canvas, and the pass for a negative prompt."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from reelkit.media.image import read_image
from reelkit.models.families.kontext import TRUE_GUIDANCE, canvas
from tests.support.checkpoints import kontext
from tests.support.stills import PROMPT, Studio, as_pixels


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("kontext") / "checkpoint"
    kontext.dev(folder)
    return Studio(folder, (64, 32), steps=1)


@pytest.fixture(scope="module")
def pipe(studio: Studio):
    import diffusers

    found = diffusers.DiffusionPipeline.from_pretrained(studio.folder, dtype=torch.float32)
    found.set_progress_bar_config(disable=True)
    return found


def test_it_draws_what_the_pipeline_draws_when_called_by_hand(studio: Studio, pipe) -> None:
    path = studio.picture("one", 80, 64, 1)
    by_hand = pipe(
        image=Image.fromarray(read_image(path)), prompt=PROMPT, width=64, height=32, max_area=64 * 32,
        num_inference_steps=1, guidance_scale=3.0, generator=torch.Generator().manual_seed(7), output_type="np",
    )
    assert np.array_equal(studio.draw(references=[path], guidance=3.0), as_pixels(by_hand.images))


def test_a_negative_prompt_runs_a_second_pass(studio: Studio, pipe) -> None:
    by_hand = pipe(
        prompt=PROMPT, negative_prompt="A dog.", true_cfg_scale=TRUE_GUIDANCE, width=64, height=32, max_area=64 * 32,
        num_inference_steps=1, guidance_scale=2.5, generator=torch.Generator().manual_seed(7), output_type="np",
    )
    drawn = studio.draw(negative_prompt="A dog.")
    assert np.array_equal(drawn, as_pixels(by_hand.images))
    assert not np.array_equal(drawn, studio.draw())


def test_the_size_is_what_was_asked_for_however_small_or_odd(studio: Studio) -> None:
    for width, height in ((32, 64), (96, 16), (240, 112)):
        assert studio.draw(width=width, height=height).shape == (height, width, 3)


def test_two_references_count_and_so_does_their_order(studio: Studio) -> None:
    paths = [studio.picture("one", 96, 64, 1), studio.picture("two", 64, 64, 2)]
    drawn = studio.draw(references=paths)
    assert not np.array_equal(drawn, studio.draw(references=paths[:1]))
    assert not np.array_equal(drawn, studio.draw(references=paths[::-1]))


def plain(colour: str, *size: int) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_one_picture_is_its_own_canvas() -> None:
    one = plain("red", 30, 20)
    assert canvas([one]) is one


def test_wide_frames_lie_above_each_other_and_portraits_side_by_side() -> None:
    wide = canvas([plain("red", 160, 90), plain("blue", 320, 180)])
    assert wide.size == (320, 360)
    assert wide.getpixel((160, 90)) == (255, 0, 0) and wide.getpixel((160, 270)) == (0, 0, 255)
    tall = canvas([plain("red", 60, 90), plain("blue", 120, 180)])
    assert tall.size == (240, 180)
    assert tall.getpixel((60, 90)) == (255, 0, 0) and tall.getpixel((180, 90)) == (0, 0, 255)


def test_a_portrait_and_a_wide_frame_are_whole_and_leave_no_gap() -> None:
    mixed = np.asarray(canvas([plain("red", 90, 135), plain("blue", 160, 90)]))
    assert set(map(tuple, mixed.reshape(-1, 3))) == {(255, 0, 0), (0, 0, 255)}
    assert 3 / 7 < mixed.shape[1] / mixed.shape[0] < 7 / 3
