from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from reelkit.errors import RecordError, UnavailableError, UnreadableError, UsageError
from reelkit.manifest.records import Entry
from reelkit.manifest.shards import Selection, Shard
from reelkit.media.image import write_png
from reelkit.media.video import write_video
from reelkit.stages.score import ScoreOptions, score
from tests.metrics.worlds import ColourEncoder, picture

CHEAP = (
    "all_consistency",
    "character_consistency",
    "all_alignment",
    "character_alignment",
    "copy_paste_rate",
)


def entry(**fields: Any) -> Entry:
    return Entry(
        msgspec.json.decode(msgspec.json.encode(fields), type=dict[str, msgspec.Raw]), "film.jsonl:1"
    )


def headers(scenes: Sequence[str] = ("s01",)) -> list[Entry]:
    return [
        entry(kind="movie", id="film", title="Film", fps=8),
        entry(kind="character", id="mara", movie="film", name="Mara", look="a red coat"),
        *(entry(kind="scene", id=id, movie="film", heading=id) for id in scenes),
    ]


def shot(
    media: Path, order: int, colour: str, scene: str = "s01", ground: str = "grey", **more: Any
) -> Entry:
    """A shot whose take shows a figure that walks."""
    id = f"{scene}-{order:03d}"
    path = media / f"{id}.mp4"
    write_video(path, (picture(colour, ground, left=8 + 2 * i) for i in range(8)), 8)
    fields = {
        "kind": "shot",
        "id": id,
        "movie": "film",
        "scene": scene,
        "order": order,
        "prompt": "a red figure on grey ground",
        "characters": ["mara"],
        "seconds": 1.0,
        "takes": [{"key": f"key{order}", "path": path.name, "extra": [1.0, 2]}],
        "mine": {"kept": 4.0},
    }
    return entry(**(fields | more))


def run(entries: Sequence[Entry], media: Path, **options: Any) -> list[Entry]:
    options.setdefault("metrics", CHEAP)
    encoder: Any = ColourEncoder()
    return list(score(entries, ScoreOptions(media=media, **options), encoder))


def scores(entries: Sequence[Entry], kind: str = "score") -> dict[str, dict[str, float]]:
    return {e.id: msgspec.json.decode(e.raw["scores"]) for e in entries if e.kind == kind}


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return tmp_path


def test_a_swapped_colour_lowers_consistency_and_alignment(media: Path) -> None:
    same = scores(run([*headers(), *(shot(media, n, "red") for n in (1, 2, 3))], media))["movie"]
    swapped = scores(
        run([*headers(), shot(media, 1, "red"), shot(media, 2, "yellow"), shot(media, 3, "red")], media)
    )["movie"]
    assert same["all_consistency"] == pytest.approx(100, abs=0.5)
    assert swapped["all_consistency"] < same["all_consistency"] - 5
    assert swapped["all_alignment"] < same["all_alignment"] - 5


def test_a_character_who_is_not_found_is_not_measured(media: Path) -> None:
    out = run([*headers(), shot(media, 1, "red"), shot(media, 2, "blue")], media)
    shots = scores(out, "shot")
    assert "character_alignment" in shots["s01-001"]
    assert "character_alignment" not in shots["s01-002"]
    assert "character_consistency" not in scores(out)["movie"]


def test_each_scene_and_the_movie_get_a_record_after_their_shots(media: Path) -> None:
    entries = [
        *headers(("s01", "s02")),
        *(shot(media, n, "red") for n in (1, 2)),
        *(shot(media, n, "red", "s02", ground) for n, ground in ((3, "grey"), (4, "green"))),
    ]
    out = run(entries, media)
    assert [e.id for e in out if e.kind == "score"] == ["scene-s01", "scene-s02", "movie"]
    found = scores(out)
    assert found["movie"]["all_consistency"] == pytest.approx(
        (found["scene-s01"]["all_consistency"] + found["scene-s02"]["all_consistency"]) / 2, abs=1e-3
    )
    movie = out[-1]
    assert (bytes(movie.raw["shots"]), bytes(movie.raw["encoder"])) == (b"4", b'"colours@1"')


def test_a_shots_consistency_is_its_nearness_to_the_shots_before(media: Path) -> None:
    shots = scores(run([*headers(), *(shot(media, n, "red") for n in (1, 2))], media), "shot")
    assert "all_consistency" not in shots["s01-001"]
    assert shots["s01-002"]["all_consistency"] == pytest.approx(100, abs=0.5)


def test_what_the_stage_does_not_know_stays(media: Path) -> None:
    before = shot(media, 1, "red", scores={"taste": 3, "all_alignment": 1.0})
    after = next(e for e in run([*headers(), before], media) if e.kind == "shot")
    assert after.raw["mine"] == before.raw["mine"]
    take = msgspec.json.decode(after.raw["takes"])[0]
    assert take["extra"] == [1.0, 2]
    found = msgspec.json.decode(after.raw["scores"])
    assert found["taste"] == 3
    assert take["scores"]["all_alignment"] == found["all_alignment"] > 50


def test_scoring_again_changes_nothing(media: Path) -> None:
    once = run([*headers(), *(shot(media, n, "red") for n in (1, 2))], media)
    twice = run(once, media)
    assert [e.encode() for e in twice] == [e.encode() for e in once]


def test_scoring_with_fewer_metrics_keeps_what_the_others_found(media: Path) -> None:
    once = run([*headers(), *(shot(media, n, "red") for n in (1, 2))], media)
    fewer = run(once, media, metrics=("duration_error",))
    before, after = scores(once, "score")["scene-s01"], scores(fewer, "score")["scene-s01"]
    assert after == {**before, "duration_error": after["duration_error"]}
    encoders = [e.raw.get("encoder") for e in (once[-1], fewer[-1])]
    assert encoders[0] == encoders[1] != b"null"


def test_shots_with_stills_alone_are_measured_on_their_start(media: Path) -> None:
    write_png(media / "still.png", picture("red"))
    still = {"path": "still.png", "role": "start"}
    out = run([*headers(), shot(media, 1, "red", takes=[], keyframes=[still])], media)
    assert scores(out, "shot")["s01-001"]["all_alignment"] > 90


def test_a_portrait_is_the_reference_of_the_copy_paste_rate(media: Path) -> None:
    write_png(media / "mara.png", picture("red"))
    mara = entry(kind="character", id="mara", movie="film", look="a red coat", portraits=["mara.png"])
    out = run([*headers(), mara, shot(media, 1, "red")], media)
    assert scores(out, "shot")["s01-001"]["copy_paste_rate"] == pytest.approx(50, abs=1)


def test_every_take_is_measured_when_asked(media: Path) -> None:
    shot(media, 9, "blue")
    takes = [{"key": "a", "path": "s01-001.mp4"}, {"key": "b", "path": "s01-009.mp4", "scores": {"taste": 1}}]
    out = run([*headers(), shot(media, 1, "red", takes=takes)], media, all_takes=True)
    first, second = (t["scores"] for t in msgspec.json.decode(out[-3].raw["takes"]))
    assert first["all_alignment"] > second["all_alignment"] > 0
    assert second["taste"] == 1 and "all_consistency" not in second


def test_a_missing_take_is_that_shots_error_and_the_rest_is_measured(media: Path) -> None:
    lost = shot(media, 2, "red")
    (media / "s01-002.mp4").unlink()
    out = run([*headers(), shot(media, 1, "red"), lost, shot(media, 3, "red")], media)
    error = next(e for e in out if e.id == "s01-002").error
    assert error is not None and error.stage == "score" and "s01-002.mp4" in error.message
    assert bytes(out[-1].raw["shots"]) == b"2" and bytes(out[-1].raw["failed"]) == b"1"
    with pytest.raises(RecordError):
        run([*headers(), lost], media, fail_fast=True)


def test_an_error_of_another_stage_passes(media: Path) -> None:
    failed = shot(media, 1, "red", error={"stage": "shot", "type": "RecordError", "message": "no"})
    out = run([*headers(), failed], media)
    assert next(e for e in out if e.kind == "shot") is failed


def test_none_only_validates_and_loads_nothing(media: Path) -> None:
    wrong = shot(media, 2, "red", pick=7)
    out = run([*headers(), shot(media, 1, "red"), wrong], media, metrics=("none",))
    assert [e.kind for e in out].count("score") == 0
    error = out[-1].error
    assert error is not None and "picks take 7" in error.message
    assert out[-2].error is None and "scores" not in out[-2].raw


class Notes:
    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []

    def start(self, stage: str, total: int | None) -> None: ...
    def shot(self, id: str, text: str) -> None: ...
    def step(self, done: int, total: int) -> None: ...
    def note(self, level: str, text: str) -> None:
        self.notes.append((level, text))


def told(entries: Sequence[Entry], media: Path, **options: Any) -> tuple[list[Entry], list[str]]:
    notes, encoder = Notes(), cast(Any, ColourEncoder())
    out = list(score(entries, ScoreOptions(media=media, **options), encoder, notes))
    return out, [text for _, text in notes.notes]


def test_what_cannot_be_measured_is_told_in_a_line_and_the_rest_is_measured(media: Path) -> None:
    asked = ("aes", "incep", "duration_error", "blank_frames")
    out, notes = told([*headers(), shot(media, 1, "red")], media, metrics=asked, weights=media)
    assert sorted(note.split()[0] for note in notes) == ["aes", "incep"]
    assert all("skipped" in note and str(media) in note and "get it from" in note for note in notes)
    assert scores(out)["movie"] == {"duration_error": 0.0, "blank_frames": 0.0}


def test_what_needs_no_weights_is_measured_by_default_without_a_word(media: Path) -> None:
    out, notes = told([*headers(), shot(media, 1, "red")], media)
    assert notes == []
    found = scores(out)["movie"]
    assert "aes" not in found and "incep" not in found
    assert found["duration_error"] == 0 and found["frozen_frames"] == 0 and found["blank_frames"] == 0


def test_a_number_of_an_earlier_run_that_cannot_be_measured_now_goes(media: Path) -> None:
    old = shot(media, 1, "red", scores={"aes": 5.5, "taste": 1})
    out = run([*headers(), old], media, metrics=("aes", "duration_error"), weights=media)
    assert scores(out, "shot")["s01-001"] == {"taste": 1, "duration_error": 0.0}


def test_weights_that_are_named_and_missing_are_unavailable(media: Path) -> None:
    with pytest.raises(UnavailableError, match="none"):
        run([*headers(), shot(media, 1, "red")], media, metrics=("duration_error",), weights=media / "none")
    with pytest.raises(UnavailableError, match="nothing is left to measure"):
        run([*headers(), shot(media, 1, "red")], media, metrics=("aes",), weights=media)


def test_a_gate_on_the_movie_is_an_error_of_its_score(media: Path) -> None:
    entries = [*headers(), shot(media, 1, "red"), shot(media, 2, "yellow")]
    missed = run(entries, media, gates=("movie:all_consistency>=99",))[-1]
    assert missed.error is not None and "all_consistency>=99 is missed" in missed.error.message
    assert run(entries, media, gates=("movie:all_consistency>=10",))[-1].error is None
    scene = run(entries, media, gates=("scene:all_consistency>=99",))
    assert [e.error is not None for e in scene if e.kind == "score"] == [True, False]
    failed = shot(media, 3, "red", error={"stage": "shot", "type": "RecordError", "message": "no"})
    nothing = run([*headers(), failed], media, gates=("movie:all_consistency>=10",))[-1]
    assert nothing.error is not None and "could not be measured" in nothing.error.message
    with pytest.raises(UsageError):
        run(entries, media, gates=("nothing>=1",))
    with pytest.raises(UsageError, match="not measured here"):
        run(entries, media, gates=("aes>=1",), weights=media)


def two_takes(media: Path, order: int, first: str, second: str, **more: Any) -> Entry:
    """A shot whose takes show figures of two colours; the first is picked."""
    shot(media, order + 50, second)
    takes = [{"key": "a", "path": f"s01-{order:03d}.mp4"}, {"key": "b", "path": f"s01-{order + 50:03d}.mp4"}]
    return shot(media, order, first, takes=takes, pick=0, **more)


def test_a_gate_picks_the_best_take_that_passes_and_keeps_the_rejects(media: Path) -> None:
    entries = [*headers(), shot(media, 1, "red"), two_takes(media, 2, "yellow", "red"), shot(media, 3, "red")]
    out = run(entries, media, gates=("all_consistency>=95",))
    second = next(e for e in out if e.id == "s01-002").shot()
    assert second.pick == 1 and second.error is None
    verdicts = [take.gate for take in second.takes]
    assert [verdict is not None and verdict.passed for verdict in verdicts] == [False, True]
    assert verdicts[0] is not None and "all_consistency is" in verdicts[0].missed[0]
    assert second.scores["all_consistency"] == second.takes[1].scores["all_consistency"] > 95
    assert scores(out)["scene-s01"]["all_consistency"] == pytest.approx(100, abs=0.5)


def test_a_shot_that_no_take_passes_carries_the_reasons_and_is_judged_anew(media: Path) -> None:
    entries = [*headers(), shot(media, 1, "red"), two_takes(media, 2, "yellow", "green")]
    out = run(entries, media, gates=("all_consistency>=95",))
    bad = next(e for e in out if e.id == "s01-002")
    assert bad.error is not None and (bad.error.stage, bad.error.type) == ("score", "GateError")
    assert "take 0" in bad.error.message and "take 1" in bad.error.message
    assert bad.shot().pick == 0 and "all_consistency" in bad.shot().scores
    assert next(e for e in out if e.id == "s01-001").error is None, "the first shot has nothing to be compared with"
    eased = run(out, media, gates=("all_consistency>=10",))
    assert all(e.error is None for e in eased)
    with pytest.raises(RecordError):
        run(entries, media, gates=("all_consistency>=95",), fail_fast=True)


def test_a_threshold_in_another_unit_is_doubted(media: Path) -> None:
    _, notes = told([*headers(), shot(media, 1, "red")], media, metrics=CHEAP, gates=("character_consistency>=0.7",))
    assert len(notes) == 1 and "cosine x100" in notes[0]


def test_a_scene_tells_how_its_shots_resemble_one_another(media: Path) -> None:
    out = run([*headers(), shot(media, 1, "red"), shot(media, 2, "yellow"), shot(media, 3, "red")], media)
    scene = next(e for e in out if e.id == "scene-s01")
    found = msgspec.json.decode(scene.raw["similarity"])
    matrix = np.array(found["matrix"])
    assert found["shots"] == ["s01-001", "s01-002", "s01-003"]
    assert matrix.shape == (3, 3) and np.allclose(np.diag(matrix), 1) and np.allclose(matrix, matrix.T)
    assert matrix[0, 2] > matrix[0, 1]


def test_a_record_tells_by_what_it_was_measured(media: Path) -> None:
    out = run([*headers(), shot(media, 1, "red")], media)
    told = msgspec.json.decode(out[-1].raw["provenance"])
    assert told["encoder"] == "colours@1" and told["reelkit"]


def test_measures_of_the_file_alone_need_no_encoder(media: Path) -> None:
    out = list(
        score(
            [*headers(), shot(media, 1, "red")],
            ScoreOptions(media=media, metrics=("duration_error",)),
            cast(Any, None),
        )
    )
    assert bytes(out[-1].raw["encoder"]) == b"null"
    assert scores(out)["movie"] == {"duration_error": 0.0}


def test_a_partial_selection_gives_no_scene_or_movie_score(media: Path) -> None:
    entries = [*headers(), shot(media, 1, "red"), shot(media, 2, "red")]
    out = run(entries, media, selection=Selection(only=("s01-002",)))
    assert [e.kind for e in out if e.kind == "score"] == []
    assert "scores" not in out[-2].raw
    found = msgspec.json.decode(out[-1].raw["scores"])
    assert "all_alignment" in found and "all_consistency" not in found


def test_what_a_partial_run_does_not_compute_keeps_its_record(media: Path) -> None:
    entries = [
        *headers(("s01", "s02")),
        *(shot(media, n, "red") for n in (1, 2)),
        *(shot(media, n, colour, "s02") for n, colour in ((3, "red"), (4, "yellow"))),
    ]
    before = run(entries, media)
    mine = entry(kind="score", id="taste", movie="film", scores={"taste": 3})
    old = {e.id: e for e in before if e.kind == "score"}
    shot(media, 1, "yellow")
    out = run([*before, mine], media, selection=Selection(only=("s01-*",)))
    new = {e.id: e for e in out if e.kind == "score"}
    assert new.keys() == {*old, "taste"} and len([e for e in out if e.kind == "score"]) == 4
    assert new["scene-s02"] is old["scene-s02"] and new["movie"] is old["movie"] and new["taste"] is mine
    assert scores(out)["scene-s01"]["all_consistency"] < scores(before)["scene-s01"]["all_consistency"] - 5
    whole = run(out, media)
    assert [e.id for e in whole if e.kind == "score"] == ["taste", "scene-s01", "scene-s02", "movie"]
    only = run(out, media, selection=Selection(only=("none",)))
    assert sorted(e.id for e in only if e.kind == "score") == sorted(new)


def test_a_shard_keeps_its_own_shots(media: Path) -> None:
    entries = [*headers(), shot(media, 1, "red"), shot(media, 2, "red")]
    kept = [
        [e.id for e in run(entries, media, selection=Selection(shard=Shard(i, 2))) if e.kind == "shot"]
        for i in (1, 2)
    ]
    assert sorted(map(len, kept)) == [0, 2]


def test_the_report_is_a_page_of_this_run_and_those_beside_it(media: Path) -> None:
    from reelkit.manifest.streams import EntryWriter

    entries = [*headers(), shot(media, 1, "red"), shot(media, 2, "red")]
    with (media / "before.jsonl").open("wb") as stream:
        writer = EntryWriter(stream)
        for each in run(entries, media):
            writer.write(each)
    run(entries, media, report=media / "r.html", compare=(str(media / "before.jsonl"),), label="after")
    text = (media / "r.html").read_text()
    assert "all_consistency" in text and "colours@1" in text and "before" in text and "after" in text
    with pytest.raises(UnreadableError, match="none"):
        run(entries, media, report=media / "r.html", compare=(str(media / "none.jsonl"),))


def test_each_clip_is_decoded_once(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reelkit.media import video
    from reelkit.metrics import passing

    decoded: list[Path] = []
    read = video.read_frames

    def counting(path: Path, *more: Any) -> Iterator[np.ndarray]:
        decoded.append(path)
        return read(path, *more)

    monkeypatch.setattr(video, "read_frames", counting)
    monkeypatch.setattr(passing, "read_frames", counting)
    run([*headers(), shot(media, 1, "red"), shot(media, 2, "red")], media, metrics=("ready",))
    assert [path.name for path in decoded] == ["s01-001.mp4", "s01-002.mp4"]


def test_importing_the_stages_is_light() -> None:
    heavy = "{'numpy', 'torch', 'av'} & set(sys.modules)"
    code = f"import sys, reelkit.stages.score, reelkit.stages.assemble; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_shots_stream(media: Path) -> None:
    """A shot leaves the stage before the next one is asked for."""
    taken = 0

    def source() -> Iterator[Entry]:
        nonlocal taken
        for made in [*headers(), shot(media, 1, "red"), shot(media, 2, "red")]:
            taken += 1
            yield made

    encoder: Any = ColourEncoder()
    for out in score(source(), ScoreOptions(media=media, metrics=CHEAP), encoder):
        if out.kind == "shot":
            assert taken == len(headers()) + 1
            break


def test_takes_that_are_the_same_picture_are_told_where_all_are_measured(media: Path) -> None:
    out = run([*headers(), two_takes(media, 1, "red", "red")], media, metrics=("duplicate_takes",), all_takes=True)
    assert scores(out, "shot")["s01-001"]["duplicate_takes"] > 0
    other = run([*headers(), two_takes(media, 1, "red", "yellow")], media, metrics=("duplicate_takes",), all_takes=True)
    assert scores(other, "shot")["s01-001"]["duplicate_takes"] == 0
