"""SDXL: how references reach it through an adapter, what files tell of variants, what guidance takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from reelkit.errors import RecordError, UnavailableError
from reelkit.media.image import read_image, write_png
from reelkit.models import GenerateRequest
from reelkit.models.catalogue import weight_bytes
from reelkit.models.family import family_of
from tests.support.checkpoints import sdxl
from tests.support.stills import PROMPT, Studio, as_pixels

MAKERS = {
    "base": sdxl.base, "turbo": sdxl.turbo, "lcm": sdxl.consistency, "adapted": sdxl.adapted,
    "plus": sdxl.adapted_plus,
}


@pytest.fixture(scope="module")
def studios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Studio]:
    made = {}
    for name, make in MAKERS.items():
        folder = tmp_path_factory.mktemp(name) / "checkpoint"
        make(folder)
        made[name] = Studio(folder, (64, 32))
    return made


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def by_hand(pipe: Any, **arguments: Any) -> np.ndarray:
    """The pipeline's own picture."""
    pipe.set_progress_bar_config(disable=True)
    made = pipe(
        prompt=PROMPT, width=64, height=32, num_inference_steps=2, generator=torch.Generator().manual_seed(7),
        output_type="np", **arguments,
    )
    return as_pixels(made.images)


def opened(folder: Path) -> Any:
    import diffusers

    return diffusers.DiffusionPipeline.from_pretrained(folder, dtype=torch.float32, add_watermarker=False)


def copied(studio: Studio, root: Path) -> Studio:
    return Studio(shutil.copytree(studio.folder, root / "checkpoint"), studio.size)


def test_it_draws_what_the_pipeline_draws_when_called_by_hand(studios: dict[str, Studio]) -> None:
    base, pipe = studios["base"], opened(studios["base"].folder)
    assert np.array_equal(base.draw(), by_hand(pipe, guidance_scale=5.0))
    assert np.array_equal(
        base.draw(guidance=3.0, negative_prompt="blur"), by_hand(pipe, guidance_scale=3.0, negative_prompt="blur")
    )
    assert np.array_equal(base.draw(guidance=1.0), by_hand(pipe, guidance_scale=1.0))
    lcm = studios["lcm"]
    assert np.array_equal(lcm.draw(guidance=6.0), by_hand(opened(lcm.folder), guidance_scale=6.0))


@pytest.mark.parametrize(("name", "place"), [("adapted", ""), ("plus", "sdxl_models")])
def test_with_references_it_draws_what_the_adapted_pipeline_draws(
    studios: dict[str, Studio], name: str, place: str
) -> None:
    studio = studios[name]
    paths = [studio.picture(f"ref-{seed}", 32, 32, seed) for seed in range(3)]
    pipe = opened(studio.folder)
    file = next((studio.folder / place).glob("ip-adapter*"))
    pipe.load_ip_adapter(str(studio.folder), subfolder=place, weight_name=file.name)
    pipe.set_ip_adapter_scale(0.5)
    stills = [Image.fromarray(read_image(path)) for path in paths]
    for guidance in (5.0, 1.0):
        expected = by_hand(pipe, guidance_scale=guidance, ip_adapter_image=[stills])
        assert np.array_equal(studio.draw(references=paths, guidance=guidance), expected)


@pytest.mark.parametrize("name", ["adapted", "plus"])
@pytest.mark.parametrize("guidance", [5.0, 1.0])
def test_without_references_an_adapter_changes_not_one_value(
    studios: dict[str, Studio], name: str, guidance: float
) -> None:
    studio = studios[name]
    plain = studios["base"].draw(guidance=guidance)
    assert np.array_equal(studio.draw(guidance=guidance), plain)
    drawn = studio.draw(guidance=guidance, references=[studio.picture("one", 32, 32, 1)])
    assert not np.array_equal(drawn, plain)
    assert np.array_equal(studio.draw(guidance=guidance), plain)


@pytest.mark.parametrize("name", ["adapted", "plus"])
def test_every_reference_counts_to_its_sides(studios: dict[str, Studio], name: str) -> None:
    studio = studios[name]
    paths = [studio.picture(f"ref-{seed}", 64, 32, seed) for seed in range(3)]
    drawn = studio.draw(references=paths)
    assert not np.array_equal(drawn, studio.draw(references=paths[:2]))
    picture = read_image(paths[0])
    picture[:, :12] = 255 - picture[:, :12]  # outside of the square in the middle
    write_png(Path(paths[0]), picture)
    assert not np.array_equal(drawn, studio.draw(references=paths))


def test_files_tell_variants_apart(studios: dict[str, Studio]) -> None:
    asked = GenerateRequest(model="", prompt="", width=64, height=32, frames=1, seed=0, out="", still=True)
    told = {}
    for name, studio in studios.items():
        family: Any = family_of(studio.folder)
        told[name] = (family.steps_of(asked), family.scale(asked), family.guided(asked))
    assert told["base"] == told["adapted"] == (50, 5.0, True)
    assert told["turbo"] == (4, 0.0, False)
    assert told["lcm"] == (4, 8.0, False)


def test_a_model_without_adapter_or_without_its_encoder_takes_no_references(
    studios: dict[str, Studio], tmp_path: Path
) -> None:
    blind = copied(studios["adapted"], tmp_path)
    shutil.rmtree(blind.folder / "image_encoder")
    for studio in (studios["base"], blind):
        with pytest.raises(RecordError, match=r"no mode 3, .* nearest is mode 1"):
            studio.draw(references=[studio.picture("one", 32, 32)])


def test_the_folder_holds_one_adapter_and_those_for_faces_do_not_count(
    studios: dict[str, Studio], tmp_path: Path
) -> None:
    studio = copied(studios["adapted"], tmp_path)
    sdxl.adapter(studio.folder / "ip-adapter-faceid_sdxl.safetensors")
    assert family_of(studio.folder).card().max_references == 3
    sdxl.adapter(studio.folder / "ip_adapter" / "ip-adapter-plus_sdxl.safetensors", plus=True)
    with pytest.raises(UnavailableError, match=r"ip-adapter_sdxl\.safetensors, ip_adapter/ip-adapter-plus_sdxl"):
        family_of(studio.folder).card()


def test_an_adapter_with_another_encoder_is_refused_by_both_names(studios: dict[str, Studio], tmp_path: Path) -> None:
    studio = copied(studios["adapted"], tmp_path)
    (studio.folder / "ip-adapter_sdxl.safetensors").unlink()
    sdxl.adapter(studio.folder / "ip-adapter-plus_sdxl.safetensors", plus=True)
    path = studio.folder / "image_encoder" / "config.json"
    shutil.rmtree(path.parent)
    sdxl.eye(path.parent, hidden_size=8)
    with pytest.raises(UnavailableError, match=r"wants an image encoder of 16 numbers .* gives 8"):
        studio.draw()


def test_the_adapter_and_its_encoder_take_their_room(studios: dict[str, Studio]) -> None:
    def taken(folder: Path) -> int:
        family: Any = family_of(folder)
        return sum(weight_bytes(folder / part, size) for part, size in family._parts(torch.float32).items())

    for name, place in (("adapted", ""), ("plus", "sdxl_models")):
        folder = studios[name].folder
        files = [*(folder / place).glob("ip-adapter*"), *(folder / place).glob("image_encoder/*.safetensors")]
        assert len(files) == 2
        added = sum(weight_bytes(file, 4) for file in files)
        assert added and taken(folder) == taken(studios["base"].folder) + added


def test_a_torn_adapter_is_named(studios: dict[str, Studio], tmp_path: Path) -> None:
    studio = copied(studios["adapted"], tmp_path)
    (studio.folder / "ip-adapter_sdxl.safetensors").write_bytes(b"torn")
    with pytest.raises(UnavailableError, match=r"ip-adapter_sdxl\.safetensors cannot be loaded"):
        studio.draw()


def test_no_watermark_is_drawn_where_the_package_for_it_is_installed(
    studios: dict[str, Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    import diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl as source

    class Marker:
        def apply_watermark(self, images: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(images)

    drawn = studios["base"].draw()
    monkeypatch.setattr(source, "is_invisible_watermark_available", lambda: True)
    monkeypatch.setattr(source, "StableDiffusionXLWatermarker", Marker, raising=False)
    assert np.array_equal(drawn, Studio(studios["base"].folder, (64, 32)).draw())


def test_each_sampler_draws_its_own_picture_and_leaves_nothing_behind(studios: dict[str, Studio]) -> None:
    studio = studios["base"]
    plain = studio.draw(steps=4)
    samplers = family_of(studio.folder).samplers
    drawn = {name: studio.draw(steps=4, options={"sampler": name}) for name in samplers}
    assert np.array_equal(drawn.pop("euler"), plain)
    assert len({picture.tobytes() for picture in drawn.values()} | {plain.tobytes()}) == len(samplers)
    assert np.array_equal(studio.draw(steps=4), plain)
    with pytest.raises(RecordError, match="50 steps at most, not 51: ask for 50"):
        studio.draw(steps=51, options={"sampler": "lcm"})


def test_steps_are_counted_as_the_checkpoints_own_sampler_takes_them(
    studios: dict[str, Studio], tmp_path: Path
) -> None:
    studio = copied(studios["base"], tmp_path)
    path = studio.folder / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "_class_name": "HeunDiscreteScheduler"}))
    index = studio.folder / "model_index.json"
    index.write_text(
        json.dumps({**json.loads(index.read_text()), "scheduler": ["diffusers", "HeunDiscreteScheduler"]})
    )
    told: list[tuple[int, int]] = []
    studio.draw(lambda done, total: told.append((done, total)), steps=3)
    assert told == [(done, 5) for done in range(1, 6)]


def test_the_decoder_is_as_it_was_after_a_failure_in_half_precision(
    studios: dict[str, Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import AutoencoderKL

    studio = studios["base"]
    half = {"options": {"dtype": "float16"}}
    drawn = studio.draw(**half)

    def fail(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(AutoencoderKL, "decode", fail)
        with pytest.raises(KeyboardInterrupt):
            studio.draw(**half)
    assert np.array_equal(drawn, studio.draw(**half))
