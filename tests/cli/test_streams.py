"""A manifest through a verb: in from file or stdin, out on stdout or into a file, wrong lines aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .conftest import FILM, MOVIE, Result, lines, shot

Reel = Callable[..., Result]


def test_stdin_to_stdout_byte_for_byte(reel: Reel) -> None:
    result = reel("merge", stdin=FILM)
    assert result.status == 0
    assert result.records == [json.loads(line) for line in FILM.splitlines()]
    assert "5 done, 0 failed" in result.stderr


def test_dash_is_stdin(reel: Reel) -> None:
    assert reel("merge", "-", stdin=FILM).records[0] == MOVIE


def test_several_manifests_become_one_in_order(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(MOVIE, shot(3)))
    (tmp_path / "b.jsonl").write_bytes(lines(MOVIE, shot(1), shot(2)))
    result = reel("merge", "a.jsonl", "b.jsonl")
    assert [record["id"] for record in result.records] == ["lighthouse", "s01-001", "s01-002", "s01-003"]


def test_one_manifest_where_one_is_meant(reel: Reel, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(FILM)
    result = reel("assemble", "-o", "film.mp4", "a", "b")
    assert result.status == 2
    assert "b: one manifest at a time" in result.stderr


def test_unreadable_manifest_is_status_3_with_path_and_reason(reel: Reel, tmp_path: Path) -> None:
    result = reel("merge", "no-such.jsonl")
    assert result.status == 3
    assert str(tmp_path / "no-such.jsonl") in result.stderr
    assert "No such file" in result.stderr
    assert "Traceback" not in result.stderr
    assert reel("merge", ".").status == 3


def test_wrong_lines_are_reported_and_set_aside(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "film.jsonl").write_bytes(
        lines(MOVIE) + b"not json\n" + b'{"kind":"shot"}\n' + lines(shot(1))
    )
    result = reel("merge", "film.jsonl", "--rejects", "bad.jsonl")
    assert result.status == 1
    assert [record["id"] for record in result.records] == ["lighthouse", "s01-001"]
    assert "film.jsonl:2: no record: not JSON" in result.stderr
    rejected = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_bytes().splitlines()]
    assert [(reject["line"], reject["text"][:8]) for reject in rejected] == [(2, "not json"), (3, '{"kind":')]


def test_wrong_lines_of_every_manifest_are_set_aside(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(MOVIE) + b"first\n")
    (tmp_path / "b.jsonl").write_bytes(b"second\n" + lines(shot(1)))
    assert reel("merge", "a.jsonl", "b.jsonl", "--rejects", "bad.jsonl").status == 1
    rejected = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_bytes().splitlines()]
    assert [(reject["where"], reject["text"]) for reject in rejected] == [
        ("a.jsonl:2", "first"),
        ("b.jsonl:1", "second"),
    ]


def test_assemble_without_a_shot_fails_because_the_film_was_not_made(reel: Reel, tmp_path: Path) -> None:
    for manifest in (b"", lines(MOVIE)):
        result = reel("assemble", "-o", "film.mp4", stdin=manifest)
        assert (result.status, len(result.records)) == (1, manifest.count(b"\n"))
        assert "no shot came through" in result.stderr
        assert not (tmp_path / "film.mp4").exists()


def test_rows_reach_a_terminal_where_no_table_is_printed(reel: Reel) -> None:
    for option in ("--quiet", "--log-json"):
        result = reel("status", option, stdin=FILM, terminals=["stdout", "stderr"])
        assert [row["movie"] for row in result.records] == ["lighthouse"], option


def test_manifest_out_replaces_its_own_input(reel: Reel, tmp_path: Path) -> None:
    film = tmp_path / "film.jsonl"
    film.write_bytes(lines(shot(2), shot(1), MOVIE))
    result = reel("merge", "film.jsonl", "--manifest-out", "film.jsonl")
    assert (result.status, result.stdout) == (0, b"")
    assert [json.loads(line) for line in film.read_bytes().splitlines()] == [MOVIE, shot(1), shot(2)]
    assert [path.name for path in tmp_path.iterdir()] == ["film.jsonl"]


def test_terminal_and_no_file_shows_help_on_stderr(reel: Reel) -> None:
    result = reel("shot", terminals=["stdin"])
    assert result.status == 2
    assert result.stdout == b""
    assert result.stderr.startswith("Usage: reel shot [OPTIONS] [MANIFEST|-]")


def test_status_is_a_table_for_people_and_rows_for_pipes(reel: Reel) -> None:
    piped = reel("status", "-q", stdin=FILM)
    assert (piped.records[0]["movie"], piped.records[0]["shots"]) == ("lighthouse", 3)
    assert piped.stderr == ""
    seen = reel("status", stdin=FILM, terminals=["stdout"])
    assert seen.stdout == b""
    assert seen.stderr.split()[:2] == ["movie", "shots"]


def test_schema_names_every_kind(reel: Reel) -> None:
    schema = json.loads(reel("schema").stdout)
    assert {"Movie", "Shot", "Take", "Cut"} <= schema["$defs"].keys()


def test_of_processes_that_share_a_picture_out_the_first_one_speaks(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "film.jsonl").write_text('{"kind": "movie", "id": "film"}\n')
    words = ("shot", "--context-parallel", "2", "--media", str(tmp_path), str(tmp_path / "film.jsonl"))
    first, second = (reel(*words, environ={"RANK": rank, "WORLD_SIZE": "2"}) for rank in ("0", "1"))
    assert first.stdout.count(b"\n") == 1 and second.stdout == b"" and first.status == second.status == 0
