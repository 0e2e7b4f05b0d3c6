"""Qwen-Image and its edit models: what the text encoder sees, what guidance takes, what is remembered."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from reelkit.media.image import read_image
from reelkit.models.families import qwen_image as family
from reelkit.models.family import family_of
from reelkit.models.local import LocalModels
from tests.support.checkpoints import qwen_image
from tests.support.stills import PROMPT, Studio, as_pixels

MAKERS = {"words": qwen_image.words, "one": qwen_image.edit, "several": qwen_image.plus}


@pytest.fixture(scope="module")
def studios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Studio]:
    made = {}
    for name, make in MAKERS.items():
        folder = tmp_path_factory.mktemp(name) / "checkpoint"
        make(folder)
        made[name] = Studio(folder, (64, 32))
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, value in (qwen_image.ONE | qwen_image.SEVERAL).items():
        monkeypatch.setattr(name, value)


def by_hand(studio: Studio, **arguments: Any) -> np.ndarray:
    """The pipeline's own picture, its text encoder told of pictures as transformers 5 wants it."""
    import diffusers

    pipe = diffusers.DiffusionPipeline.from_pretrained(studio.folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    pipe.text_encoder.register_forward_pre_hook(family.mark_pictures, with_kwargs=True)
    made = pipe(
        prompt=PROMPT, width=64, height=32, num_inference_steps=2, output_type="np", true_cfg_scale=3.0,
        generator=torch.Generator().manual_seed(7), **arguments,
    )
    return as_pixels(made.images)


def parts(folder: Path, kind: str, **without: None) -> Any:
    """A pipeline that holds only what embeds."""
    import diffusers

    return getattr(diffusers, kind).from_pretrained(
        folder, dtype=torch.float32, vae=None, transformer=None, scheduler=None, **without
    )


def test_it_draws_what_the_pipeline_draws_when_called_by_hand(studios: dict[str, Studio]) -> None:
    paths = [studios["one"].picture("one", 96, 64, 1), studios["one"].picture("two", 64, 64, 2)]
    stills = [Image.fromarray(read_image(path)) for path in paths]
    words, one, several = (by_hand(studios["words"], negative_prompt="blur"),
                           by_hand(studios["one"], negative_prompt="blur", image=stills[0]),
                           by_hand(studios["several"], negative_prompt="blur", image=stills))
    negative = {"guidance": 3.0, "negative_prompt": "blur"}
    assert np.array_equal(studios["words"].draw(**negative), words)
    assert np.array_equal(studios["one"].draw(references=paths[:1], **negative), one)
    assert np.array_equal(studios["several"].draw(references=paths, **negative), several)


def test_an_edit_model_draws_from_words_alone_as_the_text_pipeline_does(
    studios: dict[str, Studio], tmp_path: Path
) -> None:
    import diffusers

    whole = diffusers.DiffusionPipeline.from_pretrained(studios["several"].folder, dtype=torch.float32)
    family.in_words(whole).save_pretrained(tmp_path / "words" / "checkpoint")
    words = Studio(tmp_path / "words" / "checkpoint", (64, 32))
    drawn = studios["several"].draw(guidance=3.0)
    assert np.array_equal(drawn, words.draw(guidance=3.0))
    assert np.array_equal(drawn, studios["one"].draw(guidance=3.0))


def test_the_text_encoder_lays_pictures_out_in_height_and_width(studios: dict[str, Studio], tmp_path: Path) -> None:
    studio = studios["several"]
    seen = [studio.picture("wide", 96, 64, 1)]
    tall = family_of(studio.folder)
    pipe = parts(studio.folder, "QwenImageEditPlusPipeline")
    model = pipe.text_encoder.model
    grids: list[torch.Tensor] = []
    within = model.language_model.forward

    def watch(*args: Any, position_ids: torch.Tensor, **kwargs: Any) -> Any:
        grids.append(position_ids)
        return within(*args, position_ids=position_ids, **kwargs)

    model.language_model.forward = watch
    with torch.inference_mode():
        blind = tall.embed_seeing(pipe, PROMPT, seen, torch.device("cpu"))["prompt"]
        told = tall._load_text(torch.device("cpu"), torch.float32)
        cured = tall.embed_seeing(told, PROMPT, seen, torch.device("cpu"))["prompt"]
        pipe.text_encoder.register_forward_pre_hook(family.mark_pictures, with_kwargs=True)
        assert torch.equal(tall.embed_seeing(pipe, PROMPT, seen, torch.device("cpu"))["prompt"], cured)
    assert grids[0] is None, "diffusers tells the text encoder of pictures: the hook can go"
    _, height, width = grids[1][-3:, 0]
    assert not torch.equal(height, width)
    assert blind.shape == cured.shape and not torch.allclose(blind, cured, atol=1e-3)


def test_words_read_after_a_picture_are_read_as_before_it(studios: dict[str, Studio]) -> None:
    studio = studios["several"]
    reader = family_of(studio.folder)
    pipe = reader._load_text(torch.device("cpu"), torch.float32)
    with torch.inference_mode():
        before = reader.embed(pipe, PROMPT, torch.device("cpu"))["prompt"]
        reader.embed_seeing(pipe, PROMPT, [studio.picture("between", 64, 64, 3)], torch.device("cpu"))
        assert torch.equal(before, reader.embed(pipe, PROMPT, torch.device("cpu"))["prompt"])


def test_every_reference_counts_and_so_does_their_order(studios: dict[str, Studio]) -> None:
    studio = studios["several"]
    paths = [studio.picture(f"ref-{seed}", 64, 64, seed) for seed in range(3)]
    drawn = studio.draw(references=paths)
    assert drawn.shape == (32, 64, 3)
    for others in (paths[:2], paths[::-1], paths[:1]):
        assert not np.array_equal(drawn, studio.draw(references=others))


@pytest.mark.parametrize("name", ["one", "several"])
def test_a_rerun_with_references_loads_no_text_encoder_until_one_is_painted_anew(
    studios: dict[str, Studio], name: str
) -> None:
    studio = studios[name]
    path = studio.picture("portrait", 64, 64, 1)
    drawn = studio.draw(references=[path])
    moved = shutil.copy(path, Path(path).with_name("elsewhere.png"))
    studio.models = LocalModels("cpu", "float32")
    assert np.array_equal(drawn, studio.draw(references=[str(moved)]))
    assert not [load for load in studio.models.loads if " text " in load]
    assert not np.array_equal(drawn, studio.draw(references=[studio.picture("portrait", 64, 64, 2)]))
    assert [load for load in studio.models.loads if " text " in load]


def test_guidance_runs_without_a_negative_prompt_and_a_negative_prompt_counts(studios: dict[str, Studio]) -> None:
    studio = studios["words"]
    drawn = studio.draw(guidance=4.0)
    assert np.array_equal(drawn, studio.draw())
    assert np.array_equal(drawn, studio.draw(guidance=4.0, negative_prompt=" "))
    assert not np.array_equal(drawn, studio.draw(guidance=1.0))
    assert not np.array_equal(drawn, studio.draw(guidance=4.0, negative_prompt="blur, noise, text, watermark"))


def test_a_transparent_reference_is_seen_on_white(studios: dict[str, Studio], tmp_path: Path) -> None:
    clear, white = (str(tmp_path / f"{name}.png") for name in ("clear", "white"))
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(clear)
    Image.new("RGB", (64, 64), "white").save(white)
    for name in ("one", "several"):
        assert np.array_equal(studios[name].draw(references=[clear]), studios[name].draw(references=[white]))


def test_each_sampler_draws_its_own_picture_and_leaves_nothing_behind(studios: dict[str, Studio]) -> None:
    studio = studios["words"]
    plain = studio.draw(steps=4)
    others = [studio.draw(steps=4, options={"sampler": name}) for name in family_of(studio.folder).samplers]
    assert np.array_equal(plain, others[0]) and not np.array_equal(plain, others[1])
    assert np.array_equal(plain, studio.draw(steps=4))


def test_a_long_prompt_counts_to_its_end(studios: dict[str, Studio]) -> None:
    long = "A beach. " * 100
    drawn = studios["words"].draw(prompt=long)
    assert not np.array_equal(drawn, studios["words"].draw(prompt=long + "Rain over a lighthouse at night."))
