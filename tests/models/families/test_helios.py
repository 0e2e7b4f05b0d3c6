"""What the contract suite cannot say of Helios: that a shot of many calls is the pipeline's one long call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from reelkit.errors import RecordError
from reelkit.media.image import write_png
from reelkit.models.families import helios, wan
from reelkit.models.family import family_of
from reelkit.models.pictures import generator, picture, pixels
from tests.support.checkpoints import helios as checkpoints
from tests.support.checkpoints.wan import vae
from tests.support.shots import PROMPT, Shot

CASES = {case.name.removeprefix("helios-"): case for case in checkpoints.CASES}


@pytest.fixture(scope="module")
def shot_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shot]:
    root = tmp_path_factory.mktemp("helios")

    def shot(name: str) -> Shot:
        case = CASES[name]
        folder = root / name
        if not folder.exists():
            case.make(folder)
        here = tmp_path_factory.mktemp(name)
        for shade, colour in enumerate(("red", "blue")):
            write_png(here / f"{colour}.png", np.full((64, 64, 3), np.roll((220, 40, 40), 2 * shade), np.uint8))
        return Shot(folder, here, case.size, steps=case.steps, guidance=case.guidance)

    return shot


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def one_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """All chunks draw their noise on from one source, as in one call."""
    noise = generator(7)
    monkeypatch.setattr(wan, "generator", lambda seed: noise)


def long_call(shot: Shot, chunks: int, **more: Any) -> Any:
    """The same shot in one call of the pipeline's own; latents, or frames."""
    pipe = diffusers.DiffusionPipeline.from_pretrained(shot.folder)
    pipe.set_progress_bar_config(disable=True)
    arguments: dict[str, Any] = {
        "prompt": PROMPT, "negative_prompt": "", "width": shot.size[0], "height": shot.size[1],
        "num_frames": 33 * chunks, "guidance_scale": shot.settings["guidance"] or 1.0, "generator": generator(7),
    }
    if "Pyramid" in type(pipe).__name__:
        pipe.sample_block_noise = helios.partial(helios.block_noise, pipe.scheduler.config.gamma)
        arguments |= {
            "pyramid_num_inference_steps_list": [shot.settings["steps"] // 3] * 3,
            "is_amplify_first_chunk": pipe.config.is_distilled,
        }
    else:
        arguments["num_inference_steps"] = shot.settings["steps"]
    return pipe(**arguments, **more).frames


@pytest.mark.parametrize(("name", "chunks"), [("base", 4), ("mid", 2), ("distilled", 2)])
def test_a_shot_of_many_calls_has_the_latents_of_one_long_call(
    shot_of: Callable[[str], Shot], name: str, chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = shot_of(name)
    one_stream(monkeypatch)
    for _ in range(chunks):
        shot.draw(33)
    latents = torch.cat([shot.handed(index)["latents"] for index in range(chunks)], dim=2)
    assert torch.equal(latents, long_call(shot, chunks, output_type="latent").float())
    assert torch.equal(shot.handed(chunks - 1)["prefix"], latents[:, :, :1])


def test_its_frames_are_those_of_the_long_call(
    shot_of: Callable[[str], Shot], monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = shot_of("base")
    one_stream(monkeypatch)
    for _ in range(2):
        shot.draw(33)
    whole = pixels(long_call(shot, 2)[0])
    assert np.array_equal(np.concatenate(shot.frames)[: len(whole)], whole)


@pytest.mark.parametrize("again", [False, True], ids=["mode 2", "mode 4"])
def test_a_shot_from_a_keyframe_keeps_it_before_its_eyes(
    shot_of: Callable[[str], Shot], again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = shot_of("base")
    one_stream(monkeypatch)
    red = str(shot.root / "red.png")
    shot.draw(33, start=red)
    for _ in range(2):
        shot.draw(33, start=red if again else None)
    pipe = diffusers.HeliosPipeline.from_pretrained(shot.folder)
    with torch.inference_mode():
        keyframe = shot.family.keyframe(pipe, red, shot.size, torch.device("cpu"))
        whole = long_call(
            shot, 3, output_type="latent", image_latents=keyframe.prefix, fake_image_latents=keyframe.past,
            add_noise_to_image_latents=False,
        )
    latents = torch.cat([shot.handed(index)["latents"] for index in range(3)], dim=2)
    assert latents.shape[2] == 1 + 3 * 9
    assert torch.equal(latents, whole)


def test_another_keyframe_in_mode_4_is_another_chunk(shot_of: Callable[[str], Shot]) -> None:
    shot = shot_of("base")
    shot.draw(33, start=str(shot.root / "red.png"))
    opening = shot.chunks[:]
    made = []
    for colour in ("red", "blue"):
        shot.chunks = opening[:]
        shot.draw(33, start=str(shot.root / f"{colour}.png"))
        made.append(shot.frames[-1])
    assert not np.array_equal(*made)


def test_a_keyframe_is_encoded_and_noised_as_by_the_pipeline(shot_of: Callable[[str], Shot]) -> None:
    shot = shot_of("base")
    pipe = diffusers.HeliosPipeline.from_pretrained(shot.folder)
    pipe.set_progress_bar_config(disable=True)
    shown: list[torch.Tensor] = []
    pipe.transformer.register_forward_pre_hook(
        lambda module, args, kwargs: shown.append(kwargs["latents_history_short"]), with_kwargs=True
    )
    red = str(shot.root / "red.png")
    with torch.inference_mode():
        ours = shot.family.keyframe(pipe, red, shot.size, torch.device("cpu"))
        pipe(
            prompt=PROMPT, image=picture(red, shot.size), width=shot.size[0], height=shot.size[1], num_frames=33,
            num_inference_steps=1, guidance_scale=1.0, generator=generator(helios.KEYFRAME_SEED),
        )
    assert torch.equal(torch.cat(ours, dim=2), shown[0])


def test_block_noise_is_the_pipelines_where_the_pipeline_can_draw_it(shot_of: Callable[[str], Shot]) -> None:
    pipe = diffusers.HeliosPyramidPipeline.from_pretrained(shot_of("mid").folder)
    pipe.scheduler = diffusers.HeliosScheduler(gamma=0.25)
    shape: tuple[int, ...] = (1, 16, 9, 4, 6)
    sizes, place = (*shape, (1, 2, 2)), torch.device("cpu")
    theirs = pipe.sample_block_noise(*sizes, place, generator(7))
    assert torch.allclose(helios.block_noise(0.25, *sizes, place, generator(7)), theirs, atol=1e-6)
    released = helios.block_noise(1 / 3, *sizes, place, generator(7))
    patches = released.unflatten(3, (2, 2)).unflatten(5, (3, 2))
    assert patches.sum((4, 6)).abs().max() < 2e-3  # at 1/3 the four values of a patch cancel
    assert released.std().item() == pytest.approx(1.0, abs=0.02)


def test_distilled_weights_take_twice_the_steps_for_the_beginning_and_no_guidance(
    shot_of: Callable[[str], Shot]
) -> None:
    shot = shot_of("distilled")
    assert [len(shot.draw(33)), len(shot.draw(33))] == [6, 3]
    assert shot.family.steps_of(shot.request(33, steps=None)) == 6
    with pytest.raises(RecordError, match="without guidance, not with 4"):
        shot.family.check(shot.request(33, guidance=4.0))
    with pytest.raises(RecordError, match="no negative prompt"):
        shot.family.check(shot.request(33, negative_prompt="blur"))


def test_steps_fall_into_the_stages(shot_of: Callable[[str], Shot]) -> None:
    shot = shot_of("mid")
    assert shot.family.steps_of(shot.request(33, steps=None)) == 60
    for steps, nearest in ((1, 3), (50, 51), (52, 51)):
        with pytest.raises(RecordError, match=f"ask for {nearest}$"):
            shot.family.check(shot.request(33, steps=steps))


def test_the_smallest_size_of_a_pyramid_is_whole_patches(tmp_path: Path) -> None:
    checkpoints.base(tmp_path / "base")
    checkpoints.mid(tmp_path / "mid", coder=vae())
    assert [family_of(tmp_path / name).card().multiple for name in ("base", "mid")] == [16, 64]


def test_as_many_chunks_are_handed_as_it_looks_back_on(shot_of: Callable[[str], Shot]) -> None:
    card = shot_of("base").family.card()
    assert card.reach == 3 * 33
    with pytest.raises(RecordError, match="ask for 33 and extend"):
        shot_of("base").family.check(shot_of("base").request(66))
