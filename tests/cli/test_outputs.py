"""Files a verb is told to write: never an input, never two at once, never a device's name."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import FILM, MOVIE, Result, lines, shot

Reel = Callable[..., Result]
SCREENPLAY = b"EXT. BEACH - DAWN\n\nMARA walks.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["merge", "--rejects", "a.jsonl", "a.jsonl"],
        ["score", "--metrics", "none", "--report", "a.jsonl", "a.jsonl"],
        ["plan", "--manifest-out", "a.jsonl", "a.jsonl"],
        ["merge", "--manifest-out", "o.jsonl", "--rejects", "o.jsonl", "a.jsonl"],
        ["assemble", "-o", "film.mp4", "--manifest-out", "film.mp4", "a.jsonl"],
        ["assemble", "-o", "a.mp4", "--rejects", "link.srt", "a.jsonl"],
        ["merge", "--manifest-out", "folder", "a.jsonl"],
    ],
)
def test_an_output_that_would_destroy_something_is_refused_before_any_work(
    words: list[str], reel: Reel, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILM)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.srt").symlink_to("a.srt")
    result = reel(*words)
    assert result.status == 2 and result.stdout == b""
    assert (tmp_path / "a.jsonl").read_bytes() == FILM
    assert "name another" in result.stderr or "folder" in result.stderr


def test_an_input_by_another_name_is_the_same_file(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILM)
    (tmp_path / "b.jsonl").hardlink_to(tmp_path / "a.jsonl")
    assert reel("merge", "--rejects", "b.jsonl", "a.jsonl").status == 2
    assert (tmp_path / "a.jsonl").read_bytes() == FILM


def test_a_pipe_is_written_into_and_stays_a_pipe(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILM)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()), daemon=True)
    reader.start()
    assert reel("merge", "--manifest-out", "fifo", "a.jsonl").status == 0
    reader.join(10)
    assert len(got[0].splitlines()) == len(FILM.splitlines())
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_link_is_followed_and_permissions_stay(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILM)
    target = tmp_path / "kept.jsonl"
    target.write_text("old")
    target.chmod(0o600)
    (tmp_path / "link.jsonl").symlink_to("kept.jsonl")
    assert reel("merge", "--manifest-out", "link.jsonl", "a.jsonl").status == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert len(target.read_bytes().splitlines()) == len(FILM.splitlines())
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_status_3_before_any_work(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILM)
    (tmp_path / "file").write_text("")
    for words in (["merge", "--manifest-out", "file/o.jsonl"], ["shot", "--media", "file"]):
        result = reel(*words, "a.jsonl")
        assert result.status == 3, result.stderr
        assert "no folder" in result.stderr and "Errno" not in result.stderr


def test_closed_streams(shell: Callable, tmp_path: Path) -> None:
    (tmp_path / "f.fountain").write_bytes(SCREENPLAY)
    silent = shell("reel plan f.fountain 2>&- > o.jsonl")
    assert silent.returncode == 0 and (tmp_path / "o.jsonl").stat().st_size > 0
    lost = shell("reel plan f.fountain >&-")
    assert lost.returncode == 3 and b"standard output is closed" in lost.stderr
    full = shell("reel --help > /dev/full")
    assert full.returncode == 3 and b"Traceback" not in full.stderr and b"No space left" in full.stderr


def test_a_glob_that_names_no_shot_is_said(reel: Reel) -> None:
    result = reel("extend", "--dry-run", "--only", "nosuch", "--only", "s01-001", stdin=FILM)
    assert "--only nosuch: no shot has that id" in result.stderr
    assert "s01-001: no shot" not in result.stderr


def test_two_screenplays_are_not_sent_to_merge(reel: Reel) -> None:
    result = reel("plan", "a.fountain", "b.fountain")
    assert result.status == 2 and "one screenplay at a time" in result.stderr and "merge" not in result.stderr


def test_why_says_what_it_looked_at(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILM)
    assert "nothing is made yet of 3 shots" in reel("why", "*", "a.jsonl").stderr
    missing = reel("why", "nosuch", "a.jsonl")
    assert missing.status == 1 and "no shot of the manifest has that id" in missing.stderr
    assert reel("why", "a.jsonl").status == 2


def test_of_a_shot_that_repeats_status_counts_the_last(reel: Reel) -> None:
    result = reel("status", stdin=lines(MOVIE, shot(1, seconds=2.0), shot(1, seconds=3.0)))
    assert (result.records[0]["shots"], result.records[0]["planned_seconds"]) == (1, 3.0)


def test_validation_reads_with_and_takes(reel: Reel) -> None:
    bad = lines(MOVIE, shot(1, **{"with": {"stepz": 3}}), shot(2, takes=[{}]), shot(3, characters=["ghost"]))
    result = reel("score", "--metrics", "none", stdin=bad)
    assert result.status == 1
    assert "stepz" in result.stderr and "character ghost" in result.stderr
    assert [bool(record.get("error")) for record in result.records] == [False, True, True, False]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--metrics", "none", "--gate", "duration_error<=1"], 2, "nothing is measured"),
        (["--metrics", "duration_error", "--weights", "nosuch"], 4, "no such file"),
        (["--metrics", "aes"], 4, "nothing is left to measure"),
    ],
)
def test_a_gate_or_a_metric_that_cannot_hold_is_refused(words: list[str], status: int, said: str, reel: Reel) -> None:
    result = reel("score", *words, stdin=FILM)
    assert result.status == status and said in result.stderr
    assert result.stdout == b""


def test_a_dry_run_refuses_what_the_model_would(reel: Reel, tmp_path: Path) -> None:
    result = reel("shot", "--dry-run", "--top-k", "0", "--sampler", "ddim", stdin=FILM)
    assert result.stderr.count("knows no --sampler") == 3
    assert "would make" not in result.stderr
