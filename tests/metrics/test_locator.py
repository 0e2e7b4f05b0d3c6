import numpy as np
import pytest

from reelkit.metrics.locator import Box, EncoderLocator, Windows, contrast, grid
from tests.metrics.worlds import COLOURS, ColourEncoder, picture


def test_windows_stay_inside_and_reach_every_edge() -> None:
    boxes = list(grid(100, 60, Windows()))
    assert boxes
    assert min(b.left for b in boxes) == min(b.top for b in boxes) == 0
    assert max(b.right for b in boxes) == 100
    assert max(b.bottom for b in boxes) == 60
    assert Box(0, 0, 100, 60) not in boxes


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 200), (200, 3)])
def test_odd_frames_do_not_break_the_grid(width: int, height: int) -> None:
    for box in grid(width, height, Windows()):
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height


def test_overlap_by_hand() -> None:
    assert Box(0, 0, 4, 2).overlap(Box(2, 0, 6, 2)) == pytest.approx(4 / 12)
    assert Box(0, 0, 2, 2).overlap(Box(2, 2, 4, 4)) == 0


def test_contrast_takes_the_mean_of_the_others_away() -> None:
    gains = np.array([[0.4, 0.1, 0.3]])
    assert contrast(gains)[0] == pytest.approx([0.2, -0.25, 0.05])
    assert contrast(gains[:, :1])[0] == pytest.approx([0.4])


def test_a_figure_is_found_where_it_stands() -> None:
    encoder = ColourEncoder()
    for left in (4, 60):
        (box,) = EncoderLocator(encoder.embed_images)(
            picture("red", left=left), encoder.embed_texts(["a red coat"])
        )
        assert box is not None
        assert abs((box.left + box.right) / 2 - (left + 14)) < 10


def test_two_characters_get_boxes_of_their_own() -> None:
    encoder = ColourEncoder()
    frame = picture("red", left=4)
    frame[4:, 60:88] = COLOURS["blue"]
    red, blue = EncoderLocator(encoder.embed_images)(frame, encoder.embed_texts(["red", "blue"]))
    assert red is not None and blue is not None
    assert red.left < blue.left
    assert red.overlap(blue) <= 0.5


def test_who_is_not_there_is_not_found() -> None:
    encoder = ColourEncoder()
    assert EncoderLocator(encoder.embed_images)(picture("red"), encoder.embed_texts(["green"])) == [None]
