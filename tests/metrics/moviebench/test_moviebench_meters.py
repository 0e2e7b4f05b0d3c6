"""The family over takes, scenes and movies, and the bugs of MovieBench's scripts that are not ours."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchmetrics.multimodal.clip_score import CLIPScore

from reelkit.manifest.kinds import Character, Shot
from reelkit.metrics.filmweaver.meters import KeyframeMeter
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import Block, ClipInfo, Frame, Reading, Resources, evenly
from reelkit.metrics.moviebench.meters import FAMILY, LOOKS, ShotMeter
from reelkit.metrics.passing import measure_frames
from reelkit.metrics.scenes import Closed, OpenScenes
from reelkit.metrics.vbench.meters import VBenchMeter
from reelkit.models.measuring.aesthetic import AestheticHead
from tests.metrics.sets import Levels, colour, plain, text
from tests.metrics.worlds import ColourEncoder, picture

RED, GREEN, BLUE = (200, 10, 10), (10, 190, 10), (10, 10, 180)
COATS = {"mara": "red", "tom": "green", "ann": "blue"}
BANK = {id: Character(id=id, movie="m", look=f"a {coat} coat") for id, coat in COATS.items()}
IDENTITY = ("id_precision", "id_recall", "id_f1")


def info(frames: int, prompt: str = "", characters: tuple[str, ...] = (), bank: dict[str, Character] | None = None) -> ClipInfo:
    return ClipInfo(
        path=Path("x.mp4"), frames=frames, fps=8.0, width=24, height=16, seconds=frames / 8, used=frames,
        shot=Shot(id="s1", movie="m", prompt=prompt, characters=list(characters)), bank=BANK if bank is None else bank,
    )  # fmt: skip


class Colours:
    """Recognises whoever's colour is the frame's strongest channel; nobody in black."""

    def __init__(self, resources: Resources, about: ClipInfo) -> None:
        self.numbers: list[int] = []

    def __call__(self, number: int, frame: Frame) -> Set[str]:
        self.numbers.append(number)
        return {("mara", "tom", "ann")[int(frame[0, 0].argmax())]} if frame.any() else set()


def read(frames: list[Frame], about: ClipInfo, *names: str, models: Any = None) -> Reading:
    resources = Resources(names=frozenset(names), models=models or Levels())
    return measure_frames(resources, frames, [ShotMeter(resources, about, Colours)])[0]


def test_the_clip_score_is_the_mean_cosine_of_frames_and_prompt() -> None:
    frames = plain(RED, GREEN)
    found = read(frames, info(32, "a red coat"), "clip_score").scores["clip_score"]
    cosines = [colour(each)[0] / np.linalg.norm(colour(each)) for each in frames]
    assert found == pytest.approx(100 * np.mean(cosines), rel=1e-5)


class Rows:
    """A CLIP in the form that torchmetrics calls: rows that a hand chose."""

    def __init__(self, images: np.ndarray, words: np.ndarray) -> None:
        self.images, self.words = torch.from_numpy(images), torch.from_numpy(words)
        self.config = type("Config", (), {"text_config": type("Text", (), {"max_position_embeddings": 77})})

    def to(self, device: Any) -> Rows:
        return self

    def get_image_features(self, given: torch.Tensor) -> torch.Tensor:
        return self.images

    def get_text_features(self, *given: Any) -> torch.Tensor:
        return self.words


class Words:
    """A processor that hands on empty inputs."""

    def __call__(self, text: Any = None, images: Any = None, **more: Any) -> dict[str, torch.Tensor]:
        count = len(text if text is not None else images)
        return {name: torch.zeros(count, 4, dtype=torch.long) for name in ("input_ids", "attention_mask", "pixel_values")}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_its_arithmetic_is_torchmetrics(sign: float) -> None:
    chance = np.random.default_rng(0)
    images = chance.normal(size=(6, 3)).astype(np.float32) + 1
    words = (sign * chance.normal(size=3) ** 2).astype(np.float32) * 2
    theirs = CLIPScore(model_name_or_path=lambda: (Rows(images, np.tile(words, (6, 1))), Words()))  # type: ignore[arg-type]
    theirs.update([torch.zeros(3, 8, 8, dtype=torch.uint8)] * 6, ["words"] * 6)

    class Given(Levels):
        def measure(self, network: str, inputs: Any, *more: Any, **options: Any) -> np.ndarray:
            return words[None] if isinstance(inputs[0], str) else images[: len(inputs)]

    ours = read(plain(RED, frames=6), info(6, "words"), "clip_score", models=Given()).scores["clip_score"]
    expected = float(theirs.compute())
    assert ours == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert (expected > 1) if sign > 0 else (expected == 0)


def test_a_shot_without_words_has_no_clip_score() -> None:
    models = Levels()
    assert read(plain(RED), info(16, " "), "clip_score", models=models).scores == {"clip_score": None}
    assert models.seen == {}


def test_characters_are_looked_for_in_five_frames_of_a_shot() -> None:
    made: list[Colours] = []

    def recogniser(resources: Resources, about: ClipInfo) -> Colours:
        made.append(Colours(resources, about))
        return made[-1]

    resources = Resources(names=frozenset(IDENTITY), models=Levels())
    about = info(100)
    measure_frames(resources, plain(RED, frames=100), [ShotMeter(resources, about, recogniser)])
    assert made[0].numbers == list(evenly(about, LOOKS)) and len(made[0].numbers) == 5


def test_every_frame_counts_and_not_the_last_alone() -> None:
    """MovieBench's script begins anew with each frame and keeps the last one's faces."""
    found = read(plain(RED, GREEN, (0, 0, 0)), info(48, characters=("mara", "tom", "ann")), *IDENTITY)
    assert found.scores == {"id_precision": 100.0, "id_recall": pytest.approx(200 / 3), "id_f1": 80.0}


def test_who_cannot_be_recognised_is_not_counted() -> None:
    bank = {"mara": BANK["mara"], "ghost": Character(id="ghost", movie="m")}
    found = read(plain(RED), info(16, characters=("mara", "ghost", "nobody"), bank=bank), *IDENTITY)
    assert found.scores["id_recall"] == 100.0
    assert read(plain(RED), info(16, characters=("ghost",), bank={"ghost": bank["ghost"]}), *IDENTITY).scores == {}


def films(*shots: tuple[str, str | None, list[Frame], tuple[str, ...]]) -> dict[tuple[str, str | None], Closed]:
    resources = Resources(names=frozenset((*IDENTITY, "clip_score")), models=Levels())
    opened = OpenScenes(resources)
    for number, (movie, scene, frames, characters) in enumerate(shots):
        about = info(len(frames), "a red coat", characters)
        reading = measure_frames(resources, frames, [ShotMeter(resources, about, Colours)])[0]
        opened.add(movie, scene, Findings(Shot(id=f"s{number}", movie=movie, scene=scene), {"moviebench": reading}))
    return {(each.movie, each.scene): each for each in opened.close()}


def test_every_clip_of_a_film_counts_and_not_the_last_alone() -> None:
    found = films(
        ("m", "one", plain(RED), ("mara",)),
        ("m", "one", plain(GREEN), ("mara", "ann")),
        ("m", "two", plain(RED, BLUE), ("mara", "ann")),
    )
    assert found["m", None].extras["id_counts"] == {"hits": 3, "strangers": 1, "lost": 2}
    assert found["m", None].scores["id_precision"] == 75.0 and found["m", None].scores["id_recall"] == 60.0
    assert found["m", "one"].scores["id_recall"] == pytest.approx(100 / 3)
    assert found["m", "two"].scores["id_f1"] == 100.0


def test_each_film_is_measured_and_none_takes_anothers_place() -> None:
    """MovieBench's test set is overwritten with one film, and its sums begin anew at each."""
    one = ("one", None, plain(RED), ("mara",))
    two = [("two", None, plain(RED), ("ann",)), ("two", None, plain(BLUE), ("ann",))]
    found = films(two[0], one, two[1])
    assert found["one", None].scores["id_f1"] == 100.0
    assert found["two", None].extras["id_counts"] == {"hits": 1, "strangers": 1, "lost": 1}
    assert found["one", None].scores["clip_score"] == pytest.approx(films(one)["one", None].scores["clip_score"])


def test_the_default_recogniser_finds_who_is_there(tmp_path: Path) -> None:
    about = ClipInfo(
        path=Path("x.mp4"), frames=5, fps=8.0, width=96, height=64, seconds=5 / 8, used=5,
        shot=Shot(id="s1", movie="m", characters=["mara"]), bank=BANK,
    )  # fmt: skip
    resources = Resources(names=frozenset(IDENTITY), models=ColourEncoder())
    assert FAMILY.clip is not None
    meter = FAMILY.clip(resources, about)
    assert meter is not None
    assert measure_frames(resources, [picture("red")] * 5, [meter])[0].scores["id_recall"] == 100.0


def test_the_two_aesthetic_scores_are_of_one_head_and_never_one_number() -> None:
    """FilmWeaver and MovieBench feed the head what CLIP gives, VBench feeds it length one and divides by ten."""
    chance = np.random.default_rng(1)
    weight = torch.from_numpy(chance.normal(size=(1, 768)).astype(np.float32))
    head = AestheticHead(weight, torch.tensor([5.0]), torch.device("cpu"))
    rows = [10 * row / np.linalg.norm(row) for row in chance.normal(size=(4, 768)).astype(np.float32)]

    class Head(Levels):
        def measure(self, network: str, inputs: Any, *more: Any, **options: Any) -> np.ndarray:
            assert network == "laion-aesthetic-l14"
            return head(inputs)

    resources = Resources(names=frozenset(["aes", "vbench_aesthetic_quality"]), models=Head())
    block = Block(0, plain(RED, frames=4), {"clip-l14": list(enumerate(rows))})
    found: dict[str, float] = {}
    for meter in (KeyframeMeter(resources, info(4)), VBenchMeter(resources, info(4))):
        meter.add(block)
        found |= {name: value for name, value in meter.finish().scores.items() if value is not None}
    aes, vbench = found["aes"], found["vbench_aesthetic_quality"]
    assert aes - 5 == pytest.approx(10 * (10 * vbench - 5), rel=1e-4)  # ten times as long, ten times as far from the bias
    assert abs(aes - vbench) > 1


def test_the_words_of_the_stand_in_are_read_as_colours() -> None:
    assert list(text("a red coat")) == [1, 0, 0]
