from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.theatre.clips import as_tensors, draw_clip
from bench.theatre.detector import own_error, read_clips
from bench.theatre.film_metrics import pixel_box
from bench.theatre.network import CLASSES, Detector, detector_loss
from reelkit.theatre.world import sample_scene


@pytest.fixture(scope="module")
def clips() -> list:
    torch.set_num_threads(1)
    scene = sample_scene(10_003, shots=3)
    return [draw_clip(scene, shot, 4) for shot in scene.shots]


def test_a_reading_has_a_value_for_all_that_truth_knows(clips: list) -> None:
    network = Detector().eval()
    read = read_clips(network, np.stack([clip.frames for clip in clips]))
    assert read.boxes.shape == (3, 6, 4)
    assert read.layout.shape == (3, 4)
    assert (read.boxes[..., 2] > read.boxes[..., 0]).all()
    error = own_error(read, clips)
    assert set(error["accuracy"]) == set(CLASSES)
    assert error["centre_pixels"]["mean"] > 0


def test_what_is_not_known_costs_nothing(clips: list) -> None:
    network = Detector().eval()
    frames, true = as_tensors(clips)
    read = network(frames)
    unknown = {name: torch.full_like(classes, -1) for name, classes in true.classes.items()}
    blind = true._replace(
        classes=unknown, hidden=torch.full_like(true.hidden, -1), layout=read.layout.detach(), box=torch.full_like(true.box, -1)
    )
    absent = torch.nn.functional.binary_cross_entropy_with_logits(read.present, torch.zeros_like(read.present))
    assert detector_loss(read, blind).item() == pytest.approx(absent.item(), rel=1e-5)


def test_a_box_is_clipped_to_the_frame_and_too_small_a_one_is_none() -> None:
    assert pixel_box(np.array([-4.2, 3.0, 20.6, 70.0]), True, 128, 64) == (0, 3, 21, 64)
    assert pixel_box(np.array([10.0, 10.0, 14.0, 40.0]), True, 128, 64) is None
    assert pixel_box(np.array([10.0, 10.0, 40.0, 40.0]), False, 128, 64) is None
