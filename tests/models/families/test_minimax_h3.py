"""What MiniMax-H3 alone does: sound, references in order, the past as a first frame or as a video, parts on disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from safetensors.numpy import load_file

from reelkit.errors import RecordError, UnavailableError
from reelkit.media.image import write_png
from reelkit.models import GenerateRequest
from reelkit.models.family import Clip, family_of
from reelkit.models.local import LocalModels
from tests.support.checkpoints import minimax_h3

PROMPT = "Wide shot. A fisherman mends a net, and a gull cries. " * 3


class Set:
    """A checkpoint, a loader, and what the family made of each request."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "model"
        minimax_h3.h3(self.folder)
        self.models = LocalModels("cpu", "float32")
        for shade, name in enumerate(("red", "blue")):
            picture = np.full((32, 48, 3), 40, np.uint8)
            picture[..., 2 * shade] = 220
            write_png(root / f"{name}.png", picture)

    def request(self, name: str, **more: Any) -> GenerateRequest:
        fields: dict[str, Any] = {
            "model": str(self.folder), "prompt": PROMPT, "width": 32, "height": 32, "frames": 124, "seed": 7, "steps": 1,
            "out": str(self.root / name),
        }
        return GenerateRequest(**{**fields, **more})

    def still(self, name: str) -> str:
        return str(self.root / f"{name}.png")

    def opening(self) -> str:
        """What a first chunk handed on."""
        path = self.root / "opening.safetensors"
        if not path.is_file():
            self.models.generate(self.request("opening"))
        return str(path)

    def clip(self, request: GenerateRequest) -> Clip:
        """What the family made, before it is written."""
        return family_of(self.folder).generate(self.models, request, lambda done, total: None)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Set]:
    root = tmp_path_factory.mktemp("minimax")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
    yield Set(root)
    patch.undo()


@pytest.mark.parametrize("frames", [124, 158])
def test_the_sound_is_exactly_as_long_as_the_frames(studio: Set, frames: int) -> None:
    """158 frames have 263 latents of sound, which end 8 ms before them."""
    sound = studio.clip(studio.request("sound", frames=frames)).sound
    assert sound is not None and sound.rate == minimax_h3.RATE
    assert sound.samples.shape == (round(frames / 24 * minimax_h3.RATE), 2) and sound.samples.dtype == np.float32
    assert 0 < np.abs(sound.samples).max() <= 1


def test_an_extension_s_sound_leaves_out_the_repeated_frame(studio: Set) -> None:
    sound = studio.clip(studio.request("more", frames=123, history=[studio.opening()])).sound
    assert sound is not None and len(sound.samples) == 123 * minimax_h3.RATE // 24


def test_frames_and_sound_of_the_last_seconds_are_handed_on(studio: Set) -> None:
    handed = load_file(studio.opening())
    assert handed["frames"].shape == (56, 32, 32, 3) and handed["frames"].dtype == np.uint8
    assert handed["sound"].shape == (round(56 / 24 * minimax_h3.RATE), 2)
    clip = studio.clip(studio.request("opening"))
    assert clip.sound is not None and np.array_equal(handed["sound"], clip.sound.samples[-len(handed["sound"]) :])


@pytest.mark.parametrize("steps", [1, 3])
def test_as_many_evaluations_happen_as_steps_were_asked_for(
    studio: Set, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import MiniMaxH3Transformer3DModel

    forward, times = MiniMaxH3Transformer3DModel.forward, []

    @wraps(forward)
    def count(self: Any, *given: Any, **named: Any) -> Any:
        times.append(1)
        return forward(self, *given, **named)

    monkeypatch.setattr(MiniMaxH3Transformer3DModel, "forward", count)
    told: list[tuple[int, int]] = []
    studio.models.generate(studio.request("steps", steps=steps), lambda *step: told.append(step))
    assert len(times) == steps and told == [(done, steps) for done in range(1, steps + 1)]


def test_the_order_of_references_is_meaning(studio: Set) -> None:
    stills = [studio.still("red"), studio.still("blue")]
    one, other = (studio.clip(studio.request("order", references=given)).frames for given in (stills, stills[::-1]))
    assert not np.array_equal(one, other)


def test_the_past_is_a_pinned_frame_alone_and_a_video_with_sound_after_references(
    studio: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    family = family_of(studio.folder)
    presented = type(family).embed_seeing  # type: ignore[attr-defined]

    def watch(self: Any, pipe: Any, text: str, seen_: Any = (), device: Any = None, **named: Any) -> Any:
        called = type(pipe).__call__

        def note(pipe_: Any, **given: Any) -> Any:
            seen.append(given)
            return called(pipe_, **given)

        with monkeypatch.context() as patch:
            patch.setattr(type(pipe), "__call__", note)
            return presented(self, pipe, text, named.get("seen", seen_), device)

    monkeypatch.setattr(type(family), "embed_seeing", watch)
    past = {"frames": 123, "history": [studio.opening()]}
    studio.clip(studio.request("two", prompt="a prompt of its own", **past))
    studio.clip(studio.request("four", prompt="a prompt of its own", references=[studio.still("red")], **past))
    two, four = seen
    handed = load_file(studio.opening())
    assert np.array_equal(np.asarray(two["image"]), handed["frames"][-1]) and "references" not in two
    assert "<Picture 1>" in two["prompt"] and two["prompt"].endswith("a prompt of its own")
    picture, video = four["references"]
    assert (picture.kind, video.kind) == ("image", "video") and "image" not in four
    assert np.array_equal(video.frames, handed["frames"]) and np.array_equal(video.audio.T, handed["sound"])
    assert "<Video 1>" in four["prompt"] and four["prompt"].endswith("a prompt of its own")


def test_a_prompt_that_speaks_of_what_is_shown_stands_as_it_is(studio: Set) -> None:
    family: Any = family_of(studio.folder)
    for prompt, more in (
        ("She in <Picture 1> goes on.", {"history": ["past.safetensors"]}),
        ("It goes on from <Video 1>.", {"history": ["past.safetensors"], "references": ["red.png"]}),
        ("Nothing shown.", {}),
        ("The woman of <Picture 1>.", {"references": ["red.png"]}),
    ):
        assert family.presented(studio.request("prompt", prompt=prompt, **more)) == prompt


def test_the_sound_of_the_past_alone_changes_a_continuation(studio: Set) -> None:
    from safetensors.numpy import save_file

    silent = {**load_file(studio.opening())}
    silent["sound"] = np.zeros_like(silent["sound"])
    save_file(silent, studio.root / "silent.safetensors")
    given = {"frames": 123, "references": [studio.still("red")]}
    heard, unheard = (
        studio.clip(studio.request("heard", history=[str(studio.root / name)], **given)).sound
        for name in ("opening.safetensors", "silent.safetensors")
    )
    assert heard is not None and unheard is not None and not np.array_equal(heard.samples, unheard.samples)


def test_a_prompt_with_the_same_references_is_embedded_once(studio: Set) -> None:
    request = studio.request("again", references=[studio.still("red")], prompt="once only")
    first = studio.clip(request).frames
    later = LocalModels("cpu", "float32")
    again = family_of(studio.folder).generate(later, request, lambda done, total: None).frames
    assert np.array_equal(first, again) and not [name for name in later.loads if " text " in name]


def test_each_request_loads_one_transformer(studio: Set) -> None:
    models = LocalModels("cpu", "float32")
    models.generate(studio.request("plain"))
    assert [name for name in models.loads if "transformer_ref" in name] == []
    models.generate(studio.request("seeing", references=[studio.still("red")]))
    assert len([name for name in models.loads if "transformer_ref" in name]) == 1


def test_the_autoencoders_are_in_float32_whatever_the_rest_is_in(studio: Set) -> None:
    import torch

    family: Any = family_of(studio.folder)
    pipe = family._open(["vae", "audio_vae", "transformer"], ("text_encoder",), torch.device("cpu"), torch.bfloat16)
    for part in (pipe.vae, pipe.audio_vae):
        assert {weight.dtype for weight in part.parameters()} == {torch.float32}
    assert torch.bfloat16 in {weight.dtype for weight in pipe.transformer.parameters()}


@pytest.mark.parametrize(
    ("without", "modes"), [("transformer_ref", (1, 2)), ("transformer", (3, 4))], ids=["plain", "referring"]
)
def test_a_folder_with_one_transformer_has_its_modes(
    studio: Set, tmp_path: Path, without: str, modes: tuple[int, ...]
) -> None:
    folder = tmp_path / "part"
    shutil.copytree(studio.folder, folder, ignore=shutil.ignore_patterns(without))
    family = family_of(folder)
    assert family.card().modes == modes and family.card().multiple == 32
    shown = {"references": [studio.still("red")]} if modes == (1, 2) else {}
    with pytest.raises(RecordError, match="no mode"):
        family.check(studio.request("part", model=str(folder), **shown))


def test_a_part_that_is_missing_is_refused_and_not_fetched(studio: Set, tmp_path: Path) -> None:
    for part in ("audio_vae", "tokenizer", "scheduler"):
        folder = tmp_path / part
        shutil.copytree(studio.folder, folder, ignore=lambda _, names, part=part: [name for name in names if name == part])
        request = studio.request("missing", model=str(folder), prompt=f"no {part}")
        with pytest.raises(UnavailableError, match=rf"cannot be loaded: .*{part}"):
            LocalModels("cpu", "float32").generate(request)


def test_the_index_may_have_the_name_of_other_pipelines(studio: Set, tmp_path: Path) -> None:
    """The released repository keeps both names at its root."""
    folder = tmp_path / "named"
    shutil.copytree(studio.folder, folder)
    index = msgspec.json.decode((folder / "modular_model_index.json").read_bytes())
    (folder / "modular_model_index.json").rename(folder / "model_index.json")
    assert index["_class_name"] == "MiniMaxH3ModularPipeline"
    given = studio.request("named", model=str(folder))
    assert np.array_equal(studio.clip(studio.request("named")).frames, _made(folder, given))


def _made(folder: Path, request: GenerateRequest) -> Any:
    return family_of(folder).generate(LocalModels("cpu", "float32"), request, lambda done, total: None).frames


def test_what_it_was_not_trained_for_is_refused_with_the_nearest(studio: Set) -> None:
    family = family_of(studio.folder)
    for frames, nearest in ((24, 124), (123, 124), (346, 345), (362, 345)):
        with pytest.raises(RecordError, match=f"ask for {nearest}"):
            family.check(studio.request("long", frames=frames))
    with pytest.raises(RecordError, match="ask for 123"):
        family.check(studio.request("short", frames=34, history=["past.safetensors"]))
    with pytest.raises(RecordError, match="ask for 128x32"):
        family.check(studio.request("wide", width=160))
    with pytest.raises(RecordError, match="leave --guidance out"):
        family.check(studio.request("guided", guidance=5.0))
    with pytest.raises(RecordError, match="takes no negative prompt: leave out --negative-prompt"):
        family.check(studio.request("against", negative_prompt="rain"))
    with pytest.raises(RecordError, match="it runs its own sampler only: leave out --sampler"):
        family.check(studio.request("sampled", options={"sampler": "euler"}))
    with pytest.raises(RecordError, match="leave --step-cache out"):
        family.check(studio.request("cached", options={"step_cache": "first-block"}))
    write_png(studio.root / "long.png", np.zeros((32, 160, 3), np.uint8))
    with pytest.raises(RecordError, match="160x32: crop the still"):
        studio.clip(studio.request("shape", references=[studio.still("long")]))


def test_a_continuation_takes_the_colours_of_what_it_follows(studio: Set) -> None:
    past = load_file(studio.opening())["frames"][-1]
    given = {"frames": 123, "history": [studio.opening()], "references": [studio.still("red")]}
    plain, kept = (
        np.asarray(studio.clip(studio.request("match", options=options, **given)).frames)
        for options in ({}, {"match": True})
    )
    far, near = (np.abs(clip[0].mean((0, 1)) - past.mean((0, 1))).max() for clip in (plain, kept))
    assert near < 1 < far


def test_an_end_prints_nothing_of_a_failure(studio: Set, caplog: pytest.LogCaptureFixture) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        studio.models.generate(studio.request("ended"), stop)
    assert "Error in block" not in caplog.text
