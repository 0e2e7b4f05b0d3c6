from __future__ import annotations

import numpy as np

from bench.theatre.scenes import boxes_of, swap_set, test_set, twin
from reelkit.theatre.training.frames import TRAIN_SEEDS


def test_each_prompt_describes_one_to_three_characters_and_the_lead_opens_most() -> None:
    films = test_set(6, 5)
    assert [film.scene.seed for film in films] == [film.scene.seed for film in test_set(6, 5)]
    for film in films:
        assert film.scene.seed < TRAIN_SEEDS
        assert all(1 <= len(shot.cast) <= 3 for shot in film.scene.shots)
        assert sum(film.first(shot) == film.lead for shot in range(5)) >= 3


def test_truth_is_two_chunks_of_a_window_of_the_shot() -> None:
    film = test_set(1, 5)[0]
    clip = film.truth(2)
    assert clip.frames.shape == (12, 64, 128, 3)
    assert np.array_equal(film.truth(2, chunks=1).frames, clip.frames[:6])
    assert boxes_of(clip, film.scene.shots[2]).shape == (12, 4)


def test_a_twin_reads_the_same_and_looks_different() -> None:
    own, other = swap_set(1, 5)[0]
    assert own.prompts == other.prompts
    assert own.scene.setting.layout != other.scene.setting.layout
    assert all(a.shade != b.shade for a, b in zip(own.scene.characters, other.scene.characters, strict=True))
    assert twin(own) == other
    assert not np.array_equal(own.truth(0, 1).frames, other.truth(0, 1).frames)
