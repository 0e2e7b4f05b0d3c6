"""One pass over a take: sound and frames are decoded once, and each network looks once at what anybody wants it to see."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from reelkit.errors import RecordError
from reelkit.media.video import read_frames
from reelkit.metrics.meters import (
    ENCODER,
    Block,
    ClipInfo,
    ClipMeter,
    Frame,
    Hears,
    Indices,
    Reading,
    Resources,
)
from reelkit.models.measuring.known import networks

T = TypeVar("T")
Row = tuple[int, NDArray[np.float32]]

BLOCK_FRAMES = 32
"""Frames that meters are given at once, unless they are large."""
BLOCK_BYTES = 48 << 20
"""Most bytes of a block, and of what waits for a network."""
AHEAD = 8
"""Frames that are decoded while networks compute."""
ENCODER_BATCH = 64
"""Frames that the encoder takes at once."""


def measure_clip(resources: Resources, info: ClipInfo, meters: Sequence[ClipMeter]) -> list[Reading]:
    """What each meter found in the take.

    Memory is that of two blocks and of what waits for a network, whatever the take's length. Raises UnreadableError where
    the file is broken, RecordError where it has no frames.
    """
    listeners = [meter for meter in meters if isinstance(meter, Hears)]
    if listeners and info.has_audio:
        from reelkit.metrics.hearing import hear

        hear(info.path, listeners)
    frames = ahead(_used(info), AHEAD)
    try:
        return measure_frames(resources, frames, meters)
    except _NoFrames:
        raise RecordError(f"{info.path} has no frames; remove the take and make it again with `reel shot`") from None


def measure_frames(resources: Resources, frames: Iterable[Frame], meters: Sequence[ClipMeter]) -> list[Reading]:
    """What each meter found in these frames, of which none is held longer than a network waits for it."""
    looks = [{name: np.asarray(wanted, np.int64) for name, wanted in meter.looks().items()} for meter in meters]
    streams = _streams(resources, looks)
    start = 0
    for block in _blocks(frames):
        for number, frame in enumerate(block, start):
            for stream in streams:
                stream.offer(number, frame)
        _hand_on(meters, looks, streams, start, block)
        start += len(block)
    if not start:
        raise _NoFrames
    for stream in streams:
        stream.flush()
    _hand_on(meters, looks, streams, start, [])
    return [meter.finish() for meter in meters]


class _NoFrames(Exception):
    pass


class _Stream:
    """Frames on their way to one network, and its rows on their way back."""

    def __init__(self, resources: Resources, feature: str, wanted: Indices) -> None:
        self.feature = feature
        self.wanted = np.asarray(wanted, np.int64)
        self.ready: list[Row] = []
        card = None if feature == ENCODER else networks()[feature]
        self._span, self._hop, self._batch = (card.span, card.hop, card.batch) if card else (1, 1, ENCODER_BATCH)
        self._resources = resources
        self._next = 0
        self._skip = 0
        self._window: deque[tuple[int, Frame]] = deque()
        self._waiting: list[tuple[int, Any]] = []
        self._bytes = 0

    def offer(self, number: int, frame: Frame) -> None:
        """Take the frame if it is wanted; the network runs when a batch is full."""
        if self._next >= len(self.wanted) or self.wanted[self._next] != number:
            return
        self._next += 1
        if self._skip:
            self._skip -= 1
            return
        self._window.append((number, frame))
        if len(self._window) < self._span:
            return
        pictures = [picture for _, picture in self._window]
        self._waiting.append((number, pictures[0] if self._span == 1 else np.stack(pictures)))
        self._bytes += frame.nbytes * self._span
        for _ in range(min(self._hop, self._span)):
            self._window.popleft()
        self._skip = max(0, self._hop - self._span)
        if len(self._waiting) >= self._batch or self._bytes >= BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Run the network over what waits."""
        if not self._waiting:
            return
        inputs = [each for _, each in self._waiting]
        if self.feature == ENCODER:
            rows = self._resources.models.embed_images(inputs, self._resources.encoder, normalise=False)
        else:
            rows = self._resources.network(self.feature, inputs)
        self.ready += [(number, row) for (number, _), row in zip(self._waiting, rows, strict=True)]
        self._waiting, self._bytes = [], 0

    def taken(self) -> list[Row]:
        """The rows since the last call."""
        rows, self.ready = self.ready, []
        return rows


def _streams(resources: Resources, looks: Sequence[Mapping[str, NDArray[np.int64]]]) -> list[_Stream]:
    """One stream a network over all frames that anybody wants it to see; of one that sees windows, one a set of frames."""
    single: dict[str, list[NDArray[np.int64]]] = {}
    windows: dict[tuple[str, bytes], NDArray[np.int64]] = {}
    for wanted in looks:
        for feature, numbers in wanted.items():
            if _sees_windows(feature):
                windows[(feature, numbers.tobytes())] = numbers
            else:
                single.setdefault(feature, []).append(numbers)
    union = [_Stream(resources, feature, np.unique(np.concatenate(parts))) for feature, parts in single.items()]
    return union + [_Stream(resources, feature, numbers) for (feature, _), numbers in windows.items()]


def _sees_windows(feature: str) -> bool:
    return feature != ENCODER and networks()[feature].span > 1


def _hand_on(
    meters: Sequence[ClipMeter],
    looks: Sequence[Mapping[str, NDArray[np.int64]]],
    streams: Sequence[_Stream],
    start: int,
    block: Sequence[Frame],
) -> None:
    found = [(stream, stream.taken()) for stream in streams]
    for meter, wanted in zip(meters, looks, strict=True):
        rows = {}
        for stream, new in found:
            numbers = wanted.get(stream.feature)
            if numbers is None or (_sees_windows(stream.feature) and not np.array_equal(numbers, stream.wanted)):
                continue
            rows[stream.feature] = [row for row in new if _holds(numbers, row[0])]
        if block or any(rows.values()):
            meter.add(Block(start, block, rows))


def _holds(numbers: NDArray[np.int64], number: int) -> bool:
    place = int(np.searchsorted(numbers, number))
    return place < len(numbers) and int(numbers[place]) == number


def _blocks(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    block: list[Frame] = []
    size = 0
    for frame in frames:
        block.append(frame)
        size += frame.nbytes
        if len(block) >= BLOCK_FRAMES or size >= BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block


def _used(info: ClipInfo) -> Iterator[Frame]:
    """The frames that stand in the film; a file that is used whole is read to its end, which shows whether it is whole."""
    for number, frame in enumerate(read_frames(info.path)):
        if number >= info.used:
            return
        yield frame


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


_END = object()
POLL_SECONDS = 0.1
"""How soon a decoder notices that nobody wants its frames any more."""


def ahead(items: Iterable[T], count: int) -> Iterator[T]:
    """The items in their order, up to `count` of them made in another thread before they are asked for."""
    waiting: Queue[Any] = Queue(maxsize=count)
    left = Event()

    def put(item: Any) -> bool:
        while not left.is_set():
            with suppress(Full):
                waiting.put(item, timeout=POLL_SECONDS)
                return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(_END)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the items are used
            put(_Failed(error))

    thread = Thread(target=work, name="decoder", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not _END:
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        left.set()
        with suppress(Empty):
            while True:
                waiting.get_nowait()
        thread.join()
