"""What crosses the socket between a stage and the host: one request, then steps, then one reply; never a record.

A message is four bytes of length and MessagePack. Media go by absolute path; pictures that are only in memory go as
bytes.
"""

from __future__ import annotations

import builtins
import socket
import struct
from typing import TYPE_CHECKING, Any

import msgspec

from reelkit import errors
from reelkit.models.requests import GenerateReply, GenerateRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PROTOCOL = 2
"""Raised when the messages change. Those of `First`, and their answers, gain fields with a default and lose none."""
LONGEST = 2**32 - 1
PIECE = 1 << 20
_LENGTH = struct.Struct("!I")


class Message(msgspec.Struct, frozen=True, tag=True):
    """What is sent; its class's name travels with it."""


class Hello(Message, frozen=True):
    """A client that wants to ask: which code it is. Answered by `Welcome`."""

    version: str
    build: str
    protocol: int = PROTOCOL


class Welcome(Message, frozen=True):
    """The host's answer: who it is, and which code. It serves none but its own."""

    pid: int
    version: str
    build: str
    protocol: int = PROTOCOL


class Status(Message, frozen=True):
    """Answered by `Standing`."""


class Stop(Message, frozen=True):
    """End once the request in hand is done, and take no more. Answered by `Done`."""


class Yield(Message, frozen=True):
    """End if nobody is connected and nobody asked for the host to stay. Answered by `Done`, or by `Failed` if not."""


class Idle(Message, frozen=True):
    """Stay until there was no client for so long. Answered by `Done`."""

    seconds: float


class Generate(Message, frozen=True):
    """Make a still or a chunk. Answered by steps, then `Made`. umask: of the client, for the files."""

    request: GenerateRequest
    umask: int = 0o022


class Check(Message, frozen=True):
    """Refuse what the model cannot do. Answered by `Done`."""

    request: GenerateRequest


class Picture(msgspec.Struct, frozen=True):
    """A file by its path, or pixels uint8 [H, W, 3]."""

    path: str = ""
    shape: tuple[int, ...] = ()
    pixels: bytes = b""


class EmbedTexts(Message, frozen=True):
    """Answered by `Rows`."""

    texts: list[str]
    encoder: str | None = None


class EmbedImages(Message, frozen=True):
    """Answered by `Rows`."""

    images: list[Picture]
    encoder: str | None = None
    normalise: bool = True


class Numbers(msgspec.Struct, frozen=True):
    """An array: pixels or sound."""

    shape: tuple[int, ...]
    kind: str
    """numpy's name of its type."""
    values: bytes


class Measure(Message, frozen=True):
    """Ask a network that only measuring uses. Answered by `Rows` or `Texts`."""

    network: str
    inputs: list[str | Numbers]
    weights: str
    """Folder of the networks' files, absolute."""
    options: dict[str, Any] = {}


class Step(Message, frozen=True):
    """A denoising step is done."""

    done: int
    total: int


class Made(Message, frozen=True):
    """What a generation left on disk."""

    reply: GenerateReply


class Answered(Message, frozen=True):
    """What a network said."""


class Rows(Answered, frozen=True):
    """Embeddings, float32 [N, D]."""

    shape: tuple[int, int]
    values: bytes


class Texts(Answered, frozen=True):
    """What a network answered in words."""

    texts: list[str]


class Standing(Message, frozen=True, kw_only=True):
    """How a host is. Every field has a default, so that a host of another release can be asked too."""

    pid: int = 0
    version: str = "?"
    device: str = "?"
    visible: dict[str, str] = {}
    """Variables that say which device it sees, those that are set."""
    seconds: float = 0.0
    """Since it started."""
    idle: float = 0.0
    """Seconds without a client until it ends."""
    clients: int = 0
    """Connected now."""
    waiting: int = 0
    """Requests behind the one in hand."""
    working: str = ""
    """What is in hand: the output's path without suffix, `texts`, `images`, or nothing."""
    step: int = 0
    steps: int = 0
    requests: int = 0
    """Done."""
    loads: dict[str, int] = {}
    """How often each model was loaded."""
    held: list[str] = []
    """Models in memory, least recently used first."""
    memory: int = 0
    """Bytes of the process in memory at their highest."""
    device_memory: int = 0
    """Bytes reserved on the device, 0 on a CPU."""


class Done(Message, frozen=True):
    """Nothing to say."""


class Failed(Message, frozen=True):
    """An error: its class, by name, its message, and what an `OSError` has besides."""

    kind: str
    message: str
    number: int | None = None
    filename: str | None = None


Computed = Generate | Check | EmbedTexts | EmbedImages | Measure
First = Hello | Status | Stop | Yield | Idle
Reply = Welcome | Step | Made | Rows | Texts | Standing | Done | Failed

_requests = msgspec.msgpack.Decoder(First | Computed)
_replies = msgspec.msgpack.Decoder(Reply)


class Closed(Exception):
    """The other side went away, or speaks another language."""


def send(connection: socket.socket, message: Message) -> None:
    """Write one message; `Closed` if nobody is there."""
    try:
        connection.sendall(_packed(message))
    except OSError as problem:
        raise Closed(str(problem)) from problem


def offer(connection: socket.socket, message: Message) -> None:
    """Write one message if it can go at once: a client that was suspended reads nothing and must not hold up others."""
    packed = _packed(message)
    try:
        sent = connection.send(packed, socket.MSG_DONTWAIT)
        connection.sendall(packed[sent:])
    except BlockingIOError:
        return
    except OSError as problem:
        raise Closed(str(problem)) from problem


def next_request(connection: socket.socket) -> First | Computed:
    """Read a client's message; `Closed` at the end."""
    try:
        return _requests.decode(_body(connection))
    except msgspec.MsgspecError as problem:
        raise Closed(str(problem)) from problem


def next_reply(connection: socket.socket) -> Reply:
    """Read the host's message; `Closed` at the end."""
    try:
        return _replies.decode(_body(connection))
    except msgspec.MsgspecError as problem:
        raise Closed(str(problem)) from problem


def pending(connection: socket.socket) -> bool:
    """Whether there is something to read, be it the end; the side that is not being talked to looks for that."""
    try:
        connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def failure(error: BaseException) -> Failed:
    """An error as a message."""
    if isinstance(error, OSError) and error.errno is not None:
        name = None if error.filename is None else str(error.filename)
        return Failed("OSError", error.strerror or str(error), error.errno, name)
    return Failed(type(error).__name__, str(error))


def raised(failed: Failed) -> Exception:
    """The error that a message tells of: reelkit's or Python's own by name, any other as a RuntimeError."""
    if failed.number is not None:
        return OSError(failed.number, failed.message, failed.filename)
    for known in (errors, builtins):
        kind = getattr(known, failed.kind, None)
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, UnicodeError):
            try:
                return kind(failed.message)
            except TypeError:  # one that takes more than a message
                break
    return RuntimeError(f"{failed.kind}: {failed.message}")


def rows(found: NDArray[np.float32]) -> Rows:
    """Embeddings as a message."""
    return Rows((found.shape[0], found.shape[1]), found.astype("float32").tobytes())


def numbers(array: NDArray[np.generic]) -> Numbers:
    """An array as a message."""
    return Numbers(array.shape, array.dtype.name, array.tobytes())


def array(found: Numbers) -> NDArray[np.generic]:
    """The array that a message holds, read-only; ValueError where its bytes are no such array."""
    import numpy as np

    return np.frombuffer(found.values, np.dtype(found.kind)).reshape(found.shape)


def _packed(message: Message) -> bytes:
    body = msgspec.msgpack.encode(message)
    if len(body) > LONGEST:
        raise ValueError(f"a message of {len(body)} bytes: ask for fewer or smaller pictures at once")
    return _LENGTH.pack(len(body)) + body


def _body(connection: socket.socket) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes; memory is taken as they come, and not because somebody says that they will."""
    pieces, left = [], count
    while left:
        try:
            piece = connection.recv(min(left, PIECE))
        except OSError as problem:
            raise Closed(str(problem)) from problem
        if not piece:
            raise Closed("the end of the stream")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
