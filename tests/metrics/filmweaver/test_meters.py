from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from reelkit.errors import UsageError
from reelkit.metrics.aesthetics import FEATURES, AestheticHead
from reelkit.metrics.clips import ClipSample
from reelkit.metrics.locator import Box
from reelkit.metrics.measure import CastMember, Measurer
from reelkit.metrics.technical import FrameWatch
from tests.metrics.worlds import ColourEncoder, picture

MARA = CastMember("film", "mara", "a red coat")


class LargeEncoder(ColourEncoder):
    """Unnormalised features whose first entry is the picture's mean level."""

    width = FEATURES

    def embed_images(
        self, images: Sequence[Any], encoder: str | None = None, normalise: bool = True
    ) -> np.ndarray:
        if normalise:
            return super().embed_images(images, encoder)
        rows = np.zeros((len(images), self.width), dtype=np.float32)
        rows[:, 0] = [image.mean() for image in images]
        return rows


def sample(*levels: int) -> ClipSample:
    frames = [np.full((8, 8, 3), level, dtype=np.uint8) for level in levels]
    return ClipSample(frames[0], frames, 1.0, FrameWatch())


def head() -> AestheticHead:
    weight = np.zeros(FEATURES, dtype=np.float32)
    weight[0] = 0.5
    return AestheticHead(weight, 1.0)


def test_aes_is_the_mean_over_frames_of_the_head_on_unnormalised_features() -> None:
    measurer = Measurer(["aes"], LargeEncoder(), head=head())
    assert measurer.clip(sample(10, 30), 1.0, "", []).scores == {"aes": pytest.approx(11.0)}


def test_aes_with_another_encoder_is_refused() -> None:
    small = LargeEncoder()
    small.width = 512
    with pytest.raises(UsageError, match="512"):
        Measurer(["aes"], small, head=head()).clip(sample(10), 1.0, "", [])


def test_a_detector_of_ones_own_takes_the_locators_place() -> None:
    def everywhere(frame: np.ndarray, descriptions: np.ndarray) -> list[Box | None]:
        return [Box(0, 0, 10, 10)] * len(descriptions)

    encoder = ColourEncoder()
    found = Measurer(["character_alignment"], encoder, locator=everywhere).still(
        picture("red", left=0), "", [MARA]
    )
    assert list(found.crops) == ["mara"]
    assert encoder.pictures == 2


def test_only_what_was_asked_for_is_embedded() -> None:
    encoder = ColourEncoder()
    found = Measurer(["duration_error"], encoder).clip(sample(10), 1.5, "a red coat", [MARA])
    assert found.scores == {"duration_error": 0.5}
    assert encoder.pictures == encoder.texts == 0


def test_a_characters_look_is_embedded_once() -> None:
    encoder = ColourEncoder()
    measurer = Measurer(["character_alignment"], encoder)
    for _ in range(3):
        measurer.still(picture("red"), "", [MARA])
    assert encoder.texts == 1


def test_nobody_to_look_for_is_no_character_metric() -> None:
    nameless = CastMember("film", "x", "")
    measurer = Measurer(["character_alignment"], ColourEncoder())
    assert measurer.still(picture("red"), "", [nameless]).scores == {}
