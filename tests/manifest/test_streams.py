"""Whatever bytes come in, entries go on, and each line that is none is named with its reason."""

import io
import os
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reelkit.errors import UnreadableError
from reelkit.manifest.streams import MAX_LINE, EntryWriter, Reject, read_entries

from .lines import read, shot

GOOD = b'{"kind":"shot","id":"a","movie":"m"}'


def with_value(value: bytes) -> bytes:
    return b'{"kind":"shot","id":"a","movie":"m","x":%s}' % value


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nope", "not JSON: invalid character (byte 4)"),
        (b'{"kind":"shot"', "not JSON"),
        (b"null", "no JSON object"),
        (b"[1]", "no JSON object: Expected `object`, got `array`"),
        (b'"text"', "no JSON object"),
        (b'{"id":"a"}', "no `kind`, so no identity"),
        (b'{"kind":"shot","movie":"m"}', "no `id`, so no identity"),
        (b'{"kind":"shot","id":"","movie":"m"}', 'its `id` is "", not a name'),
        (b'{"kind":"shot","id":4,"movie":"m"}', "its `id` is 4, not a name"),
        (b'{"kind":"shot","id":"a","movie":null}', "its `movie` is null, not a name"),
        (with_value(b'1,"x":2'), "the field `x` stands twice"),
        (with_value(b'1, "x": 2'), "the field `x` stands twice"),
        (with_value(b'1,"\\u0078":2'), "the field `x` stands twice"),
        (with_value(b"NaN"), "not JSON"),
        (with_value(b"Infinity"), "not JSON"),
        (with_value(b"-Infinity"), "not JSON"),
        (with_value(b"01"), "not JSON: invalid number"),
        (with_value(b'"\\ud800"'), "half of a surrogate pair"),
        (with_value(b'"\\udc00 and more text"'), "half of a surrogate pair"),
        (with_value(b'"\xff"'), "not UTF-8 at byte 42"),
        (with_value(b'"\xed\xa0\x80"'), "not UTF-8 at byte 42"),
        (with_value(b'"\x00"'), "not JSON"),
        (b"\x00\x00", "not JSON"),
        (GOOD + b"\x00", "not JSON: trailing characters"),
        (b"[" * 10_000, "nested 10,000 deep"),
        (with_value(b"[" * 10_000 + b"]" * 10_000), "nested 10,001 deep"),
        (with_value(b'{"x":' * 10_000 + b"1" + b"}" * 10_000), "nested 10,001 deep"),
        (b'{"' + b'\\"' * 100_000 + b"[" * 1000, "not JSON"),
    ],
)
def test_a_line_that_is_no_record_is_named_and_the_rest_goes_on(line: bytes, reason: str) -> None:
    entries, (reject,) = read(GOOD + b"\n" + line + b"\n" + GOOD + b"\n")
    assert [entry.where for entry in entries] == ["film.jsonl:1", "film.jsonl:3"]
    assert (reject.where, reject.line) == ("film.jsonl:2", 2)
    assert reason in reject.reason
    assert len(reject.text) <= 200
    assert line.decode("utf-8", "replace").startswith(reject.text) or "identity" in reason or "name" in reason


@pytest.mark.parametrize(
    "value",
    [b"1e999", b"9" * 5000, b'"\\u0000"', b'"\\ud83d\\ude00"', b'["' + b"[" * 300 + b'"]', b'{"a":1,"a":2}'],
)
def test_what_is_json_passes_however_odd(value: bytes) -> None:
    (entry,), rejects = read(with_value(value))
    assert not rejects
    assert entry.encode() == with_value(value)


def test_byte_order_mark_blank_lines_crlf_and_a_missing_last_newline() -> None:
    entries, rejects = read(b"\xef\xbb\xbf" + GOOD + b"\r\n\n  \n\r\n" + GOOD)
    assert [entry.where for entry in entries] == ["film.jsonl:1", "film.jsonl:5"]
    assert not rejects


def test_nothing_is_nothing() -> None:
    assert read(b"") == ([], [])


@pytest.mark.parametrize("end", [b"\n" + GOOD, b"\n", b""])
def test_an_overlong_line_is_skipped_and_the_count_stays(end: bytes) -> None:
    entries, (reject,) = read(GOOD + b"\n" + b"x" * 200_000 + end, max_line=100)
    assert reject.line == 2 and "bytes long; at most 100 are read" in reject.reason
    assert [entry.where for entry in entries][1:] == (["film.jsonl:3"] if GOOD in end else [])


def test_a_line_of_just_the_longest_length_is_read() -> None:
    line = with_value(b'"' + b"y" * 100 + b'"')
    assert len(read(line + b"\n" + line, max_line=len(line))[0]) == 2
    assert len(read(line + b"\n" + line, max_line=len(line) - 1)[1]) == 2


class Endless(io.RawIOBase):
    """A line of `size` bytes, then a good one, made as it is read."""

    def __init__(self, size: int) -> None:
        self.left, self.tail = size, b"\n" + GOOD + b"\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.left:
            count = min(len(buffer), self.left)
            buffer[:count] = b"x" * count
            self.left -= count
            return count
        count = min(len(buffer), len(self.tail))
        buffer[:count], self.tail = self.tail[:count], self.tail[count:]
        return count


def test_a_line_of_fifty_megabytes_is_never_held() -> None:
    rejects: list[Reject] = []
    tracemalloc.start()
    try:
        entries = list(read_entries(Endless(50_000_000), "f", rejects.append, max_line=2**20))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [entry.where for entry in entries] == ["f:2"]
    assert "50,000,001 bytes long" in rejects[0].reason
    assert peak < 4 * 2**20
    assert MAX_LINE == 16 * 2**20


def test_a_long_manifest_streams_in_constant_memory() -> None:
    line = with_value(b'"' + b"z" * 900 + b'"') + b"\n"

    class Long(io.RawIOBase):
        lines = 20_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            self.lines -= 1
            buffer[: len(line)] = line
            return len(line) if self.lines >= 0 else 0

    tracemalloc.start()
    try:
        count = sum(1 for _ in read_entries(Long(), "f", print))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 2**19


def test_a_stream_that_breaks_is_unreadable_and_says_where() -> None:
    class Broken(io.BytesIO):
        def readline(self, limit: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().readline(limit)

    with pytest.raises(UnreadableError, match=r"f:2: Input/output error"):
        list(read_entries(Broken(GOOD + b"\n" + GOOD), "f", print))


def test_entries_come_out_of_a_pipe_as_soon_as_they_are_written() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as source, os.fdopen(write_end, "wb") as sink:
        writer = EntryWriter(sink)
        entries: Iterator[object] = read_entries(source, "-", print)
        for order in (1, 2, 3):
            sent = shot(f"s{order}", order)
            writer.write(sent)
            assert next(entries) == sent


@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf")
@example(b"\r")
@example(b'{"kind":"shot","id":"\\')
def test_arbitrary_bytes_never_crash(content: bytes) -> None:
    entries, rejects = read(content + b"\n" + GOOD, max_line=64)
    assert entries[-1].encode() == GOOD
    assert len(entries) + len(rejects) <= content.count(b"\n") + 2
    assert all(reject.reason for reject in rejects)
    assert b"\n" not in b"".join(reject.encode() for reject in rejects)


@given(
    st.lists(
        st.sampled_from([b'"', b"\\", b"[", b"]", b"{", b"}", b":", b",", b"1", b"e", b"\\u", b"d8", b" "])
    )
)
def test_bytes_of_json_s_own_never_crash(tokens: list[bytes]) -> None:
    entries, rejects = read(with_value(b"".join(tokens)) + b"\n" + GOOD)
    assert len(entries) + len(rejects) == 2
    for entry in entries:
        again, none = read(entry.encode())
        assert again == [entry] and not none
