"""Takes grown to their plan: what each chunk is handed, and what becomes of the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reelkit.errors import StoppedError
from reelkit.manifest.records import Entry
from reelkit.media.image import read_image
from reelkit.media.video import probe, read_frames
from reelkit.stages.extend import extend
from reelkit.stages.options import ExtendOptions, ShotOptions
from reelkit.stages.shot import shot
from tests.support.film import film, shots, through_jq
from tests.support.tiny import TinyModels, tiny_card


@pytest.fixture
def started(tmp_path: Path) -> list[Entry]:
    return list(shot(film(), ShotOptions(media=tmp_path), TinyModels()))


def grow(manifest: list[Entry], media: Path, models: TinyModels | None = None, **options: Any) -> list[Entry]:
    return list(extend(manifest, ExtendOptions(media=media, **options), models or TinyModels()))


def test_a_take_is_as_long_as_its_plan_and_no_latent_longer(tmp_path: Path, started: list[Entry]) -> None:
    for one in shots(grow(started, tmp_path)).values():
        take = one.takes[0]
        assert one.seconds * 24 <= take.frames < one.seconds * 24 + 4
        assert probe(tmp_path / take.path).frames == take.frames == sum(chunk.frames for chunk in take.chunks)


def test_modes_2_and_4_follow_1_and_3(tmp_path: Path, started: list[Entry]) -> None:
    modes = [[chunk.mode for chunk in one.takes[0].chunks] for one in shots(grow(started, tmp_path)).values()]
    assert modes == [[1, 2], [3, 4, 4], [3], [3, 4, 4, 4, 4]]


def test_the_successor_names_its_parent_and_keeps_fields_we_do_not_know(
    tmp_path: Path, started: list[Entry]
) -> None:
    before = shots(started)["s02-002"].takes[0]
    marked = json.loads(started[-1].encode())
    marked["takes"][0]["mood"] = "grim"
    done = grow(through_jq(started, s02_002={"takes": marked["takes"]}), tmp_path)
    take = shots(done)["s02-002"].takes[0]
    assert take.parent == before.key and take.chunks[0] == before.chunks[0]
    assert take.shot_cache == before.shot_cache
    assert json.loads(done[-1].encode())["takes"][0]["mood"] == "grim"
    assert take.wall_seconds == 0.25 * len(take.chunks)


def test_the_join_is_the_chunks_frame_by_frame(tmp_path: Path, started: list[Entry]) -> None:
    take = shots(grow(started, tmp_path))["s01-002"].takes[0]
    folder = (tmp_path / take.path).parent
    parts = [frame for chunk in take.chunks for frame in read_frames(folder / f"{chunk.key}.mp4")]
    whole = list(read_frames(tmp_path / take.path))
    assert len(parts) == len(whole)
    assert all((one == other).all() for one, other in zip(parts, whole, strict=True))


def test_latents_are_handed_on_and_never_more_than_the_cache_can_see(tmp_path: Path) -> None:
    models = TinyModels()
    long = list(shot(film(s01_001={"seconds": 9})[:6], ShotOptions(media=tmp_path), TinyModels()))
    chunks = shots(grow(long, tmp_path, models))["s01-001"].takes[0].chunks
    handed = [[Path(path) for path in request.history] for request in models.requests]
    assert [len(history) for history in handed] == [1, 2, 3, 4, 4, 4, 4, 4, 4]
    assert {path.suffix for history in handed for path in history} == {".safetensors"}
    assert [path.stem for path in handed[-1]] == [chunk.key for chunk in chunks[-5:-1]]
    assert all(request.start is None for request in models.requests)


def test_each_chunk_is_under_the_beat_at_its_midpoint(tmp_path: Path) -> None:
    beats = [{"prompt": "stands", "seconds": 1.5}, {"prompt": "sits", "seconds": 1.0}]
    started = list(shot(film(s01_002={"beats": beats}), ShotOptions(media=tmp_path), TinyModels()))
    take = shots(grow(started, tmp_path))["s01-002"].takes[0]
    said = [chunk.prompt.removeprefix("soft light. ") for chunk in take.chunks]
    assert said == ["stands", "stands", "sits"]


def test_grown_again_nothing_happens_and_a_longer_plan_goes_on(tmp_path: Path, started: list[Entry]) -> None:
    done = grow(started, tmp_path)
    models = TinyModels()
    assert grow(done, tmp_path, models) == done and models.made == []
    before = shots(done)["s01-002"].takes[0]
    longer = grow(through_jq(done, s01_002={"seconds": 4}), tmp_path, models)
    take = shots(longer)["s01-002"].takes[0]
    assert take.parent == before.key and take.chunks[:3] == before.chunks
    assert len(models.made) == len(take.chunks) - 3 == 2
    shorter = through_jq(done, s02_002={"seconds": 2})
    assert grow(shorter, tmp_path, models) == shorter


def test_a_changed_beat_branches_off_and_leaves_the_old_take(tmp_path: Path, started: list[Entry]) -> None:
    done = grow(started, tmp_path)
    prompt = film()[-1].shot().prompt
    beats = [{"prompt": prompt, "seconds": 3}, {"prompt": "Mara leaves.", "seconds": 1}]
    models = TinyModels()
    one = shots(branched := grow(through_jq(done, s02_002={"beats": beats}), tmp_path, models))["s02-002"]
    old, new = one.takes
    assert old == shots(done)["s02-002"].takes[0] and one.pick == 1
    assert new.parent == old.key and new.chunks[:3] == old.chunks[:3]
    assert models.made == [chunk.key for chunk in new.chunks[3:]]
    back = through_jq(branched, s02_002={"pick": 0})
    assert shots(grow(back, tmp_path))["s02-002"].takes == one.takes


def test_prompt_goes_on_from_a_finished_shot(tmp_path: Path, started: list[Entry]) -> None:
    done = grow(started, tmp_path)
    before = shots(done)
    models = TinyModels()
    after = shots(grow(done, tmp_path, models, prompt="The wave breaks.", seconds=2.0))
    for id, one in after.items():
        take, old = one.takes[0], before[id].takes[0]
        assert take.parent == old.key and take.chunks[: len(old.chunks)] == old.chunks
        added = take.chunks[len(old.chunks) :]
        assert {chunk.prompt for chunk in added} == {"soft light. The wave breaks."}
        assert sum(chunk.frames for chunk in added) == 48
        assert one.seconds == pytest.approx(sum(beat.seconds for beat in one.beats), abs=1e-5)
        assert one.seconds == pytest.approx(take.frames / 24, abs=1e-5)
    assert {len(request.history) for request in models.requests} <= {1, 2, 3, 4}
    again = TinyModels()
    assert shots(grow(done, tmp_path, again, prompt="The wave breaks.", seconds=2.0)) == after
    assert again.made == []


def test_seconds_alone_go_on_under_the_last_beat_and_prompt_alone_for_a_chunk(
    tmp_path: Path, started: list[Entry]
) -> None:
    done = grow(started, tmp_path)
    longer = shots(grow(done, tmp_path, seconds=1.0))["s01-001"]
    assert longer.takes[0].frames == 25 + 24
    assert {chunk.prompt for chunk in longer.takes[0].chunks} == {longer.takes[0].chunks[0].prompt}
    assert shots(grow(done, tmp_path, prompt="Rain."))["s01-001"].takes[0].frames == 25 + 24


def test_locked_takes_do_not_grow_and_asked_to_they_say_why(tmp_path: Path, started: list[Entry]) -> None:
    take = json.loads(started[-1].encode())["takes"][0] | {"locked": True}
    locked = through_jq(started, s02_002={"takes": [take]})
    assert shots(grow(locked, tmp_path))["s02-002"].takes[0].frames == 21
    error = grow(locked, tmp_path, prompt="More.")[-1].error
    assert error and "unlock" in error.message


def test_another_models_latents_are_refused(tmp_path: Path, started: list[Entry]) -> None:
    error = grow(started, tmp_path, model="other")[-1].error
    assert error and "reel shot" in error.message


def test_all_takes_grow_each_with_its_own_seeds(tmp_path: Path) -> None:
    started = list(shot(film(), ShotOptions(media=tmp_path, takes=2), TinyModels()))
    picked = shots(grow(started, tmp_path))["s01-002"]
    assert sorted(len(take.chunks) for take in picked.takes) == [1, 3]
    both = shots(grow(started, tmp_path, all_takes=True))["s01-002"]
    assert [len(take.chunks) for take in both.takes] == [3, 3]
    assert len({chunk.seed for take in both.takes for chunk in take.chunks}) == 6
    assert both.pick == picked.pick


def test_stopped_between_chunks_it_goes_on_where_it_was(tmp_path: Path, started: list[Entry]) -> None:
    models = TinyModels()
    with pytest.raises(StoppedError):
        grow(started, tmp_path, models, should_stop=lambda: len(models.requests) >= 4)
    rest = TinyModels()
    done = grow(started, tmp_path, rest)
    assert models.made + rest.made == [
        chunk.key for one in shots(done).values() for chunk in one.takes[0].chunks[1:]
    ]


def test_a_lost_first_chunk_is_the_records_error(tmp_path: Path, started: list[Entry]) -> None:
    take = shots(started)["s02-002"].takes[0]
    (tmp_path / take.path).with_suffix(".safetensors").unlink()
    error = grow(started, tmp_path)[-1].error
    assert error and "reel shot" in error.message


def test_an_edited_beat_taken_back_picks_its_old_take_again(tmp_path: Path, started: list[Entry]) -> None:
    def beats(last: str) -> dict[str, Any]:
        return {"beats": [{"prompt": "She sits.", "seconds": 2}, {"prompt": last, "seconds": 2}]}

    first = grow(through_jq(started, s02_002=beats("She leaves.")), tmp_path)
    edited = grow(through_jq(first, s02_002=beats("She sings.")), tmp_path)
    assert (len(shots(edited)["s02-002"].takes), shots(edited)["s02-002"].pick) == (2, 1)
    models = TinyModels()
    back = grow(through_jq(edited, s02_002=beats("She leaves.")), tmp_path, models)
    assert models.made == []
    assert (len(shots(back)["s02-002"].takes), shots(back)["s02-002"].pick) == (2, 0)


def test_an_anchored_chunk_is_shown_the_shot_s_own_opening_first(tmp_path: Path, started: list[Entry]) -> None:
    models = TinyModels()
    long = grow(started, tmp_path, models, anchor=2)
    grown = {id: one.takes[0] for id, one in shots(long).items()}
    four = [request for request in models.requests if Path(request.out).parent.name == "s02-002"]
    looks = [len(request.references) for request in four]
    assert looks == [looks[0], looks[0] + 1, looks[0], looks[0] + 1]
    opening = next(iter(read_frames(tmp_path / started[-1].shot().takes[0].path)))
    assert (read_image(Path(four[1].references[0])) == opening).all()
    assert [chunk.mode for chunk in grown["s02-002"].chunks] == [3, 4, 4, 4, 4]
    again = TinyModels()
    assert grow(long, tmp_path, again, anchor=2) and not again.requests
    assert grow(long, tmp_path, again) and again.requests, "what a chunk was shown is part of its key"


def test_a_shot_from_words_alone_is_anchored_to_itself(tmp_path: Path, started: list[Entry]) -> None:
    first = shots(grow(started, tmp_path, anchor=1))["s01-001"].takes[0]
    assert [chunk.mode for chunk in first.chunks] == [1, 4]
    cards = [tiny_card(modes=(1, 2)), tiny_card(max_references=0, start=True)]
    for card in cards:
        entry = next(e for e in grow(started, tmp_path, TinyModels(card), anchor=1) if e.id == "s01-001")
        assert entry.error is not None and "leave out --anchor" in entry.error.message


@pytest.mark.parametrize(("options", "matches"), [({}, True), ({"match": "off"}, False)])
def test_colours_are_carried_over_joins_unless_told_not_to(
    tmp_path: Path, started: list[Entry], options: dict[str, Any], matches: bool
) -> None:
    models = TinyModels()
    grow(started, tmp_path, models, **options)
    assert {request.options.get("match", False) for request in models.requests} == {matches}


def test_a_model_that_extends_without_stills_goes_on_in_mode_2(tmp_path: Path, started: list[Entry]) -> None:
    models = TinyModels(tiny_card(modes=(1, 2, 3)))
    modes = [[c.mode for c in one.takes[0].chunks] for one in shots(grow(started, tmp_path, models)).values()]
    assert modes == [[1, 2], [3, 2, 2], [3], [3, 2, 2, 2, 2]]
    assert not any(request.references for request in models.requests)
