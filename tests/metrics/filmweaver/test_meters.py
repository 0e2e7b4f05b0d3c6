"""FilmWeaver's six, fed a take: what is embedded, and what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.manifest.kinds import Character, Shot
from reelkit.metrics.filmweaver.meters import KeyframeMeter, Material, MovieMeter, SceneMeter
from reelkit.metrics.meters import ClipInfo, Frame, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames
from tests.metrics.worlds import ColourEncoder, picture

MARA = Character(id="mara", movie="film", look="a red coat")


class Networks(ColourEncoder):
    """CLIP rows hold a picture's mean level, the aesthetic head halves it and adds one, classes follow its colour."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, int]] = []

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> np.ndarray:
        self.asked.append((network, len(inputs)))
        if network == "clip-l14":
            return np.array([[each.mean(), 0.0] for each in inputs], np.float32)
        if network == "laion-aesthetic-l14":
            return np.array([[each[0] / 2 + 1] for each in inputs], np.float32)
        assert network == "inception-v3"
        return np.eye(4, dtype=np.float32)[[int(each.mean()) % 4 for each in inputs]]


def read(
    frames: Sequence[Frame], names: Sequence[str], models: ColourEncoder, prompt: str = "", cast: Sequence[Character] = ()
) -> Reading:
    shot = Shot(id="s01-001", movie="film", prompt=prompt)
    info = ClipInfo(
        path=Path("x.mp4"), frames=len(frames), fps=8.0, width=96, height=64, seconds=len(frames) / 8, used=len(frames),
        shot=shot, cast=cast, bank={each.id: each for each in cast},
    )
    resources = Resources(names=frozenset(names), models=models)
    return measure_frames(resources, frames, [KeyframeMeter(resources, info)])[0]


def level(value: int) -> Frame:
    return np.full((8, 8, 3), value, np.uint8)


def test_aes_is_the_mean_over_two_frames_a_second_of_the_head_on_unnormalised_features() -> None:
    models = Networks()
    frames = [level(value) for value in (10, 99, 99, 99, 30, 99, 99, 99)]
    assert read(frames, ["aes"], models).scores == {"aes": pytest.approx(11.0)}
    assert models.asked == [("clip-l14", 2), ("laion-aesthetic-l14", 2)]


def test_incep_is_of_all_frames_of_a_scene_together() -> None:
    resources = Resources(names=frozenset(["incep"]), models=Networks())
    scene, movie = SceneMeter(resources), MovieMeter()
    for value in range(4):
        reading = read([level(value)], ["incep"], Networks())
        given = ShotReading(shot=Shot(id=f"s-{value}", movie="film"), scores={}, material=reading.material)
        scene.add(given)
        movie.add(given)
    assert scene.values()["incep"] == pytest.approx(4.0) == movie.values()["incep"]


def test_only_what_was_asked_for_is_embedded() -> None:
    encoder = ColourEncoder()
    found = read([picture("red")], ["duration_error"], encoder, "a red coat", cast=[MARA])
    assert found.scores == {} and isinstance(found.material, Material) and found.material.keyframe is None
    assert encoder.pictures == encoder.texts == 0


def test_the_keyframe_is_the_middle_frame_and_is_compared_with_the_prompt() -> None:
    red, green = picture("red"), picture("green", ground="green")
    close = read([green, green, red, green], ["all_alignment"], ColourEncoder(), "a red coat on grey").scores
    far = read([red, red, green, red], ["all_alignment"], ColourEncoder(), "a red coat on grey").scores
    assert close["all_alignment"] > 80 > 20 > far["all_alignment"]  # type: ignore[operator]


def test_a_characters_look_is_embedded_once() -> None:
    encoder = ColourEncoder()
    for _ in range(3):
        read([picture("red")], ["character_alignment"], encoder, cast=[MARA])
    assert encoder.texts == 1


def test_nobody_to_look_for_is_no_character_metric() -> None:
    nameless = Character(id="x", movie="film", look="")
    found = read([picture("red")], ["character_alignment"], ColourEncoder(), cast=[nameless])
    assert found.scores == {"character_alignment": None}
