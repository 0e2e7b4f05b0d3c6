"""One decode, one run of each network, whatever the number of meters."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reelkit.errors import RecordError, UnreadableError
from reelkit.manifest.kinds import Shot
from reelkit.media.video import write_video
from reelkit.metrics import passing
from reelkit.metrics.meters import ENCODER, Block, ClipInfo, Indices, Reading, Resources
from reelkit.metrics.passing import ahead, measure_clip, measure_frames
from reelkit.models.measuring.known import NetworkCard

CARDS = {
    "mean": NetworkCard(loader="x:y", source="s", licence="l", batch=3),
    "pair": NetworkCard(loader="x:y", source="s", licence="l", takes="windows", span=2, hop=1, batch=2),
    "triple": NetworkCard(loader="x:y", source="s", licence="l", takes="windows", span=3, hop=2),
    "sparse": NetworkCard(loader="x:y", source="s", licence="l", takes="windows", span=2, hop=3),
}


class Networks:
    """Answers a frame with its value, and a window with its first and last value."""

    def __init__(self) -> None:
        self.seen: dict[str, list[Any]] = {}

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        raise AssertionError("no text was to be embedded")

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        return self.measure(ENCODER, images)

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32]:
        values = [(int(each.flat[0]), int(each.flat[-1])) for each in inputs]
        self.seen.setdefault(network, []).append(values)
        return np.array(values, np.float32)


class Watcher:
    """Keeps the numbers of what it is given."""

    def __init__(self, **looks: Indices) -> None:
        self._looks = looks
        self.frames: list[int] = []
        self.rows: dict[str, list[tuple[int, tuple[float, ...]]]] = {}

    def looks(self) -> Mapping[str, Indices]:
        return self._looks

    def add(self, block: Block) -> None:
        self.frames += range(block.start, block.start + len(block.frames))
        for feature, rows in block.rows.items():
            self.rows.setdefault(feature, []).extend((number, tuple(map(float, row))) for number, row in rows)

    def finish(self) -> Reading:
        return Reading({"frames": float(len(self.frames))})


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Networks:
    monkeypatch.setattr(passing, "networks", lambda: CARDS)
    return Networks()


def frames(count: int) -> Iterator[NDArray[np.uint8]]:
    return (np.full((4, 6, 3), number, np.uint8) for number in range(count))


def resources(networks: Networks) -> Resources:
    return Resources(names=frozenset(), models=networks)


def test_each_network_sees_a_frame_once_and_each_meter_its_own_rows(networks: Networks) -> None:
    first, second = Watcher(mean=[0, 2, 4]), Watcher(mean=[2, 3], encoder=[9])
    readings = measure_frames(resources(networks), frames(10), [first, second])
    assert [number for batch in networks.seen["mean"] for number, _ in batch] == [0, 2, 3, 4]
    assert first.rows["mean"] == [(0, (0, 0)), (2, (2, 2)), (4, (4, 4))]
    assert second.rows == {"mean": [(2, (2, 2)), (3, (3, 3))], "encoder": [(9, (9, 9))]}
    assert first.frames == second.frames == list(range(10))
    assert [reading.scores["frames"] for reading in readings] == [10, 10]


def test_windows_are_made_of_the_frames_that_were_asked_for(networks: Networks) -> None:
    pairs, triples, sparse = Watcher(pair=[0, 3, 6, 9]), Watcher(triple=range(8)), Watcher(sparse=range(9))
    measure_frames(resources(networks), frames(10), [pairs, triples, sparse])
    assert pairs.rows["pair"] == [(3, (0, 3)), (6, (3, 6)), (9, (6, 9))]
    assert triples.rows["triple"] == [(2, (0, 2)), (4, (2, 4)), (6, (4, 6))]
    assert sparse.rows["sparse"] == [(1, (0, 1)), (4, (3, 4)), (7, (6, 7))]


def test_two_sets_of_windows_are_two_runs_and_equal_sets_one(networks: Networks) -> None:
    meters = [Watcher(pair=[0, 1]), Watcher(pair=[0, 1]), Watcher(pair=[0, 2])]
    measure_frames(resources(networks), frames(3), meters)
    assert sorted(pair for batch in networks.seen["pair"] for pair in batch) == [(0, 1), (0, 2)]
    assert [meter.rows["pair"] for meter in meters] == [[(1, (0, 1))], [(1, (0, 1))], [(2, (0, 2))]]


def test_frames_are_let_go(networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    import weakref

    monkeypatch.setattr(passing, "BLOCK_FRAMES", 4)
    alive: list[weakref.ref[NDArray[np.uint8]]] = []
    most = 0

    def counted() -> Iterator[NDArray[np.uint8]]:
        nonlocal most
        for frame in frames(200):
            alive.append(weakref.ref(frame))
            most = max(most, sum(ref() is not None for ref in alive))
            yield frame

    measure_frames(resources(networks), counted(), [Watcher(mean=range(0, 200, 5))])
    assert most <= 16


def info(path: Path, frames: int, used: int) -> ClipInfo:
    shot = Shot(id="s", movie="m")
    return ClipInfo(path=path, frames=frames, fps=8.0, width=32, height=32, seconds=frames / 8, used=used, shot=shot)


def test_a_take_is_read_up_to_what_stands_in_the_film(networks: Networks, tmp_path: Path) -> None:
    path = tmp_path / "take.mp4"
    write_video(path, (np.full((32, 32, 3), 20 * n, np.uint8) for n in range(10)), 8)
    watcher = Watcher(mean=[0, 5])
    measure_clip(resources(networks), info(path, 10, 6), [watcher])
    assert watcher.frames == list(range(6))
    assert watcher.rows["mean"][1][1][0] == pytest.approx(100, abs=2)


def test_a_broken_take_is_told_where_it_is_measured(networks: Networks, tmp_path: Path) -> None:
    path = tmp_path / "take.mp4"
    write_video(path, (np.full((32, 32, 3), 20 * n, np.uint8) for n in range(10)), 8)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(UnreadableError, match=r"take\.mp4"):
        measure_clip(resources(networks), info(path, 10, 10), [Watcher()])
    with pytest.raises(RecordError, match="no frames"):
        write_video(path, (np.zeros((32, 32, 3), np.uint8) for _ in range(2)), 8)
        measure_clip(resources(networks), info(path, 2, 0), [Watcher()])


def test_items_made_ahead_keep_their_order_and_errors_arrive_in_their_place() -> None:
    def items() -> Iterator[int]:
        yield from range(20)
        raise ValueError("torn")

    taken = []
    with pytest.raises(ValueError, match="torn"):
        for item in ahead(items(), 3):
            taken.append(item)
    assert taken == list(range(20))


def test_who_stops_early_stops_the_decoder() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    stream = ahead(items(), 4)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert len(made) <= 8
    assert not [thread for thread in threading.enumerate() if thread.name == "decoder"]
