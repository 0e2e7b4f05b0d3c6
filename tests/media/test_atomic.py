"""At every moment a file is whole or not there, and an output is done when its sidecar says so."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reelkit.errors import StorageError, UnreadableError
from reelkit.media.atomic import commit, is_committed, read_sidecar, sidecar_path, write_atomic


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_is_under_its_part_name_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"

    def write(part: Path) -> None:
        assert part == tmp_path / "new" / "a.png.part"
        part.write_bytes(b"half")
        assert not path.exists()
        part.write_bytes(b"whole")

    write_atomic(path, write)
    assert path.read_bytes() == b"whole"
    assert names(path.parent) == ["a.png"]


def test_a_writer_that_raises_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, fail)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    script = (
        "import sys, time; from pathlib import Path; from reelkit.media.atomic import write_atomic\n"
        "def write(part):\n"
        "    part.write_text('a long half of a file'); print('halfway', flush=True); time.sleep(60)\n"
        "write_atomic(Path(sys.argv[1]), write)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"halfway\n"
        assert names(tmp_path) == ["a.txt.part"]
        write_atomic(path, lambda part: _write(part, "beside a live writer"))
        assert path.read_text() == "beside a live writer"
        assert names(tmp_path) == ["a.txt", "a.txt.part"]
        child.send_signal(signal.SIGKILL)
    write_atomic(path, lambda part: _write(part, "whole"))
    assert path.read_text() == "whole"
    assert names(tmp_path) == ["a.txt"]


def test_writers_of_one_name_do_not_mix(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from reelkit.media.atomic import write_atomic\n"
        "for _ in range(40):\n"
        "    write_atomic(Path(sys.argv[1]), lambda part: part.write_text(sys.argv[2] * 50_000))\n"
    )
    path = tmp_path / "a.txt"
    children = [subprocess.Popen([sys.executable, "-c", script, str(path), letter]) for letter in "abc"]
    seen = set()
    while any(child.poll() is None for child in children):
        if path.exists():
            seen.add(path.read_text())
        time.sleep(0.001)
    assert [child.returncode for child in children] == [0, 0, 0]
    assert seen <= {letter * 50_000 for letter in "abc"}
    assert names(tmp_path) == ["a.txt"]


def test_permissions_are_the_user_s(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a", lambda part: _write(part, ""))
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_the_sidecar_is_the_commit_mark(tmp_path: Path) -> None:
    video, latents = tmp_path / "k.mp4", tmp_path / "k.safetensors"
    video.write_bytes(b"12345")
    latents.write_bytes(b"123")
    (tmp_path / "k.mp4.part").write_bytes(b"1")
    (tmp_path / "other.mp4").write_bytes(b"1")
    assert not is_committed(video)
    commit(video, {"model": "theatre", "path": Path("a/b")})
    assert is_committed(video) and is_committed(latents)
    assert not is_committed(tmp_path / "other.mp4") and not is_committed(tmp_path / "k.wav")
    assert read_sidecar(video) == {
        "model": "theatre",
        "path": "a/b",
        "files": {"k.mp4": 5, "k.safetensors": 3},
    }
    assert sidecar_path(video).name == "k.json"


def test_an_output_that_lost_a_file_or_a_part_of_one_is_not_committed(tmp_path: Path) -> None:
    video, latents = tmp_path / "k.mp4", tmp_path / "k.safetensors"
    for lose in (lambda: latents.unlink(), lambda: latents.write_bytes(b"12")):
        video.write_bytes(b"12345")
        latents.write_bytes(b"123")
        commit(video, {})
        assert is_committed(video)
        lose()
        assert not is_committed(video)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"files": 4}', b'{"files": {"k.mp4": "x"}}', b'{"files": {"a/b": 1}}']
)
def test_a_broken_sidecar_commits_nothing(tmp_path: Path, content: bytes) -> None:
    video = tmp_path / "k.mp4"
    video.write_bytes(b"12345")
    sidecar_path(video).write_bytes(content)
    assert not is_committed(video)


def test_a_missing_sidecar_is_unreadable_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"k.json: No such file"):
        read_sidecar(tmp_path / "k.mp4")


def _write(part: Path, text: str) -> None:
    part.write_text(text)


@pytest.mark.parametrize(
    "problem",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        ValueError("I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_told_from_what_a_writer_did_wrong(tmp_path: Path, problem: Exception) -> None:
    def fill(part: Path) -> None:
        raise problem

    with pytest.raises(StorageError, match=r"film\.mp4: no space is left"):
        write_atomic(tmp_path / "film.mp4", fill)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full_is_known(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no space is left"):
        write_atomic(tmp_path / "x", lambda part: Path("/dev/full").write_bytes(b"x"))
