"""Identities over the shots of a scene."""

from pathlib import Path

import pytest

from reelkit.metrics.identities.card import METRICS
from reelkit.metrics.identities.meters import FAMILY
from tests.metrics.judging.scoring import greys, grouped, lines, measured, resources

NAMES = [metric.name for metric in METRICS]


def test_pairs_reach_across_shots_and_a_line_of_this_movie_stands_before_one_of_any(tmp_path: Path) -> None:
    notes = lines(
        tmp_path / "notes.jsonl",
        {"shot": "a", "identities": [{"true": "mara", "predicted": "1"}, {"true": "tom", "predicted": "2"}]},
        {"shot": "b", "identities": [{"true": "mara", "predicted": "9"}]},
        {"shot": "b", "movie": "film", "identities": [{"true": "mara", "predicted": "1"}, {"true": "tom"}]},
        {"shot": "b", "movie": "other", "identities": [{"true": "tom", "predicted": "1"}]},
        {"shot": "b", "cuts": []},
    )
    stock = resources(NAMES, None, notes)
    readings = [measured(FAMILY, stock, greys(1), id=id) for id in "ab"]
    values, extras = grouped(FAMILY, stock, [reading for reading in readings if reading is not None])
    # pairs truly the same: mara, tom; predicted the same: mara
    assert values == {"rice_id_precision": 100.0, "rice_id_recall": pytest.approx(50.0)} and extras == {}
    assert measured(FAMILY, stock, greys(1), id="c") is None
