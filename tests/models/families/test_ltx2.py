"""LTX-2 beyond the contract: sound as long as its picture, guidance by the variant, and parts that are never read."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from reelkit.errors import RecordError
from reelkit.media.video import join_videos, probe
from reelkit.models import GenerateRequest
from reelkit.models.cache import Needs
from reelkit.models.families.ltx2 import Ltx2Family
from reelkit.models.family import Clip, family_of
from reelkit.models.local import LocalModels
from reelkit.models.past import PAST
from tests.support.checkpoints.ltx2 import ltx2

PROMPT = "Wide shot. A woman in a red coat walks along a beach, waves and gulls are heard. " * 3
VARIANTS = {"2.0": ltx2(), "2.3": ltx2("2.3"), "distilled": ltx2("2.5", distilled=True)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("ltx2")
    for name, make in VARIANTS.items():
        make(root / name)
    return {name: root / name for name in VARIANTS}


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
        "width": 64,
        "height": 64,
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


def past_of(path: Path, frames: int) -> list[str]:
    pictures = np.random.default_rng(5).integers(0, 256, (frames, 64, 64, 3), dtype=np.uint8)
    save_file({PAST: torch.from_numpy(pictures)}, path)
    return [str(path)]


@pytest.mark.parametrize("past", [0, 17])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_clip_is_what_the_pipeline_makes_of_the_prompt_itself(
    folders: dict[str, Path], models: LocalModels, tmp_path: Path, variant: str, past: int
) -> None:
    from diffusers import LTX2ConditionPipeline
    from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule
    from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

    pipe = LTX2ConditionPipeline.from_pretrained(folders[variant])
    frames, history, conditions = 9 if not past else 16, [], []
    if past:
        history = past_of(tmp_path / "past.safetensors", past)
        shown = np.random.default_rng(5).integers(0, 256, (past, 64, 64, 3), dtype=np.uint8)
        conditions = [LTX2VideoCondition(frames=shown)]
    full = variant != "distilled"
    stg = 1.0 if variant == "2.3" else 0.0
    spectra = int(np.ceil((past + frames) / 24 * 100))
    made = pipe(
        conditions=conditions, prompt=PROMPT, negative_prompt="blurry" if full else None, width=64, height=64,
        num_frames=past + frames, num_inference_steps=2,
        sigmas=None if full else linear_quadratic_schedule(2).tolist(), guidance_scale=3.0 if full else 1.0,
        stg_scale=stg, modality_scale=3.0 if full else 1.0, guidance_rescale=0.7 if full else 0.0,
        audio_guidance_scale=7.0 if full else 1.0, audio_stg_scale=stg, audio_modality_scale=3.0 if full else 1.0,
        audio_guidance_rescale=0.7 if full else 0.0, spatio_temporal_guidance_blocks=[0],
        use_cross_timestep=variant != "2.0", audio_latents=torch.zeros(1, 2, int(np.ceil((spectra + 3) / 4)), 2),
        generator=torch.Generator().manual_seed(3), output_type="np",
    )
    asking = asked(folders[variant], frames=frames, negative_prompt="blurry" if full else "", history=history)
    clip = drawn(models, asking)
    assert np.array_equal(clip.frames, (made.frames[0][past:] * 255).round().astype(np.uint8))
    assert clip.sound is not None and clip.sound.rate == pipe.vocoder.config.output_sampling_rate
    begin = past * clip.sound.rate // 24
    wanted = made.audio[0].T[begin : begin + frames * clip.sound.rate // 24].numpy()
    assert np.array_equal(clip.sound.samples, wanted)


@pytest.mark.parametrize("fps", [24, 25, 30000 / 1001, 60])
@pytest.mark.parametrize("variant", ["2.0", "distilled"])
def test_sound_is_exactly_as_long_as_the_new_frames_and_heard_to_their_end(
    folders: dict[str, Path], models: LocalModels, tmp_path: Path, variant: str, fps: float
) -> None:
    history = past_of(tmp_path / "past.safetensors", 17)
    for frames, past in ((9, []), (25, []), (8, history)):
        clip = drawn(models, asked(folders[variant], frames=frames, history=past, options={"fps": fps}, guidance=1.0))
        assert clip.sound is not None and clip.sound.samples.shape == (round(frames * clip.sound.rate / fps), 2)
        last = clip.sound.samples[-clip.sound.rate // 100 :]
        assert np.abs(last).min(0).max() > 0 or last.std() > 1e-4, "silence was put at the end"


def test_chunks_of_a_take_sound_on_in_one_file(folders: dict[str, Path], models: LocalModels, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    models.generate(asked(folders["2.0"], out=str(first)))
    history = [str(first.with_suffix(".safetensors"))]
    models.generate(asked(folders["2.0"], frames=16, history=history, out=str(second)))
    again = tmp_path / "again"
    models.generate(asked(folders["2.0"], frames=16, history=history, out=str(again)))
    assert again.with_suffix(".mp4").read_bytes() == second.with_suffix(".mp4").read_bytes()
    join_videos([first.with_suffix(".mp4"), second.with_suffix(".mp4")], tmp_path / "take.mp4")
    info = probe(tmp_path / "take.mp4")
    assert info.has_audio and info.frames == 25
    with av.open(str(tmp_path / "take.mp4")) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) == 25000


def test_the_variant_is_known_by_its_files(folders: dict[str, Path]) -> None:
    steps = {name: Ltx2Family(folder).steps_of(asked(folder, steps=None)) for name, folder in folders.items()}
    assert steps == {"2.0": 40, "2.3": 30, "distilled": 8}
    scales = {name: Ltx2Family(folder).guidance_of(asked(folder)) for name, folder in folders.items()}
    assert [scales[name]["guidance_scale"] for name in VARIANTS] == [3.0, 3.0, 1.0]
    assert [scales[name]["audio_guidance_scale"] for name in VARIANTS] == [7.0, 7.0, 1.0]
    assert [scales[name]["stg_scale"] for name in VARIANTS] == [0.0, 1.0, 0.0]
    assert [scales[name]["modality_scale"] for name in VARIANTS] == [3.0, 3.0, 1.0]
    alone = Ltx2Family(folders["2.3"]).guidance_of(asked(folders["2.3"], guidance=1.0))
    assert {alone[name] for name in ("guidance_scale", "audio_guidance_scale", "modality_scale")} == {1.0}


def test_eight_steps_are_those_of_the_distillation() -> None:
    from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule
    from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES

    assert linear_quadratic_schedule(8).tolist() == pytest.approx(DISTILLED_SIGMA_VALUES, abs=1e-6)


def test_parts_that_nothing_needs_are_neither_read_nor_counted(
    folders: dict[str, Path], models: LocalModels, tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoint"
    VARIANTS["distilled"](folder)
    plain = drawn(models, asked(folders["distilled"])).frames
    index = json.loads((folder / "model_index.json").read_text())
    index |= {"processor": ["transformers", "Gemma3Processor"], "duration_head": ["ltx2", "LTX2DurationHead"]}
    index |= {"prompt_enhancer": ["transformers", "Gemma4ForConditionalGeneration"]}
    (folder / "model_index.json").write_text(json.dumps(index))
    sizes: list[int] = []

    class Counting(LocalModels):
        @contextmanager
        def lend(self, name: str, size: int | Needs, load: Any) -> Iterator[Any]:
            sizes.append(size.device + size.host if isinstance(size, Needs) else size)
            with super().lend(name, size, load) as value:
                yield value

    assert np.array_equal(plain, drawn(Counting("cpu", "float32"), asked(folder)).frames)
    weights = {"big": torch.zeros(2_000_000)}
    for name in ("duration_head", "prompt_enhancer", "transformer_full", "."):
        (folder / name).mkdir(exist_ok=True)
        save_file(weights, folder / name / "model.safetensors")
    before = max(sizes)
    sizes.clear()
    drawn(Counting("cpu", "float32"), asked(folder, prompt="Another one. " * 9))
    assert 0 < max(sizes) <= before < 8_000_000


def test_of_a_prompt_only_its_own_tokens_are_remembered(folders: dict[str, Path], models: LocalModels) -> None:
    family = family_of(folders["2.0"])
    assert isinstance(family, Ltx2Family)
    device, dtype = models.place()
    (made,) = family.embeddings(models, ["A fox."], device, dtype)
    assert made["prompt"].shape == (1, len("A fox.") + 1, 48)


def test_what_it_cannot_do_is_refused(folders: dict[str, Path]) -> None:
    family = family_of(folders["2.0"])
    lora = {"lora": ["in-context.safetensors"]}
    for request, reason in (
        (asked(folders["2.0"], references=["a.png"], options=lora), "give the still as the start"),
        (asked(folders["2.0"], references=["a.png"]), "give it as the start"),
        (asked(folders["2.0"], width=32), "needs 64 pixels a side"),
        (asked(folders["2.0"], steps=1), "ask for 2"),
        (asked(folders["2.0"], options={"fps": 48}), "give the film 50"),
        (asked(folders["2.0"], options={"fps": 12}), "give the film 20"),
        (asked(folders["2.0"], frames=129), "ask for 121 and extend"),
        (asked(folders["2.0"], frames=112, history=["p"]), "ask for 104 and extend"),
    ):
        with pytest.raises(RecordError, match=reason):
            family.check(request)
    family_of(folders["distilled"]).check(asked(folders["distilled"], steps=1))


@pytest.mark.parametrize("variant", VARIANTS)
def test_in_half_precision_sound_is_still_made_in_full(
    folders: dict[str, Path], models: LocalModels, variant: str
) -> None:
    clip = drawn(models, asked(folders[variant], options={"dtype": "bfloat16"}))
    assert clip.sound is not None and clip.sound.samples.dtype == np.float32
    sixteen = torch.from_numpy(clip.sound.samples).to(torch.bfloat16).float().numpy()
    assert not np.array_equal(sixteen, clip.sound.samples)


def test_a_still_has_no_sound(folders: dict[str, Path], models: LocalModels) -> None:
    clip = drawn(models, asked(folders["distilled"], frames=1, still=True))
    assert clip.sound is None and clip.frames.shape == (1, 64, 64, 3)
