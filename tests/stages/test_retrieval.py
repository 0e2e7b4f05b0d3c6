"""The shot cache is a function of the manifest: what may be looked at, and what is chosen."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.errors import RecordError
from reelkit.manifest.merge import merge
from reelkit.manifest.records import Entry, Shot
from reelkit.manifest.shards import Selection, Shard
from reelkit.media.image import write_png
from reelkit.stages.keyframes import keyframes
from reelkit.stages.options import KeyframesOptions, ShotOptions
from reelkit.stages.shot import shot
from tests.support.film import entries, film, shots, through_jq
from tests.support.tiny import TinyModels, tiny_card


def shoot(
    manifest: list[Entry], media: Path, models: TinyModels | None = None, **options: Any
) -> list[Entry]:
    return list(shot(manifest, ShotOptions(media=media, **options), models or TinyModels()))


def still(
    manifest: list[Entry], media: Path, models: TinyModels | None = None, **options: Any
) -> list[Entry]:
    return list(keyframes(manifest, KeyframesOptions(media=media, **options), models or TinyModels()))


def looked_at(shot: Shot) -> set[str]:
    """Folders of the stills a take was shown: whose they are."""
    return {Path(reference.path).parent.name for reference in shot.takes[0].shot_cache}


def test_the_first_shot_is_mode_1_and_a_later_one_mode_3(tmp_path: Path) -> None:
    made = shots(shoot(film(), tmp_path))
    assert [shot.takes[0].mode for shot in made.values()] == [1, 3, 3, 3]
    assert [len(shot.takes[0].shot_cache) for shot in made.values()] == [0, 3, 3, 3]


def test_without_stills_the_ends_and_middle_of_the_first_chunk_are_seen(tmp_path: Path) -> None:
    models = TinyModels()
    made = shots(shoot(film(), tmp_path, models))
    assert looked_at(made["s01-002"]) == {"s01-001"}
    assert len({path.name for path in models.embedded}) == 3 * 3


def test_a_shot_with_stills_is_seen_by_its_stills_and_its_own_start_comes_first(tmp_path: Path) -> None:
    made = shots(shoot(still(film(), tmp_path), tmp_path, top_k=8))
    for index, one in enumerate(made.values()):
        cache = one.takes[0].shot_cache
        assert cache[0].key == one.keyframes[0].key
        assert len(cache) == index + 1


def test_only_the_k_most_similar_are_chosen_and_never_more_than_the_model_takes(tmp_path: Path) -> None:
    everything = shots(shoot(film(), tmp_path, top_k=99, models=TinyModels(tiny_card(max_references=99))))
    similar = sorted((r.similarity or 0.0 for r in everything["s02-002"].takes[0].shot_cache), reverse=True)
    assert len(similar) == 9
    for k, model in ((3, 8), (8, 2)):
        folder = tmp_path / f"{k}"
        made = shots(shoot(film(), folder, TinyModels(tiny_card(max_references=model)), top_k=k))
        cache = made["s02-002"].takes[0].shot_cache
        assert len(cache) == min(k, model)
    three = shots(shoot(film(), tmp_path / "3"))["s02-002"].takes[0].shot_cache
    assert all(r.similarity is not None for r in three)


def test_top_k_0_is_mode_1_everywhere(tmp_path: Path) -> None:
    made = shots(shoot(still(film(), tmp_path), tmp_path, top_k=0))
    assert {shot.takes[0].mode for shot in made.values()} == {1}


def test_a_character_whose_state_changed_is_not_looked_at(tmp_path: Path) -> None:
    """Mara, seen in shots 1 and 2, is wet from shot 4 on; Olav alone, in shot 3, is as he was."""
    wet = film(s02_002={"state": {"mara": "coat wet"}})
    made = shots(shoot(still(wet, tmp_path), tmp_path, top_k=8))
    assert looked_at(made["s02-002"]) == {"s02-002", "s02-001"}


def test_a_state_stays_in_force_until_it_changes(tmp_path: Path) -> None:
    wet = film(s01_001={"state": {"mara": "coat wet"}})
    made = shots(shoot(still(wet, tmp_path), tmp_path, top_k=8))
    assert looked_at(made["s02-002"]) == {"s01-001", "s01-002", "s02-001", "s02-002"}


def test_a_state_that_ended_is_that_of_one_of_whom_nothing_was_said(tmp_path: Path) -> None:
    dried = film(s01_002={"state": {"mara": "coat wet"}}, s02_002={"state": {"mara": ""}})
    made = shots(shoot(still(dried, tmp_path), tmp_path, top_k=8))
    assert looked_at(made["s02-002"]) == {"s01-001", "s02-001", "s02-002"}


def test_the_state_of_a_thing_concerns_its_scene_alone(tmp_path: Path) -> None:
    moved = film(s02_002={"state": {"glass": "broken"}})
    made = shots(shoot(still(moved, tmp_path), tmp_path, top_k=8))
    assert looked_at(made["s02-002"]) == {"s01-001", "s01-002", "s02-002"}


def test_portraits_are_injected_for_the_characters_in_the_shot(tmp_path: Path) -> None:
    models = TinyModels()
    manifest = still(film(), tmp_path, models, portraits=True)
    assert [entry.character().portraits != [] for entry in manifest if entry.kind == "character"] == [
        True
    ] * 2
    made = shots(shoot(manifest, tmp_path, top_k=8))
    assert looked_at(made["s01-001"]) == {"s01-001", "portraits"}
    assert "Mara, a red coat" in models.requests[0].prompt


def test_a_users_portrait_counts_by_content_and_not_by_name(tmp_path: Path) -> None:
    red, blue = (np.full((32, 32, 3), colour, np.uint8) for colour in ((250, 0, 0), (0, 0, 250)))
    keys = []
    for name, colour in (("a.png", red), ("b.png", red), ("c.png", blue)):
        write_png(tmp_path / name, colour)
        manifest = film()
        manifest[1] = manifest[1].replace(portraits=[name])
        assert still(manifest, tmp_path, portraits=True)[1] == manifest[1]
        keys.append(shots(shoot(manifest, tmp_path))["s01-001"].takes[0].key)
    assert keys[0] == keys[1] != keys[2]


@pytest.fixture
def stills(tmp_path: Path) -> list[Entry]:
    return still(film(), tmp_path)


def test_shards_in_any_number_merge_to_the_whole(tmp_path: Path, stills: list[Entry]) -> None:
    for count in (2, 3):
        folder = tmp_path / f"shards-{count}"
        shutil.copytree(tmp_path / "lighthouse", folder / "lighthouse")
        parts = [
            shoot(stills, folder, selection=Selection(shard=Shard(index, count)))
            for index in range(count, 0, -1)
        ]
        assert sum(len(shots(part)) for part in parts) == 4
        assert list(merge(parts)) == shoot(stills, tmp_path)


def test_a_shard_refuses_to_guess_what_another_has_not_made(tmp_path: Path) -> None:
    manifest = still(film(), tmp_path)
    bare = through_jq(manifest, s01_001={"keyframes": []})
    parts = [shoot(bare, tmp_path, selection=Selection(shard=Shard(index, 2))) for index in (1, 2)]
    errors = [entry.error.message for part in parts for entry in part if entry.error]
    assert errors and all("reel keyframes" in message for message in errors)


def test_shots_out_of_order_are_record_errors_and_merge_mends_them(tmp_path: Path) -> None:
    manifest = film()
    manifest[5], manifest[6] = manifest[6], manifest[5]
    made = shoot(manifest, tmp_path)
    assert [entry.error is not None for entry in made[5:]] == [False, True, False, False]
    assert made[6].error and "reel merge" in made[6].error.message
    assert len(shots(shoot(list(merge([made])), tmp_path))) == 4


def test_films_must_not_interleave(tmp_path: Path) -> None:
    one, two = film("one"), film("two")
    made = shoot([*one[:6], *two[:6], *one[6:]], tmp_path)
    failed = [entry.error.message for entry in made if entry.error]
    assert len(failed) == 3 and "not together" in failed[0]


def test_a_missing_still_is_the_error_of_who_would_look_at_it(tmp_path: Path, stills: list[Entry]) -> None:
    lost = shots(stills)["s01-001"].keyframes[0]
    (tmp_path / lost.path).unlink()
    made = shoot(stills, tmp_path)
    assert made[5].error and lost.path in made[5].error.message


def test_a_shot_without_its_movie_fails_alone(tmp_path: Path) -> None:
    orphan = {"kind": "shot", "id": "x", "movie": "nowhere", "prompt": "rain"}
    made = shoot([*film(), *entries([orphan])], tmp_path)
    assert made[-1].error and made[-1].error.type == "RecordError"
    assert len(shots(made[:-1])) == 4
    with pytest.raises(RecordError):
        shoot(entries([orphan]), tmp_path, fail_fast=True)
