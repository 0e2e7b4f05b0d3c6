"""Lines of narration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import RecordError
from reelkit.metrics.narration.lines import Narrated, parsed, spoken, written

TIMES = st.integers(0, 3_000_000).map(lambda thousandths: thousandths / 1000)
TEXTS = st.text(min_size=1).map(str.strip).filter(lambda text: bool(text) and "\n" not in text)


def test_a_line_is_two_times_and_a_text_with_names_in_brackets() -> None:
    line = parsed("1:02:03|1:02:05.5|[Mara] sees [Tom Hale] | and [Mara] waves.")
    assert (line.start, line.end) == (3723.0, 3725.5)
    assert line.text == "[Mara] sees [Tom Hale] | and [Mara] waves."
    assert line.names == ["Mara", "Tom Hale"]


@given(TIMES, TIMES, TEXTS)
def test_what_is_written_is_read_again(one: float, other: float, text: str) -> None:
    narrated = Narrated(min(one, other), max(one, other), text)
    assert parsed(written(narrated)) == narrated


@given(st.text())
def test_any_text_is_a_line_or_a_told_error(text: str) -> None:
    try:
        line = parsed(text)
    except RecordError as error:
        assert "narration" in str(error)
    else:
        assert 0 <= line.start <= line.end and line.text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[Mara] waves.", r"is not start\|end\|text"),
        ("0:00:01|[Mara] waves.", r"is not start\|end\|text"),
        ("0:61:00|0:62:00|[Mara] waves.", "'0:61:00' is no time"),
        ("00:05|00:06|[Mara] waves.", "'00:05' is no time"),
        ("0:00:05|0:00:04|[Mara] waves.", "ends before it begins"),
        ("0:00:05|0:00:06| ", "says nothing"),
    ],
)
def test_a_line_that_is_wrong_is_told(line: str, told: str) -> None:
    with pytest.raises(RecordError, match=told):
        parsed(line)


def test_the_words_come_in_order_of_time() -> None:
    assert spoken(["0:00:09|0:00:10|She stops.", "0:00:01|0:00:02|She runs."]) == "She runs.\nShe stops."
