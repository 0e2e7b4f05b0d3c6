"""HunyuanVideo 1.5: what its pipelines take from elsewhere than their arguments, or round down in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reelkit.errors import RecordError, UnavailableError
from reelkit.media.image import write_png
from reelkit.media.video import read_frames
from reelkit.models import GenerateRequest
from reelkit.models.families.hunyuan15 import PARTS, HunyuanVideo15Family
from reelkit.models.local import LocalModels
from tests.support.checkpoints import hunyuan15

Ask = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def text_to_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t2v") / "checkpoint"
    hunyuan15.t2v(folder)
    return folder


@pytest.fixture
def ask(text_to_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    models = LocalModels("cpu", "float32")

    def frames(on_step: Any = None, models: LocalModels = models, **more: Any) -> np.ndarray:
        request: dict[str, Any] = {
            "model": str(text_to_video), "prompt": "A woman in a red coat walks. " * 4, "width": 16, "height": 16,
            "frames": 5, "seed": 7, "steps": 2, "out": str(tmp_path / "clip"),
        }
        models.generate(GenerateRequest(**{**request, **more}), on_step)
        return np.stack(list(read_frames(tmp_path / "clip.mp4")))

    return frames


def altered(folder: Path, target: Path, part: str, **more: Any) -> Path:
    """A copy of a checkpoint with other settings in one of its parts."""
    shutil.copytree(folder, target)
    path = next((target / part).glob("*config.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    return target


def test_the_guidance_of_a_request_is_not_kept_for_the_next(ask: Ask) -> None:
    own, strong = ask(), ask(guidance=12.0)
    assert not np.array_equal(own, strong)
    assert np.array_equal(own, ask())
    assert np.array_equal(strong, ask(guidance=12.0, models=LocalModels("cpu", "float32")))


def test_a_request_that_names_no_guidance_takes_that_of_the_folder(
    ask: Ask, text_to_video: Path, tmp_path: Path
) -> None:
    assert np.array_equal(ask(), ask(guidance=6.0))
    plain = ask(guidance=1.0)
    one = altered(text_to_video, tmp_path / "one", "guider", guidance_scale=1.0)
    off = altered(text_to_video, tmp_path / "off", "guider", enabled=False)
    assert np.array_equal(plain, ask(model=str(one)))
    assert np.array_equal(plain, ask(model=str(off)))
    assert np.array_equal(ask(guidance=6.0), ask(model=str(off), guidance=6.0))


def test_a_negative_prompt_counts_wherever_the_guider_asks_for_one(ask: Ask) -> None:
    negative = "Blurred, grey, a still picture. " * 4
    for scale in (6.0, 0.5):
        assert not np.array_equal(ask(guidance=scale), ask(guidance=scale, negative_prompt=negative))
    with pytest.raises(RecordError, match="leave out --negative-prompt, or give --guidance above 1"):
        ask(guidance=1.0, negative_prompt=negative)


def test_each_step_is_reported_once_though_guidance_runs_the_transformer_twice(ask: Ask) -> None:
    steps: list[tuple[int, int]] = []
    ask(lambda *step: steps.append(step), steps=3, guidance=4.0)
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_the_prompt_is_whole_though_its_tokenizer_pads_on_the_left(text_to_video: Path) -> None:
    family = HunyuanVideo15Family(text_to_video)
    pipe = family._load_text(torch.device("cpu"), torch.float32)
    assert pipe.tokenizer.padding_side == "left"
    with torch.inference_mode():
        embedding = family.embed(pipe, "A dog.", torch.device("cpu"))
        other = family.embed(pipe, "A cat.", torch.device("cpu"))
    mask = embedding[PARTS[1]][0]
    assert mask.tolist() == [1.0] * len("A dog.|") + [0.0] * (1000 - len("A dog.|"))
    assert not torch.equal(embedding[PARTS[0]][:, : len("A dog.")], other[PARTS[0]][:, : len("A dog.")])


def test_words_in_quotation_marks_are_spelled_to_the_model(text_to_video: Path) -> None:
    family = HunyuanVideo15Family(text_to_video)
    pipe = family._load_text(torch.device("cpu"), torch.float32)
    with torch.inference_mode():
        plain, sign = (family.embed(pipe, text, torch.device("cpu")) for text in ("A shop", 'A shop named "Reel"'))
    assert not plain[PARTS[2]].any() and not plain[PARTS[3]].any()
    assert sign[PARTS[3]].sum() == len('Text "Reel". ') + 1


def test_the_size_is_the_one_asked_for_whatever_the_shape_of_the_picture(
    ask: Ask, tmp_path: Path
) -> None:
    folder = tmp_path / "i2v"
    hunyuan15.i2v(folder)
    write_png(tmp_path / "wide.png", np.random.default_rng(0).integers(0, 255, (24, 64, 3), np.uint8))
    request = {"model": str(folder), "start": str(tmp_path / "wide.png")}
    tall = ask(width=16, height=48, **request)
    assert tall.shape == (5, 48, 16, 3)
    assert ask(width=32, height=16, **request).shape == (5, 16, 32, 3)
    assert np.array_equal(tall, ask(width=16, height=48, **request))


def test_distilled_weights_take_few_steps_and_are_refused_where_diffusers_gives_them_no_end(
    ask: Ask, tmp_path: Path
) -> None:
    hunyuan15.i2v(tmp_path / "i2v", use_meanflow=True)
    write_png(tmp_path / "red.png", np.full((16, 16, 3), 200, np.uint8))
    steps: list[tuple[int, int]] = []
    ask(lambda *step: steps.append(step), model=str(tmp_path / "i2v"), start=str(tmp_path / "red.png"), steps=None, guidance=1.0)
    assert steps == [(done, 12) for done in range(1, 13)]
    hunyuan15.t2v(tmp_path / "t2v", use_meanflow=True)
    with pytest.raises(UnavailableError, match="step-distilled text-to-video"):
        ask(model=str(tmp_path / "t2v"))


def test_the_released_sizes_and_lengths_are_ruled_by_the_card(text_to_video: Path, tmp_path: Path) -> None:
    folder = altered(text_to_video, tmp_path / "real", "vae", spatial_compression_ratio=16)
    family = HunyuanVideo15Family(folder)
    assert family.card().size(848, 480) == (848, 480)
    request = GenerateRequest(model="m", prompt="p", width=848, height=480, frames=121, seed=1, out="o")
    family.check(request)
    for wrong, right in (({"width": 854}, "848x480"), ({"frames": 120}, "ask for 121"), ({"frames": 125}, "ask for 121")):
        fields = {name: getattr(request, name) for name in request.__struct_fields__} | wrong
        with pytest.raises(RecordError, match=right):
            family.check(GenerateRequest(**fields))
