"""Cells for the terminal."""

from reelkit.metrics.report import measured, table
from tests.metrics.reporting.films import entry


def test_a_row_a_record_and_a_dash_where_nothing_was_measured() -> None:
    scene = measured(entry(kind="score", id="a", movie="film", scene="s01", shots=3, scores={"all_consistency": 71.456}))
    film = measured(entry(kind="score", id="b", movie="film", shots=5, scores={"cut_inside": 2, "all_consistency": None}))
    head, rows = table([scene, film])
    assert head == ["movie", "scene", "shots", "all_consistency", "cut_inside"]
    assert rows == [["film", "s01", "3", "71.46", "-"], ["film", "film", "5", "-", "2.00"]]
