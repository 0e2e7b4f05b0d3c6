"""What the contract suite cannot say of SkyReels-V2: that a shot of many calls is the pipeline's one long call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from reelkit.errors import RecordError, UnavailableError
from reelkit.media.image import write_png
from reelkit.models.families import skyreels, wan
from reelkit.models.family import family_of
from reelkit.models.pictures import generator, pixels
from tests.support.checkpoints.skyreels import forcing, i2v
from tests.support.checkpoints.wan import vae
from tests.support.shots import PROMPT, Shot

SIZE = (16, 16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("skyreels") / "checkpoint"
    forcing(made)
    return made


@pytest.fixture
def shot(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shot:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_png(tmp_path / "red.png", np.full((16, 16, 3), (220, 40, 40), np.uint8))
    return Shot(folder, tmp_path, SIZE)


def pipeline(folder: Path, kind: str = "SkyReelsV2DiffusionForcingPipeline", shift: float = 8.0) -> Any:
    pipe = getattr(diffusers, kind).from_pretrained(folder)
    pipe.scheduler = diffusers.UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift=shift)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def long_call(pipe: Any, noise: torch.Generator, **more: Any) -> torch.Tensor:
    """Two windows in one call of the pipeline's own: 33 frames, and 16 behind five latents."""
    torch.manual_seed(7)
    latents: torch.Tensor = pipe(
        prompt=PROMPT, negative_prompt="", width=SIZE[0], height=SIZE[1], num_frames=49, base_num_frames=33,
        overlap_history=17, num_inference_steps=2, guidance_scale=3.0, generator=noise, output_type="latent", **more,
    ).frames
    return latents


def test_a_shot_of_two_calls_has_the_latents_and_frames_of_one_long_call(
    shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = generator(7)  # one stream for both chunks, as in one call
    monkeypatch.setattr(wan, "generator", lambda seed: noise)
    shot.draw(33)
    shot.draw(16)
    pipe = pipeline(shot.folder)
    whole = long_call(pipe, generator(7), addnoise_condition=skyreels.PREFIX_NOISE)
    latents = torch.cat([shot.handed(index)["latents"] for index in range(2)], dim=2)
    assert latents.dtype == torch.float32
    assert torch.equal(latents, whole)
    with torch.inference_mode():
        frames = pixels(skyreels.decoded(pipe, whole))
    assert np.array_equal(np.concatenate(shot.frames), frames)


def test_a_shot_from_a_keyframe_goes_on_as_in_one_long_call(shot: Shot, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = generator(7)
    monkeypatch.setattr(wan, "generator", lambda seed: noise)
    monkeypatch.setattr(skyreels, "PREFIX_NOISE", 0)  # in one call it would fall on the keyframe too
    shot.draw(33, start=str(shot.root / "red.png"))
    shot.draw(16)
    pipe = pipeline(shot.folder, "SkyReelsV2DiffusionForcingImageToVideoPipeline", shift=5.0)
    whole = long_call(pipe, generator(7), image=skyreels.picture(str(shot.root / "red.png"), SIZE))
    assert torch.equal(torch.cat([shot.handed(index)["latents"] for index in range(2)], dim=2), whole)


def test_what_is_handed_on_is_what_is_new(shot: Shot) -> None:
    for frames in (9, 8, 8):
        shot.draw(frames)
    assert [shot.handed(index)["latents"].shape[2] for index in range(3)] == [3, 2, 2]
    assert [len(frames) for frames in shot.frames] == [9, 8, 8]


def test_frames_after_the_decoders_memory_are_those_of_the_whole_shot(folder: Path) -> None:
    pipe = pipeline(folder)
    pipe.vae = vae()
    memory = skyreels.decoder_memory(pipe.vae.config)
    latents = torch.randn(1, 16, memory + 6, 2, 2, generator=generator(3))
    with torch.inference_mode():
        whole = skyreels.decoded(pipe, latents)
        new = skyreels.decoded(pipe, latents[:, :, -memory - 2 :])[-8:]
        forgetful = skyreels.decoded(pipe, latents[:, :, -skyreels.OVERLAP - 2 :])[-8:]
    assert np.array_equal(new, whole[-8:])
    assert not np.array_equal(forgetful, whole[-8:])


def test_the_released_decoder_remembers_38_latents() -> None:
    assert skyreels.decoder_memory({}) == 38


def test_nothing_of_a_request_stays_behind(shot: Shot) -> None:
    shot.draw(9)
    pipe = pipeline(shot.folder)
    before = json.dumps(dict(pipe.transformer.config), default=str)
    state = torch.random.get_rng_state()
    text = torch.randn(1, 512, 32, generator=generator(5))
    request = shot.request(8, guidance=1.0)
    with torch.inference_mode():
        shot.family.draw(pipe, {"prompt": text}, None, request, lambda done, total: None)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert json.dumps(dict(pipe.transformer.config), default=str) == before
    assert "prepare_latents" not in vars(pipe)


def test_each_task_has_the_shift_that_the_authors_advise(shot: Shot) -> None:
    pipe = pipeline(shot.folder, shift=1.0)
    text = {"prompt": torch.randn(1, 512, 32, generator=generator(5))}

    def shift(frames: int, **more: Any) -> float:
        with torch.inference_mode():
            shot.family.draw(pipe, text, None, shot.request(frames, guidance=1.0, **more), lambda done, total: None)
        return float(pipe.scheduler.config.flow_shift)

    red = str(shot.root / "red.png")
    assert (shift(9), shift(9, start=red)) == (8.0, 5.0)
    shot.draw(9, start=red)
    assert shift(8) == 5.0


def test_the_window_is_told_by_the_nearest_folders_name(folder: Path) -> None:
    named = {"SkyReels-V2-DF-14B-720P-Diffusers": 121, "SkyReels-V2-DF-1.3B-540P": 97, "mine": 97}
    assert {name: skyreels.window_of(Path("/weights") / name) for name in named} == named
    assert skyreels.window_of(Path("/models--720P/snapshots/abc")) == 121
    card = family_of(folder).card()
    assert card.chunk_frames == (97, 80)
    assert card.growth.holds(80) and card.frame_rule.holds(97)


def test_a_keyframe_alone_is_no_shot(shot: Shot) -> None:
    with pytest.raises(RecordError, match="ask for 5 frames or more"):
        shot.family.check(shot.request(1, start=str(shot.root / "red.png")))


def test_blocks_that_an_extension_would_cut_through_are_refused(folder: Path, tmp_path: Path) -> None:
    forcing(tmp_path / "blocks", num_frame_per_block=5)
    with pytest.raises(UnavailableError, match="blocks of 5 latents"):
        family_of(tmp_path / "blocks").card()


def test_without_forcing_a_picture_begins_it_and_the_authors_settings_differ(tmp_path: Path) -> None:
    i2v(tmp_path / "720P")
    family = family_of(tmp_path / "720P")
    card = family.card()
    assert (card.modes, card.start, card.fps, card.chunk_frames) == ((2, 3), True, 24.0, (121, 120))
