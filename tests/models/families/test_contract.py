"""One contract for every model family, over tiny checkpoints in the real layout, loaded by the real code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from reelkit.errors import RecordError, UnavailableError
from reelkit.media.image import read_image, write_png
from reelkit.media.video import probe, read_frames
from reelkit.models import GenerateReply, GenerateRequest
from reelkit.models.family import family_of
from reelkit.models.local import LocalModels
from reelkit.models.matching import matched
from tests.support.checkpoints import (
    Case,
    cogvideox,
    flux2,
    framepack,
    helios,
    hunyuan15,
    kontext,
    ltx,
    ltx2,
    minimax_h3,
    qwen_image,
    sdxl,
    skyreels,
    wan,
    z_image,
)

CASES: list[Case] = [
    *cogvideox.CASES,
    *flux2.CASES,
    *kontext.CASES,
    *ltx.CASES,
    *ltx2.CASES,
    *minimax_h3.CASES,
    *z_image.CASES,
    *qwen_image.CASES,
    *sdxl.CASES,
    *hunyuan15.CASES,
    *skyreels.CASES,
    *helios.CASES,
    *framepack.CASES,
    *wan.CASES,
]


PROMPT = "Wide shot, static camera. A woman in a red coat walks along a beach at dusk, the sea behind her. " * 3
"""Long enough to weigh among the padding of random text encoders."""


CODEC = 4.0
"""Levels of 255 that H.264 may take from the mean of pictures as rough as those of random weights."""


class Bench:
    """A case with its checkpoint on disk, one loader, and what it made so far."""

    def __init__(self, case: Case, root: Path) -> None:
        self.case = case
        self.folder = root / "checkpoint"
        case.make(self.folder)
        self.root = root
        self.models = LocalModels("cpu", "float32")
        self.card = self.models.describe(str(self.folder), "image" if case.still else "video")
        self.made: dict[str, GenerateReply] = {}
        for shade, name in enumerate(("red", "blue", "green")):
            write_png(root / f"{name}.png", still(shade, *case.size))

    def request(self, name: str, mode: int | None = None, look: str = "red", **more: Any) -> GenerateRequest:
        """What this case can do in its first mode, or in `mode`."""
        case = self.case
        mode = mode or case.modes[0]
        fields: dict[str, Any] = {
            "model": str(self.folder),
            "prompt": PROMPT,
            "width": case.size[0],
            "height": case.size[1],
            "frames": 1 if case.still else case.later if mode in (2, 4) else case.opening,
            "seed": 7,
            "steps": case.steps,
            "guidance": case.guidance,
            "still": case.still,
            "options": dict(case.options),
            "out": str(self.root / name),
        }
        if mode in (3, 4):
            path = str(self.root / f"{look}.png")
            fields |= {"start": path} if self.card.start else {"references": [path]}
        if mode in (2, 4):
            fields["history"] = [str(self.opening("red") if mode == 4 or 1 not in case.modes else self.opening())]
        return GenerateRequest(**{**fields, **more})

    def opening(self, look: str | None = None, seed: int = 7) -> Path:
        """What a first chunk handed on: from the prompt alone, or from a still."""
        name = f"opening-{look}-{seed}"
        if name not in self.made:
            self.run(self.request(name, 3 if look else 1, look or "red", seed=seed))
        return self.root / f"{name}.safetensors"

    def run(self, request: GenerateRequest, on_step: Any = None) -> np.ndarray:
        """Frames as they were written, uint8 [T, H, W, 3]."""
        out = Path(request.out)
        self.made[out.name] = self.models.generate(request, on_step)
        return self.frames(out.name)

    def frames(self, name: str) -> np.ndarray:
        if self.case.still:
            return read_image(self.root / f"{name}.png")[None]
        return np.stack(list(read_frames(self.root / f"{name}.mp4")))


def still(shade: int, width: int, height: int) -> np.ndarray:
    """A picture with a strong colour and some structure, uint8 [H, W, 3]."""
    picture = np.full((height, width, 3), 40, np.uint8)
    picture[..., shade] = 220
    picture[height // 4 : height // 2, width // 4 : width // 2] = 255 - 60 * shade
    return picture


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    case: Case = request.param
    root = tmp_path_factory.mktemp(case.name)
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
    for name, value in case.constants.items():
        patch.setattr(name, value)
    yield Bench(case, root)
    patch.undo()


def test_it_is_known_by_its_files_and_says_what_it_can_do(bench: Bench) -> None:
    assert bench.card.modes == bench.case.modes
    assert len(bench.card.revision.partition("+")[0]) == 64
    width, height = bench.case.size
    assert bench.card.size(width, height) == (width, height)
    if not bench.case.still:
        assert bench.card.frame_rule.holds(bench.case.opening) and bench.card.growth.holds(bench.case.later)
        assert bench.card.frame_rule.holds(bench.card.chunk_frames[0])
        assert bench.card.growth.holds(bench.card.chunk_frames[1])
    assert bench.card.start == (3 in bench.card.modes and not bench.card.max_references)


def test_it_makes_in_every_mode_what_was_asked_for(bench: Bench) -> None:
    for mode in bench.case.modes:
        request = bench.request(f"mode-{mode}", mode)
        assert request.mode == mode
        steps: list[tuple[int, int]] = []
        frames = bench.run(request, lambda done, total, steps=steps: steps.append((done, total)))
        reply = bench.made[f"mode-{mode}"]
        assert (reply.frames, reply.width, reply.height) == (request.frames, request.width, request.height)
        assert frames.shape == (request.frames, request.height, request.width, 3)
        assert reply.wall_seconds > 0 and reply.peak_memory > 0
        assert steps and steps[-1][0] == steps[-1][1] and [done for done, _ in steps] == [*range(1, len(steps) + 1)]
        if not bench.case.still:
            info = probe(bench.root / f"mode-{mode}.mp4")
            assert info.fps == pytest.approx(bench.card.fps or 24.0) and info.has_audio == bench.card.sound
            assert (bench.root / f"mode-{mode}.safetensors").is_file(), "a rerun would draw it again"


def test_the_same_seed_gives_the_same_frames_and_another_seed_others(bench: Bench) -> None:
    first, again = (bench.run(bench.request(name)) for name in ("first", "again"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, bench.run(bench.request("other", seed=8)))


def test_the_prompt_reaches_the_picture(bench: Bench) -> None:
    first = bench.run(bench.request("first"))
    words = bench.request("words", prompt="Close-up. A lighthouse at night, rain on its lamp. " * 6)
    assert not np.array_equal(first, bench.run(words))


def test_the_still_alone_changes_the_picture_and_without_it_the_plain_one_comes_back(bench: Bench) -> None:
    if 3 not in bench.case.modes:
        pytest.skip("it looks at no stills")
    red = bench.run(bench.request("seen-red", 3, "red"))
    assert not np.array_equal(red, bench.run(bench.request("seen-blue", 3, "blue")))
    if 1 in bench.case.modes:
        plain = bench.run(bench.request("plain", 1))
        assert not np.array_equal(plain, red)
        fresh = Bench(bench.case, shutil.copytree(bench.root, bench.root.parent / f"{bench.root.name}-fresh"))
        assert np.array_equal(plain, fresh.run(fresh.request("plain", 1)))
    assert np.array_equal(red, bench.run(bench.request("seen-red", 3, "red")))


def test_the_past_alone_changes_the_picture_and_without_it_the_plain_one_comes_back(bench: Bench) -> None:
    if 2 not in bench.case.modes:
        pytest.skip("it has no history")
    look = None if 1 in bench.case.modes else "red"
    pasts = [str(bench.opening(look, seed)) for seed in (7, 8)]
    one, other = (bench.run(bench.request(f"past-{i}", 2, history=[past])) for i, past in enumerate(pasts))
    assert not np.array_equal(one, other)
    plain = bench.run(bench.request("plain", 1 if look is None else 3))
    bench.run(bench.request("between", 2))
    assert np.array_equal(plain, bench.run(bench.request("plain", 1 if look is None else 3)))


def test_an_extension_can_be_extended(bench: Bench) -> None:
    if 2 not in bench.case.modes:
        pytest.skip("it has no history")
    first = bench.opening(None if 1 in bench.case.modes else "red")
    bench.run(bench.request("second", 2, history=[str(first)]))
    history = [str(first), str(bench.root / "second.safetensors")]
    assert len(bench.run(bench.request("third", 2, history=history))) == bench.case.later


def test_it_stops_between_steps_and_is_whole_afterwards(bench: Bench) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    plain = bench.run(bench.request("plain"))
    with pytest.raises(Enough):
        bench.run(bench.request("stopped"), stop)
    assert not (bench.root / "stopped.mp4").exists() and not (bench.root / "stopped.png").exists()
    assert np.array_equal(plain, bench.run(bench.request("plain")))


def test_what_it_cannot_do_is_refused_before_weights_are_read(bench: Bench, tmp_path: Path) -> None:
    hollow = tmp_path / "hollow"
    shutil.copytree(bench.folder, hollow)
    for weights in hollow.rglob("*.safetensors"):
        weights.write_bytes(b"torn")
    models = LocalModels("cpu", "float32")

    def refused(request: GenerateRequest, match: str) -> str:
        with pytest.raises(RecordError, match=match) as error:
            models.generate(msgspec.structs.replace(request, model=str(hollow)))
        return str(error.value)

    case, card = bench.case, bench.card
    wrong = bench.request("w", width=case.wrong_size[0], height=case.wrong_size[1])
    width, height = card.size(*case.wrong_size)
    refused(wrong, f"{width}x{height}")
    if case.wrong_frames is not None:
        message = refused(bench.request("f", frames=case.wrong_frames), "ask for")
        nearest = int(message.rsplit("ask for ", 1)[1].split()[0])
        assert card.frame_rule.holds(nearest) or card.growth.holds(nearest)
    for mode in {1, 2, 3, 4} - set(case.modes):
        fields = {2: ["history"], 3: ["references"], 4: ["references", "history"]}.get(mode, [])
        start = card.start and mode in (3, 4)
        given: dict[str, Any] = {"references": [], "history": [], "start": None}
        given |= {name: [str(bench.root / "red.png")] for name in fields if not (start and name == "references")}
        given |= {"start": str(bench.root / "red.png")} if start else {}
        frames = 1 if case.still else case.later if mode in (2, 4) else case.opening
        refused(bench.request("m", frames=frames, **given), rf"no mode {mode}, .* nearest is mode [1-4]")
    if card.max_references:
        many = [str(bench.root / "red.png")] * (card.max_references + 1)
        refused(bench.request("r", 3, references=many), f"give {card.max_references} ")
    refused(bench.request("s", options={**case.options, "sampler": "guess"}), "no sampler 'guess'")
    for guidance in (None, 0.5, 1.0):
        against = bench.request("n", negative_prompt="Rain.", guidance=guidance)
        if not family_of(hollow).guided(against):  # type: ignore[attr-defined]
            refused(against, "leave out --negative-prompt|leave --guidance out|leave it out, or give 1")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        models.generate(msgspec.structs.replace(bench.request("whole"), model=str(hollow)))


def test_a_prompt_is_embedded_once_and_a_rerun_loads_no_text_encoder(bench: Bench) -> None:
    if bench.case.slow_prompt:
        pytest.skip("its prompt is embedded together with its pictures")
    words = "Medium shot. A fisherman mends a net. " * 6
    first = bench.run(bench.request("net", prompt=words))
    later = LocalModels("cpu", "float32")
    later.generate(bench.request("net", prompt=words))
    assert not [name for name in later.loads if " text " in name]
    assert np.array_equal(first, bench.frames("net"))


def test_each_model_is_loaded_once(bench: Bench) -> None:
    bench.run(bench.request("plain"))
    assert set(bench.models.loads.values()) == {1}


def test_an_extension_takes_the_colours_of_what_it_follows(bench: Bench) -> None:
    if 2 not in bench.case.modes:
        pytest.skip("it has no history")
    plain = bench.run(bench.request("unmatched", 2))
    request = bench.request("matched", 2, options={**bench.case.options, "match": True})
    made = bench.run(request)
    wanted = matched(plain, bench.frames(Path(request.history[-1]).stem)[-1])
    colours = [frames.astype(float).mean((1, 2)) for frames in (made, wanted, plain)]
    near, far = (np.abs(colours[1] - other).max() for other in (colours[0], colours[2]))
    assert near < max(CODEC, 0.75 * far) and not np.array_equal(made, plain)
