"""Scene headings."""

import pytest

from reelkit.screenplay.settings import read_setting


@pytest.mark.parametrize(
    ("heading", "slugline", "place", "time"),
    [
        ("EXT. BEACH - DAY", "EXT. BEACH - DAY", "BEACH", "day"),
        ("int house -- kitchen - night", "INT. HOUSE - KITCHEN - NIGHT", "house - kitchen", "night"),
        ("INT./EXT. CAR - MOVING - SUNSET", "INT./EXT. CAR - MOVING - DUSK", "CAR - MOVING", "dusk"),
        ("I/E CAR", "INT./EXT. CAR", "CAR", ""),
        ("DREAM", "DREAM", "DREAM", ""),
        ("EXT. DAY", "EXT. DAY", "", "day"),
    ],
)
def test_headings(heading: str, slugline: str, place: str, time: str) -> None:
    setting = read_setting(heading, None)
    assert (setting.slugline, setting.place, setting.time) == (slugline, place, time)


def test_continuous_takes_the_time_before() -> None:
    before = read_setting("EXT. BEACH - NIGHT", None)
    assert read_setting("INT. HUT - CONTINUOUS", before).time == "night"
    assert read_setting("INT. HUT - LATER", before).later
    assert read_setting("INT. HUT - THE NEXT MORNING", before).new_day
