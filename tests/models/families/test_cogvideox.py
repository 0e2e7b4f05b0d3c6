"""What CogVideoX alone does: lengths of 8m+1, the padding of 1.5, learned positions, two samplers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.errors import RecordError
from reelkit.media.image import read_image, write_png
from reelkit.media.video import read_frames
from reelkit.models import GenerateRequest
from reelkit.models.family import family_of
from reelkit.models.local import LocalModels
from tests.support.checkpoints import cogvideox

Make = Callable[[Path], None]
VARIANTS = [cogvideox.two_b, cogvideox.five_b, cogvideox.one_five, cogvideox.five_b_i2v, cogvideox.one_five_i2v]


def request(folder: Path, out: Path, **more: Any) -> GenerateRequest:
    fields: dict[str, Any] = {
        "model": str(folder), "prompt": "a fisherman mends a net " * 4, "width": 16, "height": 16, "frames": 9, "seed": 7,
        "steps": 2, "out": str(out),
    }
    return GenerateRequest(**{**fields, **more})


@pytest.fixture(autouse=True)
def no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(("make", "fps"), [*zip(VARIANTS, (8, 8, 16, 8, 16), strict=True)])
def test_the_rate_is_the_variants_own(make: Make, fps: int, tmp_path: Path) -> None:
    make(tmp_path / "model")
    assert family_of(tmp_path / "model").card().fps == fps


@pytest.mark.parametrize("make", [cogvideox.two_b, cogvideox.one_five])
@pytest.mark.parametrize("frames", [1, 9])
def test_every_length_of_the_rule_comes_out_as_asked(make: Make, frames: int, tmp_path: Path) -> None:
    make(tmp_path / "model")
    reply = LocalModels("cpu", "float32").generate(request(tmp_path / "model", tmp_path / "clip", frames=frames))
    assert reply.frames == frames == len(list(read_frames(tmp_path / "clip.mp4")))


def test_an_even_number_of_latents_would_come_out_longer_and_is_refused(tmp_path: Path) -> None:
    cogvideox.two_b(tmp_path / "model")
    family = family_of(tmp_path / "model")
    pipe: Any = family._load({}, *LocalModels("cpu", "float32").place())  # type: ignore[attr-defined]
    embeds = np.zeros((1, 64, 32), np.float32)
    import torch

    made = pipe(
        prompt_embeds=torch.from_numpy(embeds), guidance_scale=1.0, height=16, width=16, num_frames=5,
        num_inference_steps=1, output_type="np",
    )
    assert len(made.frames[0]) == 8
    with pytest.raises(RecordError, match="ask for 9"):
        family.check(request(tmp_path / "model", tmp_path / "clip", frames=5))


def test_the_padding_of_1_5_is_dropped_and_the_picture_stands_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel

    cogvideox.one_five_i2v(tmp_path / "model")
    write_png(tmp_path / "start.png", np.full((16, 16, 3), 200, np.uint8))
    seen: list[Any] = []
    decoded: list[int] = []
    forward, decode = CogVideoXTransformer3DModel.forward, AutoencoderKLCogVideoX.decode

    def watch(self: Any, hidden_states: Any, **more: Any) -> Any:
        seen.append(hidden_states)
        return forward(self, hidden_states=hidden_states, **more)

    def count(self: Any, z: Any, **more: Any) -> Any:
        decoded.append(z.shape[2])
        return decode(self, z, **more)

    monkeypatch.setattr(CogVideoXTransformer3DModel, "forward", watch)
    monkeypatch.setattr(AutoencoderKLCogVideoX, "decode", count)
    start = str(tmp_path / "start.png")
    reply = LocalModels("cpu", "float32").generate(request(tmp_path / "model", tmp_path / "clip", start=start))
    latents, pictures = seen[0][:1].chunk(2, dim=2)
    assert latents.shape[1] == 4 and decoded == [3] and reply.frames == 9
    assert pictures[:, 0].abs().max() > 0 and not pictures[:, 1:].any()


def test_learned_positions_hold_for_one_size_and_one_length(tmp_path: Path) -> None:
    cogvideox.i2v(
        tmp_path / "model", **cogvideox.ROTARY, use_learned_positional_embeddings=True, sample_frames=49, sample_width=4
    )
    family = family_of(tmp_path / "model")
    card = family.card()
    assert card.native == (32, 16) and card.chunk_frames == (49, 48)
    fitting = {"width": 32, "start": "start.png"}
    family.check(request(tmp_path / "model", tmp_path / "clip", frames=49, **fitting))
    for frames in (1, 9, 41, 57):
        with pytest.raises(RecordError, match="ask for 49"):
            family.check(request(tmp_path / "model", tmp_path / "clip", frames=frames, **fitting))
    with pytest.raises(RecordError, match="ask for 48"):
        family.check(request(tmp_path / "model", tmp_path / "clip", frames=40, width=32, history=["past"]))
    with pytest.raises(RecordError, match="32x16 only"):
        family.check(request(tmp_path / "model", tmp_path / "clip", frames=49, width=48, start="start.png"))


def test_a_size_past_the_grid_of_1_5_is_refused(tmp_path: Path) -> None:
    cogvideox.one_five(tmp_path / "model")
    family = family_of(tmp_path / "model")
    family.check(request(tmp_path / "model", tmp_path / "clip", width=2400, height=1360))
    with pytest.raises(RecordError, match="ask for 2400x1360"):
        family.check(request(tmp_path / "model", tmp_path / "clip", width=2416, height=1360))


def test_it_draws_stills(tmp_path: Path) -> None:
    cogvideox.five_b(tmp_path / "model")
    LocalModels("cpu", "float32").generate(request(tmp_path / "model", tmp_path / "still", frames=1, still=True))
    assert read_image(tmp_path / "still.png").shape == (16, 16, 3)


@pytest.mark.parametrize("make", [cogvideox.two_b, cogvideox.five_b])
def test_either_sampler_can_be_asked_for_and_ended(make: Make, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        assert (done, total) == (1, 2)
        raise Enough

    make(tmp_path / "model")
    models = LocalModels("cpu", "float32")
    own, made = type_of(make), {}
    for sampler in ("ddim", "dpm", None):
        asked = request(tmp_path / "model", tmp_path / str(sampler), options={"sampler": sampler} if sampler else {})
        with pytest.raises(Enough):
            models.generate(asked, stop)
        models.generate(asked)
        made[sampler] = np.stack(list(read_frames(tmp_path / f"{sampler}.mp4")))
    assert not np.array_equal(made["ddim"], made["dpm"])
    assert np.array_equal(made[None], made[own])


def type_of(make: Make) -> str:
    """The sampler that the checkpoint comes with."""
    return "ddim" if make is cogvideox.two_b else "dpm"
