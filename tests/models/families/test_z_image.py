"""Z-Image: our guidance is the field's, whatever the pipeline counts; Turbo by its scheduler."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reelkit.errors import RecordError
from tests.support.checkpoints import z_image
from tests.support.stills import PROMPT, Studio, as_pixels


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("base") / "checkpoint"
    z_image.base(folder)
    return Studio(folder, (32, 32))


@pytest.fixture(scope="module")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("turbo") / "checkpoint"
    z_image.turbo(folder)
    return Studio(folder, (32, 32))


def by_hand(studio: Studio, scale: float, **more) -> np.ndarray:
    import diffusers

    pipe = diffusers.DiffusionPipeline.from_pretrained(studio.folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    seed = torch.Generator().manual_seed(7)
    made = pipe(
        prompt=PROMPT, width=32, height=32, num_inference_steps=2, guidance_scale=scale, generator=seed,
        output_type="np", **more,
    )
    return as_pixels(made.images)


def test_guidance_of_one_is_none_and_more_is_one_more_than_the_pipeline_counts(base: Studio) -> None:
    assert np.array_equal(base.draw(guidance=1.0), by_hand(base, 0.0))
    assert np.array_equal(base.draw(guidance=0.0), by_hand(base, 0.0))
    assert np.array_equal(base.draw(guidance=3.5), by_hand(base, 2.5))
    assert np.array_equal(base.draw(guidance=3.5, negative_prompt="Rain."), by_hand(base, 2.5, negative_prompt="Rain."))


def test_the_base_is_guided_as_its_authors_do_and_turbo_is_not(base: Studio, turbo: Studio) -> None:
    assert np.array_equal(base.draw(), by_hand(base, 4.0))
    assert np.array_equal(turbo.draw(), by_hand(turbo, 0.0))


def test_turbo_takes_eight_steps_and_the_base_fifty(base: Studio, turbo: Studio) -> None:
    for studio, steps in ((turbo, 8), (base, 50)):
        seen: list[tuple[int, int]] = []
        studio.draw(lambda done, total, seen=seen: seen.append((done, total)), steps=None)
        assert seen == [(done, steps) for done in range(1, steps + 1)]


def test_a_negative_prompt_is_refused_where_no_pass_would_read_it(base: Studio, turbo: Studio) -> None:
    turbo.models.check(turbo.request(negative_prompt="Rain.", guidance=2.0))
    for request in (turbo.request(negative_prompt="Rain."), base.request(negative_prompt="Rain.", guidance=1.0)):
        with pytest.raises(RecordError, match="leave out --negative-prompt, or give --guidance above 1"):
            base.models.check(request)
