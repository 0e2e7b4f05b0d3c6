"""What crosses the socket comes out as it went in, and what is no message is the end of the talk."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import RecordError, StorageError, UnavailableError
from reelkit.host import wire
from reelkit.models import GenerateRequest

Ends = tuple[socket.socket, socket.socket]

values = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.text())
options = st.dictionaries(st.text(min_size=1), st.one_of(values, st.lists(values)))
requests = st.builds(
    GenerateRequest,
    model=st.text(),
    prompt=st.text(),
    width=st.integers(1, 2**31),
    height=st.integers(1, 2**31),
    frames=st.integers(1, 2**31),
    seed=st.integers(0, 2**48),
    guidance=st.none() | st.floats(allow_nan=False),
    references=st.lists(st.text()),
    out=st.text(),
    options=options,
)


@pytest.fixture
def ends() -> Iterator[Ends]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


@given(requests, st.integers(0, 0o777))
def test_a_request_arrives_as_it_was(asked: GenerateRequest, umask: int) -> None:
    here, there = socket.socketpair()
    with here, there:
        message = wire.Generate(asked, umask)
        sending = threading.Thread(target=wire.send, args=(here, message))
        sending.start()
        assert wire.next_request(there) == message
        sending.join()


@given(st.binary(max_size=200))
def test_what_is_no_message_ends_the_talk(noise: bytes) -> None:
    here, there = socket.socketpair()
    with there:
        with here:
            here.sendall(noise)
        with pytest.raises(wire.Closed):
            while True:
                wire.next_request(there)


def test_pictures_larger_than_the_socket_holds_arrive_whole(ends: Ends) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (1500, 1000, 3), np.uint8)
    message = wire.EmbedImages([wire.Picture(shape=picture.shape, pixels=picture.tobytes())])
    sending = threading.Thread(target=wire.send, args=(ends[0], message))
    sending.start()
    assert wire.next_request(ends[1]) == message
    sending.join()


@pytest.mark.parametrize(
    "error",
    [
        RecordError("shot 7: too long; ask for less"),
        StorageError("media: no space is left there"),
        UnavailableError("no such device"),
        ValueError("a picture of no size"),
        RuntimeError("the kernel launch failed"),
        MemoryError(),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/media/a.png"),
        OSError(errno.ENOSPC, "No space left on device", "/media/b.mp4"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_arrives_with_its_class_its_words_and_its_number(error: Exception) -> None:
    back = wire.raised(wire.failure(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert getattr(back, "errno", None) == getattr(error, "errno", None)
    assert getattr(back, "filename", None) == getattr(error, "filename", None)


def test_an_error_that_only_the_host_knows_keeps_its_name() -> None:
    class CudaFault(Exception):
        pass

    back = wire.raised(wire.failure(CudaFault("illegal address")))
    assert type(back) is RuntimeError and str(back) == "CudaFault: illegal address"


def test_steps_that_nobody_reads_are_dropped_and_hold_up_nobody(ends: Ends) -> None:
    for step in range(10_000):
        wire.offer(ends[0], wire.Step(step, 10_000))
    assert wire.next_reply(ends[1]) == wire.Step(0, 10_000)


def test_one_who_left_is_seen_even_if_what_he_was_told_lies_unread(ends: Ends) -> None:
    """A killed process closes its end so; the other then reads a reset connection and not its end."""
    here, there = ends
    assert not wire.pending(here)
    wire.offer(here, wire.Step(1, 2))
    there.close()
    assert wire.pending(here)
    with pytest.raises(wire.Closed):
        wire.offer(here, wire.Step(2, 2))
