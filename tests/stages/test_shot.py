"""First chunks: keys, takes, the pick, overrides and what stands in the way."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from reelkit.errors import ExitStatus, ReelError, StoppedError, StorageError, UnavailableError
from reelkit.manifest.records import Entry
from reelkit.manifest.shards import Selection
from reelkit.media.atomic import read_sidecar
from reelkit.media.keys import chunk_seed
from reelkit.media.video import probe
from reelkit.stages.extend import extend
from reelkit.stages.keyframes import keyframes
from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions
from reelkit.stages.shot import shot
from tests.support.film import entries, film, media_hashes, shots, through_jq
from tests.support.tiny import TinyModels, tiny_card


def shoot(
    manifest: list[Entry], media: Path, models: TinyModels | None = None, **options: Any
) -> list[Entry]:
    return list(shot(manifest, ShotOptions(media=media, **options), models or TinyModels()))


class Notes:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def start(self, stage: str, total: int | None) -> None:
        return

    def shot(self, id: str, text: str) -> None:
        return

    def step(self, done: int, total: int) -> None:
        return

    def note(self, level: str, text: str) -> None:
        self.notes.append(text)


def test_a_take_names_what_is_on_disk(tmp_path: Path) -> None:
    for one in shots(shoot(film(), tmp_path)).values():
        take = one.takes[0]
        clip = tmp_path / take.path
        info = probe(clip)
        assert (info.frames, info.fps, info.width, info.height) == (take.frames, 24.0, 32, 32)
        assert clip.stem == take.key == take.chunks[0].key
        assert clip.with_suffix(".safetensors").is_file()
        sidecar = read_sidecar(clip)
        assert sidecar["request"]["seed"] == chunk_seed(7, "lighthouse", one.id, 0, 0)
        assert sidecar["request"]["references"] == [still.key for still in take.shot_cache]
        assert one.pick == 0


def test_a_record_comes_out_before_the_next_goes_in(tmp_path: Path) -> None:
    read = []

    def reading() -> Any:
        for entry in film():
            read.append(entry)
            yield entry

    stream = shot(reading(), ShotOptions(media=tmp_path), TinyModels())
    for count, _ in enumerate(stream, 1):
        assert len(read) == count


def test_a_rerun_makes_nothing_and_force_makes_the_same_again(tmp_path: Path) -> None:
    first = shoot(film(), tmp_path)
    before = media_hashes(tmp_path)
    models = TinyModels()
    assert shoot(film(), tmp_path, models) == first == shoot(first, tmp_path, models)
    assert models.made == []
    assert shoot(first, tmp_path, models, force=True) == first
    assert len(models.made) == 4
    assert media_hashes(tmp_path) == before


def test_device_media_folder_and_jq_are_no_part_of_a_key(tmp_path: Path) -> None:
    one = shoot(film(), tmp_path / "one")
    two = shoot(through_jq(film()), tmp_path / "two")
    assert shots(one) == shots(two)


@pytest.mark.parametrize(
    "change",
    [{"steps": 9}, {"guidance": 2.0}, {"negative_prompt": "rain"}, {"seed": 8}, {"dtype": "float32"},
     {"sampler": "heun"}, {"quantisation": "int8"}, {"step_cache": "first-block"}, {"model": "other"},
     {"attention": "sage"}],
)  # fmt: skip
def test_what_changes_the_picture_changes_the_key(change: dict[str, Any], tmp_path: Path) -> None:
    first = shots(shoot(film()[:6], tmp_path))["s01-001"].takes[0]
    assert shots(shoot(film()[:6], tmp_path, **change))["s01-001"].takes[0].key != first.key


def test_a_changed_prompt_appends_a_take_and_picks_it(tmp_path: Path) -> None:
    done = shoot(film(), tmp_path)
    edited = through_jq(done, s02_002={"prompt": "Mara sleeps."})
    one = shots(shoot(edited, tmp_path))["s02-002"]
    assert [take.key for take in one.takes[:1]] == [shots(done)["s02-002"].takes[0].key]
    assert len(one.takes) == 2 and one.pick == 1
    assert one.takes[1].chunks[0].seed == one.takes[0].chunks[0].seed
    assert "Mara sleeps." in one.takes[1].chunks[0].prompt


def test_an_edit_taken_back_picks_its_old_take_again(tmp_path: Path) -> None:
    done = shoot(film(), tmp_path)
    prompt = shots(done)["s02-002"].prompt
    edited = shoot(through_jq(done, s02_002={"prompt": "Mara sleeps."}), tmp_path)
    models = TinyModels()
    back = shoot(through_jq(edited, s02_002={"prompt": prompt}), tmp_path, models)
    assert models.made == []
    one = shots(back)["s02-002"]
    assert len(one.takes) == 2 and one.pick == 0
    assert shoot(back, tmp_path, models) == back


def test_a_pick_of_an_earlier_prompt_stands_where_a_take_is_locked(tmp_path: Path) -> None:
    edited = shoot(through_jq(shoot(film(), tmp_path), s02_002={"prompt": "Mara sleeps."}), tmp_path)
    assert shots(shoot(through_jq(edited, s02_002={"pick": 0}), tmp_path))["s02-002"].pick == 1
    takes = [{"key": take.key, "locked": not index} for index, take in enumerate(shots(edited)["s02-002"].takes)]
    locked = through_jq(edited, s02_002={"pick": 0, "takes": takes})
    assert shoot(locked, tmp_path)[-1] == locked[-1]


@pytest.mark.parametrize("again", [1, 3])
def test_a_pick_among_takes_of_the_current_prompt_stands(tmp_path: Path, again: int) -> None:
    done = shoot(film(), tmp_path, takes=3)
    for pick in range(3):
        chosen = through_jq(done, s02_002={"pick": pick})
        assert shots(shoot(chosen, tmp_path, takes=again))["s02-002"].pick == pick


def test_of_several_takes_the_most_similar_is_picked_at_once(tmp_path: Path) -> None:
    made = shots(shoot(film(), tmp_path, takes=3))
    for one in made.values():
        assert len({take.key for take in one.takes}) == 3
        fits = [sum(take.scores.values()) for take in one.takes]
        assert one.pick == fits.index(max(fits))
    assert set(made["s01-002"].takes[0].scores) == {"prompt_similarity", "cache_similarity"}
    picked = made["s01-001"].takes[made["s01-001"].pick or 0]
    assert picked.shot_cache == []


def test_more_takes_keep_those_that_stand(tmp_path: Path) -> None:
    one = shots(shoot(film(), tmp_path))["s01-001"].takes[0].key
    assert shots(shoot(shoot(film(), tmp_path), tmp_path, takes=2))["s01-001"].takes[0].key == one


def test_locked_takes_and_the_users_files_are_left_alone(tmp_path: Path) -> None:
    done = shoot(film(), tmp_path)
    take = {"key": "k", "path": "mine.mp4", "locked": True, "mood": "grim"}
    locked = through_jq(done, s02_002={"prompt": "Other.", "takes": [take], "pick": 0})
    models = TinyModels()
    assert shoot(locked, tmp_path, models)[-1] == locked[-1]
    assert models.made == []


def test_unknown_fields_survive(tmp_path: Path) -> None:
    odd = film(s01_001={"mood": {"a": 1.50}, "with": {"steps": 3}})
    made = shoot(odd, tmp_path)
    assert b'{"a": 1.5}' in made[5].encode()
    assert shots(made)["s01-001"].takes[0].steps == 3


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"with": {"stepz": 3}}, "steps"),
        ({"with": {"steps": "many"}}, "with.steps"),
        ({"with": {"model": "absent"}}, "with.model"),
        ({"prompt": ""}, "prompt"),
        ({"beats": [{"prompt": "a", "seconds": 1}]}, "beats"),
        ({"seconds": -1}, "seconds"),
    ],
)
def test_a_wrong_record_carries_its_error_and_the_rest_goes_on(
    bad: dict[str, Any], says: str, tmp_path: Path
) -> None:
    made = shoot(film(s01_002=bad), tmp_path)
    error = made[6].error
    assert error is not None and error.stage == "shot" and says in error.message
    assert len(shots([*made[:6], *made[7:]])) == 3
    mended = through_jq(made, s01_002={**{name: film()[6].shot().with_ for name in ("with",)}, "beats": [],
                                       "seconds": 2.5, "prompt": "Olav waits."})  # fmt: skip
    assert len(shots(shoot(mended, tmp_path))) == 4


def test_a_failure_of_the_model_is_the_records_and_of_the_device_the_runs(tmp_path: Path) -> None:
    def fail(request: Any) -> None:
        if "Olav waits" in request.prompt:
            raise ReelError("out of memory at 832x480: ask for less")

    made = shoot(film(), tmp_path, TinyModels(fail=fail))
    assert [entry.error is not None for entry in made[5:]] == [False, True, False, False]
    with pytest.raises(UnavailableError):
        shoot(film(), tmp_path, model="absent")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_the_run_and_not_every_shot_in_turn(tmp_path: Path, number: int) -> None:
    def fail(request: Any) -> None:
        if "Olav waits" in request.prompt:
            raise OSError(number, os.strerror(number), request.out)

    models = TinyModels(fail=fail)
    with pytest.raises(StorageError, match="run the same command again") as full:
        shoot(film(), tmp_path, models)
    assert full.value.exit_status == ExitStatus.UNREADABLE and len(models.made) == 2


@pytest.mark.parametrize(
    "options",
    [{"steps": 0}, {"guidance": -1}, {"top_k": -1}, {"seed": -1}, {"seed": 2**53}, {"seed": 1.5}],
)
def test_an_override_out_of_bounds_is_the_records_error(tmp_path: Path, options: dict[str, Any]) -> None:
    error = shoot(film(s01_001={"with": options}), tmp_path)[5].error
    assert error is not None and f"with.{next(iter(options))}" in error.message


def test_what_another_stage_failed_passes(tmp_path: Path) -> None:
    failed = film(s01_001={"error": {"stage": "keyframes", "type": "RecordError", "message": "x"}})
    assert shoot(failed, tmp_path)[5] == failed[5]


def test_asked_to_stop_it_commits_the_chunk_in_hand_and_says_so(tmp_path: Path) -> None:
    models = TinyModels()
    with pytest.raises(StoppedError):
        shoot(film(), tmp_path, models, should_stop=lambda: len(models.requests) >= 2)
    rest = TinyModels()
    done = shoot(film(), tmp_path, rest)
    assert len(models.made) == len(rest.made) == 2
    assert shots(done) == shots(shoot(film(), tmp_path / "quiet"))


def test_dry_run_generates_nothing_and_says_what_it_would(tmp_path: Path) -> None:
    models, notes = TinyModels(), Notes()
    options = ShotOptions(media=tmp_path, dry_run=True, takes=2)
    assert list(shot(film(), options, models, notes)) == film()
    assert models.made == [] and list(tmp_path.rglob("*.mp4")) == []
    assert len(notes.notes) == 8 and "take 1 chunk 0 of lighthouse/s02-002" in notes.notes[-1]


def test_only_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    models = TinyModels()
    made = shoot(film(), tmp_path, models, selection=Selection(only=("s02-*",)))
    assert len(models.made) == 2 and made[5] == film()[5]


def test_a_mode_the_model_lacks_is_refused_before_it_runs(tmp_path: Path) -> None:
    models = TinyModels(tiny_card(modes=(1,)))
    made = shoot(film(), tmp_path, models)
    assert made[6].error and "--top-k 0" in made[6].error.message
    assert len(models.made) == 1


def test_stills_are_drawn_once_and_a_users_still_stands(tmp_path: Path) -> None:
    models = TinyModels()
    options = KeyframesOptions(media=tmp_path, per_shot=3)
    done = list(keyframes(film(), options, models))
    one = shots(done)["s01-002"]
    assert [(still.role, still.seconds) for still in one.keyframes] == [
        ("start", 0.0), ("reference", 1.25), ("end", 2.5)
    ]  # fmt: skip
    assert all((tmp_path / still.path).is_file() for still in one.keyframes)
    assert len(models.made) == 12
    assert list(keyframes(done, options, models)) == done and len(models.made) == 12
    mine = entries([{**{"kind": "movie", "id": "m"}}]) + through_jq(
        done, s01_001={"keyframes": [{"path": "mine.png", "source": "file", "role": "start"}]}
    )
    assert list(keyframes(mine[:7], KeyframesOptions(media=tmp_path), models))[6] == mine[6]


def test_stills_from_clips_are_frames_of_the_picked_take(tmp_path: Path) -> None:
    done = shoot(film(), tmp_path)
    options = KeyframesOptions(media=tmp_path, from_clips=True, per_shot=3)
    one = shots(keyframes(done, options, TinyModels()))["s02-002"]
    assert [still.source for still in one.keyframes] == ["clip"] * 3
    assert [round(still.seconds * 24) for still in one.keyframes] == [0, 10, 20]
    assert all((tmp_path / still.path).is_file() for still in one.keyframes)
    again = list(keyframes(done, options, TinyModels()))
    assert list(keyframes(again, options, TinyModels())) == again
    locked = through_jq(again, s02_002={"takes": [], "pick": None})
    assert list(keyframes(locked, options, TinyModels())) == locked


def test_a_model_that_begins_from_a_picture_is_given_the_shot_s_own_and_no_other(tmp_path: Path) -> None:
    card = tiny_card(modes=(2, 3), max_references=0, start=True)
    without = next(e for e in shoot(film(), tmp_path, TinyModels(card)) if e.id == "s01-001")
    assert without.error is not None and "draw the shot a still first (`reel keyframes`)" in without.error.message
    drawn = list(keyframes(film(), KeyframesOptions(media=tmp_path), TinyModels()))
    models = TinyModels(card)
    made = shots(shoot(drawn, tmp_path, models))
    for request, one in zip(models.requests, made.values(), strict=True):
        still = tmp_path / one.keyframes[0].path
        assert (request.start, request.references, request.history) == (str(still), [], [])
        assert [tmp_path / shown.path for shown in one.takes[0].shot_cache] == [still]
        assert one.takes[0].mode == 3
    grown = TinyModels(card)
    list(extend(shoot(drawn, tmp_path, models), ExtendOptions(media=tmp_path), grown))
    assert grown.requests and all(request.start is None for request in grown.requests)
    kept = TinyModels(tiny_card(max_references=0, start=True))
    list(extend(shoot(drawn, tmp_path, kept, force=True), ExtendOptions(media=tmp_path, force=True), kept))
    assert {request.mode for request in kept.requests} == {3, 4}
