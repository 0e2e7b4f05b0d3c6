"""Bytes of a screenplay to text."""

from pathlib import Path

import pytest

from reelkit.errors import UnreadableError
from reelkit.screenplay.source import decode, read_source


def test_utf8_utf16_and_latin1_read_alike() -> None:
    text = "ZOË\nÇa va “bien”?"
    for content in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        text.encode("cp1252"),
    ):
        assert decode(content, "a.fountain") == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"One\nTwo \xe9\x81", "a.fountain:2: neither UTF-8 nor Latin-1 (byte 0x81)"),
        (b"One\n\nTh\x00ree", "a.fountain:3: not text"),
        (b"%PDF-1.7", "a.fountain: this is a PDF"),
        (b"\xff\xfea", "a.fountain: broken UTF-16"),
    ],
)
def test_what_is_not_text_is_refused_with_file_and_line(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(content, "a.fountain")
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.fountain: cannot read the screenplay: No such file"):
        read_source(tmp_path / "none.fountain")
