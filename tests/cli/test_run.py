"""The loop that runs a stage: counts, exit status, log lines, fail-fast, bugs."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from reelkit.cli import verbs
from reelkit.cli.call import Call, Stage
from reelkit.cli.input import count_shots
from reelkit.cli.watch import Watch
from reelkit.errors import RecordError, UnavailableError
from reelkit.manifest.records import Entry

from .conftest import FILM, MOVIE, Result, lines, shot

Reel = Callable[..., Result]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stage], None]:
    """Let `reel shot` run a stage of the test's."""

    def install(work: Stage) -> None:
        monkeypatch.setattr(verbs, "runner", lambda name: lambda call: call.run(work))

    return install


def failing(id: str) -> Stage:
    """A stage that does every shot but one."""

    def work(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        for entry in entries:
            if entry.kind != "shot":
                yield entry
            elif entry.id == id:
                yield entry.fail("shot", RecordError("no such puppet"))
            else:
                yield entry.replace(pick=0)

    return work


def test_a_failed_shot_is_counted_named_and_travels_on(reel: Reel, stage: Callable[[Stage], None]) -> None:
    stage(failing("s01-002"))
    result = reel("shot", stdin=FILM)
    assert result.status == 1
    assert [r.get("error") and r["error"]["message"] for r in result.records[2:]] == [
        None,
        "no such puppet",
        None,
    ]
    assert "error: <stdin>:4: shot lighthouse/s01-002: no such puppet" in result.stderr
    assert "2 done, 1 failed, 2 passed on" in result.stderr


def test_quiet_prints_errors_only(reel: Reel, stage: Callable[[Stage], None]) -> None:
    stage(failing("s01-002"))
    assert reel("shot", "-q", stdin=FILM).stderr.count("\n") == 1
    stage(failing("none"))
    assert reel("shot", "-q", stdin=FILM).stderr == ""


def test_verbose_prints_a_line_a_record(reel: Reel, stage: Callable[[Stage], None]) -> None:
    stage(failing("none"))
    text = reel("shot", "--verbose", stdin=FILM).stderr
    assert [line.split(" done ")[0] for line in text.splitlines()[:3]] == [
        f"reel shot: shot lighthouse/s01-00{n}" for n in (1, 2, 3)
    ]


def test_log_json_lines_carry_what_machines_ask(reel: Reel, stage: Callable[[Stage], None]) -> None:
    stage(failing("s01-002"))
    log = [json.loads(line) for line in reel("shot", "--log-json", stdin=FILM).stderr.splitlines()]
    assert [entry["level"] for entry in log] == ["debug", "error", "debug", "info"]
    assert (log[1]["movie"], log[1]["id"]) == ("lighthouse", "s01-002")
    assert (log[-1]["event"], log[-1]["done"], log[-1]["failed"], log[-1]["status"]) == ("summary", 2, 1, 1)
    assert log[0]["time"].endswith("+00:00")


def test_fail_fast_stops_and_keeps_the_old_manifest(
    reel: Reel, stage: Callable[[Stage], None], tmp_path: Path
) -> None:
    stage(failing("s01-001"))
    assert len(reel("shot", "--fail-fast", stdin=FILM).records) == 3
    film = tmp_path / "film.jsonl"
    film.write_bytes(FILM)
    result = reel("shot", "film.jsonl", "--fail-fast", "--manifest-out", "film.jsonl")
    assert result.status == 1
    assert film.read_bytes() == FILM
    assert "was not written" in result.stderr


def test_what_only_leaves_out_is_no_failure_of_this_run(reel: Reel, stage: Callable[[Stage], None]) -> None:
    def nothing(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        return iter(entries)

    broken = FILM.replace(b'"seconds": 2.0', b'"error": {"stage": "shot", "type": "X", "message": "m"}', 1)
    stage(nothing)
    assert reel("shot", stdin=broken).status == 0


def test_exit_status_is_the_errors_own(reel: Reel, stage: Callable[[Stage], None]) -> None:
    def unavailable(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        yield next(iter(entries))
        raise UnavailableError("no device cuda:7; --device cpu runs everywhere")

    stage(unavailable)
    result = reel("shot", stdin=FILM)
    assert result.status == 4
    assert len(result.records) == 1
    assert "error: no device cuda:7" in result.stderr


def test_a_full_disk_is_status_3_and_says_what_to_do(reel: Reel, stage: Callable[[Stage], None]) -> None:
    def full(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        yield next(iter(entries))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "media/x.part")

    stage(full)
    result = reel("shot", stdin=FILM)
    assert result.status == 3
    assert "error: media/x.part: no space is left there" in result.stderr


def test_a_bug_is_one_line_and_a_traceback_for_who_asks(reel: Reel, stage: Callable[[Stage], None]) -> None:
    def bug(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        yield next(iter(entries))
        raise KeyError("boo")

    stage(bug)
    plain, verbose = reel("shot", stdin=FILM), reel("shot", "-v", stdin=FILM)
    assert plain.status == verbose.status == 1
    assert len(plain.records) == 1
    assert "internal error: KeyError: 'boo'; --verbose shows the traceback" in plain.stderr
    assert "Traceback" not in plain.stderr
    assert "Traceback (most recent call last)" in verbose.stderr


def test_a_screen_draws_on_a_terminal_and_leaves_it_clean(reel: Reel, stage: Callable[[Stage], None]) -> None:
    def drawn(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        progress.start("shot", 3)
        for entry in entries:
            if entry.kind == "shot":
                progress.shot(entry.id, "take 1")
                progress.step(3, 30)
                time.sleep(0.25)  # the screen draws ten times a second
                entry = entry.replace(pick=0)
            yield entry
        progress.note("warning", "a note goes above the line")

    stage(drawn)
    text = reel("shot", stdin=FILM, terminals=["stderr"], environ={"TERM": "xterm"}).stderr
    assert "s01-003 take 1" in text
    assert "step 3/30" in text
    assert "a note goes above the line" in text
    assert text.endswith("s\n")
    dumb = reel("shot", stdin=FILM, terminals=["stderr"], environ={"TERM": "dumb"}).stderr
    assert "step 3/30" not in dumb


@pytest.mark.parametrize(("given", "shown"), [("film.jsonl", "eta 0:0"), ("-", "0:0")])
def test_the_time_to_go_is_shown_where_the_shots_can_be_counted(
    reel: Reel, stage: Callable[[Stage], None], tmp_path: Path, given: str, shown: str
) -> None:
    def drawn(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        progress.start("shot", None)
        for entry in entries:
            if entry.kind == "shot":
                progress.shot(entry.id, "take 1")
                time.sleep(0.25)  # the screen draws ten times a second
                entry = entry.replace(pick=0)
            yield entry

    stage(drawn)
    (tmp_path / "film.jsonl").write_bytes(FILM)
    text = reel("shot", given, stdin=FILM, terminals=["stderr"], environ={"TERM": "xterm"}).stderr
    assert shown in text
    assert ("eta" in text, "1/3" in text) == (given != "-", given != "-")


def test_shots_are_counted_before_they_are_read(reel: Reel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "film.jsonl").write_bytes(FILM + FILM.replace(b": ", b":").replace(b"lighthouse", b"other"))
    counted: list[int] = []

    def run(call: Call) -> int:
        counted.append(count_shots(call))
        return 0

    monkeypatch.setattr(verbs, "runner", lambda name: run)
    reel("shot", "film.jsonl")
    reel("shot", "film.jsonl", "--shard", "1/2")
    reel("shot", "film.jsonl", "--shard", "2/2")
    reel("shot", stdin=FILM)
    assert counted[0] == 6 and counted[1] + counted[2] == 6 and counted[3] == 0


def test_no_color_is_honoured(reel: Reel, stage: Callable[[Stage], None]) -> None:
    stage(failing("s01-002"))
    on = {"TERM": "xterm"}
    assert "\x1b[31m" in reel("shot", stdin=FILM, terminals=["stderr"], environ=on).stderr
    off = reel("shot", stdin=FILM, terminals=["stderr"], environ={**on, "NO_COLOR": "1"}).stderr
    assert "\x1b[31m" not in off


def test_the_call_fills_a_stage_s_options_by_name(reel: Reel, monkeypatch: pytest.MonkeyPatch) -> None:
    from reelkit.stages.options import ShotOptions

    seen: list[ShotOptions] = []

    def run(call: Call) -> int:
        seen.append(call.stage_options(ShotOptions))
        return 0

    monkeypatch.setattr(verbs, "runner", lambda name: run)
    reel("shot", "--takes", "3", "--only", "s01-*", "--shard", "1/2", "--guidance", "6", stdin=FILM)
    (options,) = seen
    assert (options.takes, options.guidance, options.steps) == (3, 6.0, None)
    assert options.selection is not None
    assert options.selection.only == ("s01-*",)


def test_a_warning_that_is_the_failure_is_printed_once(reel: Reel, stage: Callable[[Stage], None]) -> None:
    def doubled(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        for entry in entries:
            if entry.kind == "shot":
                progress.note("warning", f"{entry.id}: the puppet looks away")
                progress.note("warning", f"{entry.where}: no such puppet")
                entry = entry.fail("shot", RecordError("no such puppet"))
            yield entry

    stage(doubled)
    text = reel("shot", stdin=lines(MOVIE, shot(1))).stderr
    assert text.splitlines()[:2] == [
        "reel shot: warning: s01-001: the puppet looks away",
        "reel shot: error: <stdin>:2: shot lighthouse/s01-001: no such puppet",
    ]
