"""Shot cut accuracy by hand, and where it learns where cuts should be."""

from pathlib import Path

import numpy as np
import pytest

from reelkit.metrics.crossshot.cuts import expected_cuts, shot_cut_accuracy


def test_cuts_where_they_were_asked_for_are_a_perfect_match() -> None:
    assert shot_cut_accuracy([24, 60], [60, 24], 100) == 1
    assert shot_cut_accuracy([], [], 100) == 1


def test_every_frame_of_delay_costs_its_share_of_the_take() -> None:
    assert shot_cut_accuracy([26, 55], [24, 60], 100) == pytest.approx(np.exp(-(2 + 5) / 100))


def test_cuts_are_matched_so_that_the_whole_distance_is_least() -> None:
    assert shot_cut_accuracy([10, 90], [12, 20], 100) == pytest.approx(np.exp(-(2 + 70) / 100))
    assert shot_cut_accuracy([40], [10, 45], 90) == pytest.approx(np.exp(-(5 / 90 + 1 / 3)))


def test_a_missed_cut_costs_the_mean_length_of_a_shot_and_so_does_a_needless_one() -> None:
    assert shot_cut_accuracy([50], [], 100) == pytest.approx(np.exp(-1))
    assert shot_cut_accuracy([], [25, 50, 75], 100) == pytest.approx(np.exp(-3 / 4))
    assert shot_cut_accuracy([25, 30], [25], 100) == pytest.approx(np.exp(-1 / 2))


def test_the_score_falls_with_every_further_mistake() -> None:
    scores = [shot_cut_accuracy(found, [20, 40, 60], 80) for found in ([20, 40, 60], [20, 40], [20], [])]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 4


def test_expected_cuts_come_from_the_lines_that_have_some(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text(
        '{"shot": "s1", "cuts": [24, 60], "who": "me"}\n\n{"shot": "s1", "identities": ["mara"]}\n'
        '{"movie": "other", "shot": "s1", "cuts": []}\n'
    )
    assert expected_cuts(path, "film", "s1") == [24, 60]
    assert expected_cuts(path, "other", "s1") == []
    assert expected_cuts(path, "film", "s2") is None
