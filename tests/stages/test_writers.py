"""Two processes that make one output at the same moment."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from reelkit.media.atomic import is_committed, read_sidecar
from reelkit.media.video import probe, read_frames
from reelkit.stages.options import ShotOptions
from reelkit.stages.shot import shot
from tests.support.film import dump, film, load, media_hashes, shots
from tests.support.tiny import TinyModels


def shoot(media: Path, out: Path, together: Barrier) -> None:
    """One writer: it begins each output when the other does."""

    def wait(request: Any) -> None:
        together.wait(timeout=30)

    out.write_bytes(dump(shot(film()[:6], ShotOptions(media=media), TinyModels(fail=wait))))


def test_two_writers_of_one_key_leave_one_whole_committed_output(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    together = processes.Barrier(2)
    media, outs = tmp_path / "media", [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    writers = [processes.Process(target=shoot, args=(media, out, together)) for out in outs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert outs[0].read_bytes() == outs[1].read_bytes()
    (take,) = shots(load(outs[0].read_bytes()))["s01-001"].takes
    clip = media / take.path
    assert is_committed(clip)
    assert {path.name for path in clip.parent.iterdir() if path.suffix != ".png"} >= {
        f"{take.key}.{suffix}" for suffix in ("json", "mp4", "safetensors")
    }
    assert len(list(clip.parent.glob("*.mp4"))) == 1 and list(media.rglob("*.part")) == []
    assert probe(clip).frames == len(list(read_frames(clip))) == take.frames
    assert read_sidecar(clip)["files"].keys() == {f"{take.key}.mp4", f"{take.key}.safetensors"}
    list(shot(film()[:6], ShotOptions(media=tmp_path / "quiet"), TinyModels()))
    assert media_hashes(media) == media_hashes(tmp_path / "quiet")
