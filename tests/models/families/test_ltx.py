"""LTX-Video beyond the contract: which folders it takes, at which rates, and what of the past it looks at."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from reelkit.errors import RecordError
from reelkit.media.image import read_image, write_png
from reelkit.models import GenerateRequest
from reelkit.models.family import Clip, family_of
from reelkit.models.local import LocalModels
from reelkit.models.past import PAST
from tests.support.checkpoints.ltx import ltx, old_scheduler, timed_vae

PROMPT = "Wide shot. A woman in a red coat walks along a beach. " * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ltx") / "checkpoint"
    ltx("LTXConditionPipeline", vae=timed_vae)(made)
    return made


@pytest.fixture(scope="module")
def models() -> LocalModels:
    return LocalModels("cpu", "float32")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def asked(folder: Path, **more: Any) -> GenerateRequest:
    fields: dict[str, Any] = {
        "model": str(folder),
        "prompt": PROMPT,
        "negative_prompt": "blurry",
        "width": 64,
        "height": 32,
        "frames": 9,
        "seed": 3,
        "steps": 2,
        "out": str(folder.parent / "out"),
    }
    return GenerateRequest(**{**fields, **more})


def drawn(models: LocalModels, request: GenerateRequest) -> Clip:
    """The clip as the family gives it, before any codec."""
    family = family_of(Path(request.model))
    family.check(request)
    return family.generate(models, request, lambda done, total: None)


def past_of(path: Path, frames: np.ndarray) -> list[str]:
    save_file({PAST: torch.from_numpy(frames)}, path)
    return [str(path)]


@pytest.mark.parametrize("kind", ["LTXPipeline", "LTXImageToVideoPipeline", "LTXConditionPipeline"])
def test_every_folder_of_an_ltx_opens_whatever_its_index_names(tmp_path: Path, models: LocalModels, kind: str) -> None:
    ltx(kind)(tmp_path / "checkpoint")
    request = asked(tmp_path / "checkpoint", history=past_of(tmp_path / "p", np.zeros((9, 32, 64, 3), np.uint8)))
    assert drawn(models, msgspec.structs.replace(request, frames=8)).frames.shape == (8, 32, 64, 3)


def test_what_came_before_0_9_5_is_refused_by_its_scheduler(tmp_path: Path) -> None:
    ltx("LTXPipeline", scheduler=old_scheduler)(tmp_path / "checkpoint")
    with pytest.raises(RecordError, match=r"before 0\.9\.5 .* give a folder of 0\.9\.5 or later"):
        family_of(tmp_path / "checkpoint").check(asked(tmp_path / "checkpoint"))


def test_a_clip_is_what_the_pipeline_makes_of_the_prompt_itself(folder: Path, models: LocalModels) -> None:
    from diffusers import LTXConditionPipeline

    pipe = LTXConditionPipeline.from_pretrained(folder)
    made = pipe(
        prompt=PROMPT, negative_prompt="blurry", width=64, height=32, num_frames=9, frame_rate=25,
        num_inference_steps=2, guidance_scale=3.0, decode_timestep=0.05, decode_noise_scale=0.025,
        generator=torch.Generator().manual_seed(3), output_type="np",
    )
    clip = drawn(models, asked(folder, options={"fps": 25}))
    assert np.array_equal(clip.frames, (made.frames[0] * 255).round().astype(np.uint8))
    assert clip.sound is None


def test_an_extension_goes_on_from_clean_frames(folder: Path, models: LocalModels, tmp_path: Path) -> None:
    from diffusers import LTXConditionPipeline
    from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
    from PIL import Image

    past = np.random.default_rng(5).integers(0, 256, (9, 32, 64, 3), dtype=np.uint8)
    pipe = LTXConditionPipeline.from_pretrained(folder)
    noises = [
        pipe(
            conditions=[LTXVideoCondition(video=[Image.fromarray(frame) for frame in past])], prompt=PROMPT,
            negative_prompt="blurry", width=64, height=32, num_frames=17, frame_rate=24, num_inference_steps=2,
            guidance_scale=3.0, decode_timestep=0.05, decode_noise_scale=0.025, image_cond_noise_scale=noise,
            generator=torch.Generator().manual_seed(3), output_type="np",
        ).frames[0]
        for noise in (0.0, 0.15)
    ]
    clean, noised = ((made[9:] * 255).round().astype(np.uint8) for made in noises)
    clip = drawn(models, asked(folder, frames=8, history=past_of(tmp_path / "p.safetensors", past)))
    assert np.array_equal(clip.frames, clean) and not np.array_equal(clean, noised)


def test_the_films_own_rate_counts_and_one_that_it_does_not_know_is_refused(folder: Path, models: LocalModels) -> None:
    clips = [drawn(models, asked(folder, options={"fps": fps})).frames for fps in (24, 30)]
    assert not np.array_equal(*clips)
    assert np.array_equal(clips[0], drawn(models, asked(folder)).frames)
    family = family_of(folder)
    assert family.card().fps is None
    family.check(asked(folder, options={"fps": 24000 / 1001}))
    for fps, nearest in ((12, 20), (48, 30), (60, 30)):
        with pytest.raises(RecordError, match=rf"not {fps}: give the film {nearest} \(`reel plan --fps {nearest}`\)"):
            family.check(asked(folder, options={"fps": fps}))


def test_it_looks_at_the_last_seventeen_frames_and_no_others(folder: Path, models: LocalModels, tmp_path: Path) -> None:
    source = np.random.default_rng(5)
    past = source.integers(0, 256, (33, 32, 64, 3), dtype=np.uint8)
    older, newer = past.copy(), past.copy()
    older[:16], newer[16] = 0, 0
    made = [
        drawn(models, asked(folder, frames=8, history=past_of(tmp_path / f"{index}.safetensors", frames)))
        for index, frames in enumerate((past, older, newer))
    ]
    assert np.array_equal(made[0].frames, made[1].frames)
    assert not np.array_equal(made[0].frames, made[2].frames)
    handed = made[0].handed_on[PAST].numpy()
    assert np.array_equal(handed, np.concatenate([past[-9:], made[0].frames]))


def test_a_past_in_pieces_is_the_past_whole(folder: Path, models: LocalModels, tmp_path: Path) -> None:
    source = np.random.default_rng(5)
    past = source.integers(0, 256, (17, 32, 64, 3), dtype=np.uint8)
    whole = drawn(models, asked(folder, frames=8, history=past_of(tmp_path / "w.safetensors", past)))
    pieces = [*past_of(tmp_path / "a.safetensors", past[:9]), *past_of(tmp_path / "b.safetensors", past[9:])]
    assert np.array_equal(whole.frames, drawn(models, asked(folder, frames=8, history=pieces)).frames)


def test_a_still_is_a_clip_of_one_frame(folder: Path, models: LocalModels, tmp_path: Path) -> None:
    models.generate(asked(folder, frames=1, still=True, out=str(tmp_path / "still"), options={"fps": 12}))
    assert read_image(tmp_path / "still.png").shape == (32, 64, 3)
    assert not (tmp_path / "still.safetensors").exists(), "nothing goes on from a still"


def test_a_negative_prompt_that_no_pass_would_read_is_refused(folder: Path) -> None:
    with pytest.raises(RecordError, match="a negative prompt counts for nothing"):
        family_of(folder).check(asked(folder, guidance=1.0))


def test_the_start_keyframe_is_where_the_clip_begins(folder: Path, models: LocalModels, tmp_path: Path) -> None:
    stills = []
    for shade in (0, 255):
        write_png(tmp_path / f"{shade}.png", np.full((32, 64, 3), shade, np.uint8))
        made = drawn(models, asked(folder, start=str(tmp_path / f"{shade}.png")))
        stills.append(made.frames[0].astype(float).mean())
    plain = drawn(models, asked(folder)).frames[0].astype(float).mean()
    assert len({round(level, 3) for level in (*stills, plain)}) == 3
