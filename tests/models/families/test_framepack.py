"""FramePack: what a section is shown of the past, joins between chunks, and the two sets of weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reelkit.errors import RecordError
from reelkit.media.image import write_png
from reelkit.models import GenerateRequest
from reelkit.models.families.framepack import OVERLAP, FramePackFamily, _decoded, packed
from reelkit.models.local import LocalModels
from reelkit.models.pictures import generator, picture, pixels
from tests.support.checkpoints import framepack

CPU = torch.device("cpu")
Make = Callable[..., dict[str, torch.Tensor]]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """F1's."""
    folder = tmp_path_factory.mktemp("framepack") / "checkpoint"
    framepack.f1(folder)
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalModels]:
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield LocalModels("cpu", "float32")
    patch.undo()


@pytest.fixture
def base(weights: Path, tmp_path: Path) -> GenerateRequest:
    """A first chunk of one section."""
    for shade, name in enumerate(("red", "blue")):
        still = np.full((32, 48, 3), 40, np.uint8)
        still[8:20, 6:30, shade * 2] = 220
        write_png(tmp_path / f"{name}.png", still)
    return GenerateRequest(
        model=str(weights), prompt="A woman in a red coat walks. " * 4, width=48, height=32, frames=37, seed=7, steps=2,
        start=str(tmp_path / "red.png"), out=str(tmp_path / "first"),
    )


@pytest.fixture
def make(models: LocalModels, base: GenerateRequest, tmp_path: Path) -> Make:
    """What a request handed on; an extension is asked for by `history`, names of the chunks before it."""

    def handed_on(name: str, on_step: Any = None, history: tuple[str, ...] = (), **more: Any) -> dict[str, torch.Tensor]:
        past = [str(tmp_path / f"{one}.safetensors") for one in history]
        if past:
            more = {"frames": 36, "start": None, **more}
        models.generate(msgspec.structs.replace(base, out=str(tmp_path / name), history=past, **more), on_step)
        return load_file(tmp_path / f"{name}.safetensors")

    return handed_on


@contextmanager
def shown() -> Iterator[list[dict[str, Any]]]:
    """Everything that the transformer is given in the block, a call at a time."""
    from diffusers import HunyuanVideoFramepackTransformer3DModel as Transformer

    calls: list[dict[str, Any]] = []
    forward = Transformer.forward

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(kwargs)
        return forward(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transformer, "forward", watched)
        yield calls


def stock(folder: Path, request: GenerateRequest, **more: Any) -> tuple[Any, list[dict[str, Any]]]:
    """diffusers' own pipeline in vanilla order, and what it showed the transformer."""
    family = FramePackFamily(folder)
    text = family._load_text(CPU, torch.float32)
    with torch.inference_mode(), pytest.MonkeyPatch.context() as patch:
        from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution as Posterior

        patch.setattr(Posterior, "sample", lambda self, generator=None: self.mode())
        with shown() as calls:
            made = family._load({}, CPU, torch.float32)(
                image=picture(str(request.start), (request.width, request.height)),
                **family.embed(text, request.prompt, CPU),
                width=request.width, height=request.height, num_inference_steps=request.steps,
                guidance_scale=10.0, generator=generator(request.seed), sampling_type="vanilla", **more,
            ).frames
    return made, calls


def test_the_first_chunk_is_that_of_the_pipeline_in_vanilla_order(
    make: Make, base: GenerateRequest, weights: Path, models: LocalModels
) -> None:
    latents, calls = stock(weights, base, num_frames=66, output_type="latent")
    with shown() as ours:
        made = make("long", frames=73)
    assert torch.equal(made["latents"], latents[-1])
    assert len(ours) == len(calls) == 4
    for here, there in zip(ours, calls, strict=True):
        for name in there.keys() - {"attention_kwargs", "return_dict"}:
            assert torch.equal(torch.as_tensor(here[name]), torch.as_tensor(there[name])), name
    made_frames, _ = stock(weights, base, num_frames=33, output_type="np")
    clip = FramePackFamily(weights).generate(models, base, lambda *_: None)
    assert np.array_equal(clip.frames, pixels(made_frames[0]))


def test_an_extension_is_shown_its_past_as_the_method_says(make: Make) -> None:
    first = make("first")
    assert first["latents"].shape[2] == 1 + 9
    with shown() as calls:
        second = make("second", history=("first",))
    assert second["latents"].shape[2] == 9
    for call in calls:
        assert call["hidden_states"].shape[2] == 9
        assert call["indices_latents"].tolist() == [*range(20, 29)]
        assert call["indices_latents_clean"].tolist() == [0, 19]
        assert call["indices_latents_history_2x"].tolist() == [17, 18]
        assert call["indices_latents_history_4x"].tolist() == [*range(1, 17)]
        known = first["latents"]
        assert torch.equal(call["latents_clean"], known[:, :, [0, 9]])
        assert torch.equal(call["latents_history_2x"], known[:, :, 7:9])
        assert not call["latents_history_4x"][:, :, :9].any()
        assert torch.equal(call["latents_history_4x"][:, :, 9:], known[:, :, :7])
        assert torch.equal(call["image_embeds"], first["seen"])
    with shown() as calls:
        make("third", history=("first", "second"))
    known = torch.cat([first["latents"], second["latents"]], dim=2)
    assert torch.equal(calls[0]["latents_history_4x"], known[:, :, :16])
    assert torch.equal(calls[0]["latents_clean"], known[:, :, [0, 18]])


def test_a_long_shot_shows_its_own_first_latent_though_its_first_chunk_is_out_of_sight() -> None:
    known = torch.arange(60.0).reshape(1, 1, 60, 1, 1)
    given = packed(known, known[:, :, :1])
    assert given["latents_clean"].flatten().tolist() == [0, 59]
    assert given["latents_history_2x"].flatten().tolist() == [57, 58]
    assert given["latents_history_4x"].flatten().tolist() == [*range(41, 57)]


def test_a_shot_looks_back_at_its_first_latent_without_the_first_chunks_file(make: Make) -> None:
    first = make("first")
    make("second", history=("first",))
    third = make("third", history=("second",))
    assert torch.equal(third["prefix"], first["latents"][:, :, :1])
    assert torch.equal(third["seen"], first["seen"])


def test_a_keyframe_beside_the_past_takes_the_place_of_the_first_latent(make: Make, tmp_path: Path) -> None:
    make("first")
    own = make("own", history=("first",), seed=9)
    same = make("same", history=("first",), seed=9, start=str(tmp_path / "red.png"))
    other = make("other", history=("first",), seed=9, start=str(tmp_path / "blue.png"))
    assert torch.equal(own["latents"], same["latents"])
    assert not torch.equal(own["latents"], other["latents"])


def test_new_frames_are_those_of_the_whole_shot_decoded_at_once(weights: Path) -> None:
    pipe = FramePackFamily(weights)._load({}, CPU, torch.float32)
    whole = torch.randn(1, 4, 1 + 3 * 9, 4, 4, generator=torch.Generator().manual_seed(3)) * 0.5
    with torch.inference_mode():
        shot = _decoded(pipe, whole).astype(int)
        for begin in (10, 19):
            end = begin + 9
            new = _decoded(pipe, whole[:, :, begin - OVERLAP : end])[-36:].astype(int)
            there = _decoded(pipe, whole[:, :, :end])[-36:].astype(int)
            assert np.abs(new - there).max() <= 1
            assert np.abs(new[:24] - shot[1 + 4 * (begin - 1) :][:24]).max() <= 1
            nearer = _decoded(pipe, whole[:, :, begin - OVERLAP + 1 : end])[-36:].astype(int)
            assert np.abs(nearer - there).max() > 1


def test_every_step_of_every_section_is_reported_once(make: Make, models: LocalModels, base: GenerateRequest) -> None:
    expected = [(done, 4) for done in range(1, 5)]
    steps: list[tuple[int, int]] = []
    make("long", lambda *step: steps.append(step), frames=73)
    assert steps == expected


def test_a_shot_drawn_backwards_is_one_call_and_cannot_be_extended(
    models: LocalModels, base: GenerateRequest, tmp_path: Path
) -> None:
    framepack.framepack(tmp_path / "FramePackI2V_HY")
    backwards = msgspec.structs.replace(base, model=str(tmp_path / "FramePackI2V_HY"), frames=73)
    steps: list[tuple[int, int]] = []
    assert models.generate(backwards, lambda *step: steps.append(step)).frames == 73
    assert steps == [(done, 4) for done in range(1, 5)]
    assert load_file(tmp_path / "first.safetensors")["latents"].shape == (1, 4, 9, 4, 6)
    extension = msgspec.structs.replace(backwards, frames=36, history=["past.safetensors"])
    for start in (base.start, None):
        with pytest.raises(RecordError, match=r"backwards from its end.* rename the folder to have F1 in its name"):
            models.check(msgspec.structs.replace(extension, start=start))


def test_what_diffusers_notes_of_a_download_tells_the_variant_too(weights: Path, tmp_path: Path) -> None:
    from diffusers import HunyuanVideoFramepackTransformer3DModel as Transformer

    download = shutil.copytree(weights / "transformer", tmp_path / "FramePack_F1_I2V_HY_20250503")
    noted = json.loads((download / "config.json").read_text())
    (download / "config.json").write_text(json.dumps({name: noted[name] for name in noted if name != "_name_or_path"}))
    saved = tmp_path / "saved"
    shutil.copytree(weights, saved)
    Transformer.from_pretrained(download).save_pretrained(saved / "transformer")
    assert FramePackFamily(saved).card().modes == (2, 3, 4)


def test_the_order_that_only_a_name_tells_is_a_word_of_the_revision(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "F1")
    config = tmp_path / "F1" / "transformer" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "_name_or_path": ""}))
    shutil.copytree(tmp_path / "F1", tmp_path / "first")
    forwards, backwards = (LocalModels("cpu").describe(str(tmp_path / name), "video").revision for name in ("F1", "first"))
    assert forwards == f"{backwards}+forwards"


@pytest.mark.parametrize(
    ("name", "forwards"),
    [
        ("FramePack_F1_I2V_HY_20250503", True),
        ("framepack-f1", True),
        ("FramePackF1", True),
        ("FramePackI2V_HY", False),
        ("framepack-bf16", False),
        ("9f1c0f1e77", False),
    ],
)
def test_the_variant_is_told_by_the_folders_name(name: str, forwards: bool, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "model_index.json").write_text('{"_class_name": "HunyuanVideoFramepackPipeline"}')
    assert FramePackFamily(tmp_path / name).card().modes == ((2, 3, 4) if forwards else (3,))


def test_the_prompt_is_whole_though_its_tokenizer_pads_on_the_left(weights: Path, tmp_path: Path) -> None:
    framepack.framepack(tmp_path / "right", padding_side="right")
    embedded = []
    for folder in (weights, tmp_path / "right"):
        family = FramePackFamily(folder)
        pipe = family._load_text(CPU, torch.float32)
        with torch.inference_mode():
            embedded.append(family.embed(pipe, "A dog.", CPU))
    left, right = embedded
    length = len("A dog.<|eot_id|>")
    assert left["prompt_attention_mask"][0].tolist() == [1] * length + [0] * (256 - length)
    assert all(torch.equal(left[name], right[name]) for name in left)
    shutil.rmtree(tmp_path / "right")


def test_the_authors_sampler_draws_other_frames(make: Make) -> None:
    euler, unipc = make("euler", steps=4), make("unipc", steps=4, options={"sampler": "unipc"})
    assert torch.isfinite(unipc["latents"]).all()
    assert not torch.equal(euler["latents"], unipc["latents"])
