from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from bench.theatre.clips import as_tensors, draw_clip
from bench.theatre.detector import WEIGHTS, Readings, load, own_error, read_clips
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
    assert set(own_error(read, clips)["accuracy"]) == set(CLASSES)


def told(clips: list) -> Readings:
    """What a detector without error reads."""
    classes, box = np.stack([clip.classes for clip in clips]), np.stack([clip.box for clip in clips])
    half = box[..., 2:] / 2
    return Readings(
        classes={name: classes[:, place].copy() for place, name in enumerate(CLASSES)},
        hidden=np.stack([clip.hidden for clip in clips]).astype(float),
        layout=np.stack([clip.layout for clip in clips]).astype(float),
        boxes=np.concatenate([box[..., :2] - half, box[..., :2] + half], axis=-1) * (128, 64, 128, 64),
        present=box[..., 0] >= 0,
    )


def test_own_error_is_nothing_for_the_truth_and_counts_what_is_wrong(clips: list) -> None:
    read = told(clips)
    clean = own_error(read, clips)
    assert clean["accuracy"]["place"] == 1 and clean["present_accuracy"] == 1
    assert clean["centre_pixels"]["mean"] == pytest.approx(0, abs=1e-4)
    assert clean["hidden"]["layout hue"]["mean_absolute_error"] == pytest.approx(0, abs=1e-6)
    place = read.classes["place"]
    place[0] = (place[0] + 1) % CLASSES["place"]
    read.boxes[...] += (3, 4, 3, 4)
    read.layout[:, 0] += 0.25
    wrong = own_error(read, clips)
    assert wrong["accuracy"]["place"] == pytest.approx(2 / 3)
    assert wrong["confusion"]["place"][clips[0].classes[0]][place[0]] == 1
    assert wrong["centre_pixels"]["mean"] == pytest.approx(5, abs=1e-3)
    assert wrong["hidden"]["layout hue"]["mean_absolute_error"] == pytest.approx(0.25, abs=1e-6)


def test_weights_of_another_network_say_what_to_do(tmp_path: Path) -> None:
    save_file({"other": torch.zeros(1)}, tmp_path / WEIGHTS)
    with pytest.raises(SystemExit, match="train again"):
        load(tmp_path)
    with pytest.raises(SystemExit, match=r"detector\.py train"):
        load(tmp_path / "nowhere")


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
