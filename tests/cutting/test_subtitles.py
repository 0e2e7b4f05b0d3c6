from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.cutting.subtitles import LINE_LENGTH, LINES, Subtitle, as_srt, split_text, time_lines

LONG = (
    "I have been waiting here for such a very long time that I can hardly remember what it was that I was "
    "waiting for in the first place, you know, and now it is dark."
)


def test_a_short_line_stays_whole() -> None:
    assert split_text("  Who is\nthere? ") == ["Who is there?"]


def test_two_lines_are_of_like_length() -> None:
    (text,) = split_text("Hello there, is anybody out in the field tonight?")
    assert text == "Hello there, is anybody\nout in the field tonight?"


def test_a_long_line_is_several_subtitles_that_keep_every_word() -> None:
    blocks = split_text(LONG)
    assert len(blocks) == 2
    assert " ".join(" ".join(blocks).split()) == LONG


@given(st.text(max_size=400))
def test_no_line_is_too_long_and_nothing_is_lost(text: str) -> None:
    blocks = split_text(text)
    for block in blocks:
        assert len(block.split("\n")) <= LINES
        assert all(0 < len(line) <= LINE_LENGTH for line in block.split("\n"))
    plain = "".join(text.replace("{", "(").replace("}", ")").split())
    assert "".join("".join(blocks).split()) == plain


def test_speech_is_timed_at_speaking_rate_inside_its_shot() -> None:
    (found,) = time_lines(["x" * 30], 10.0, 14.0)
    assert found.start == pytest.approx(10.5)
    assert found.end - found.start == pytest.approx(2.0)


def test_lines_follow_one_another_and_shrink_to_fit() -> None:
    found = time_lines(["a " * 40, "b " * 40], 1.0, 3.0)
    assert found[0].start == pytest.approx(1.0)
    assert found[-1].end == pytest.approx(3.0)
    assert all(a.end < b.start for a, b in pairwise(found))


def test_the_srt_can_be_read_again() -> None:
    text = as_srt([Subtitle(0.5, 2.0, "Who is\nthere?"), Subtitle(3661.25, 3662.0, "<i>& {me}")])
    back = pysubs2.SSAFile.from_string(text)
    assert [(e.start, e.end) for e in back] == [(500, 2000), (3661250, 3662000)]
    assert back[0].plaintext == "Who is\nthere?"
    assert "01:01:01,250 --> 01:01:02,000" in text


def test_no_dialogue_is_no_subtitle() -> None:
    assert time_lines(["", "  "], 0, 4) == []
    assert as_srt([]) == ""
