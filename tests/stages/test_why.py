"""One edit redoes exactly what `why` said, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reelkit.manifest.records import Entry
from reelkit.stages.extend import extend
from reelkit.stages.keyframes import keyframes
from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions, WhyOptions
from reelkit.stages.shot import shot
from reelkit.stages.why import why
from tests.support.film import film, shots, through_jq
from tests.support.tiny import TinyModels


def pipe(manifest: list[Entry], media: Path, models: TinyModels, **options: Any) -> list[Entry]:
    stills = keyframes(manifest, KeyframesOptions(media=media, **options), models)
    takes = shot(stills, ShotOptions(media=media, **options), models)
    return list(extend(takes, ExtendOptions(media=media, **options), models))


def would(media: Path, *names: str, **options: Any) -> WhyOptions:
    return WhyOptions(
        keyframes=KeyframesOptions(media=media, **options),
        shot=ShotOptions(media=media, **options),
        extend=ExtendOptions(media=media, **options),
        shots=names,
    )


def test_nothing_is_stale_after_a_run_and_after_jq(tmp_path: Path) -> None:
    models = TinyModels()
    done = pipe(film(), tmp_path, models)
    assert list(why(through_jq(done), would(tmp_path), models)) == []


EDITS: dict[str, dict[str, Any]] = {
    "prompt of the second shot": {"s01_002": {"prompt": "Medium shot, static. EXT. PIER. Olav sings."}},
    "a second beat": {
        "s02_002": {"beats": [{"prompt": "She sits.", "seconds": 3}, {"prompt": "She leaves.", "seconds": 1}]}
    },
    "steps of one shot": {"s02_001": {"with": {"steps": 7}}},
    "more seconds": {"s01_001": {"seconds": 3}},
    "state": {"s02_001": {"state": {"olav": "coat wet"}}},
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_redoes_exactly_the_predicted_keys(edit: str, tmp_path: Path) -> None:
    done = pipe(film(), tmp_path, TinyModels(), top_k=8)
    edited = through_jq(done, **EDITS[edit])
    foreseen = list(why(edited, would(tmp_path, top_k=8), TinyModels()))
    models = TinyModels()
    redone = pipe(edited, tmp_path, models, top_k=8)
    assert foreseen and all(stale.certain for stale in foreseen)
    assert [stale.new_key for stale in foreseen] == models.made
    assert list(why(redone, would(tmp_path, top_k=8), TinyModels())) == []


def test_a_guess_is_called_one_and_what_is_certain_comes_true(tmp_path: Path) -> None:
    done = pipe(film(), tmp_path, TinyModels())
    edited = through_jq(done, **EDITS["prompt of the second shot"])
    foreseen = list(why(edited, would(tmp_path), TinyModels()))
    models = TinyModels()
    pipe(edited, tmp_path, models)
    certain = {stale.new_key for stale in foreseen if stale.certain}
    assert certain and certain <= set(models.made)
    assert not all(stale.certain for stale in foreseen)


def test_which_of_several_takes_will_be_picked_is_a_guess(tmp_path: Path) -> None:
    def shoot(manifest: list[Entry], models: TinyModels) -> list[Entry]:
        takes = shot(manifest, ShotOptions(media=tmp_path, takes=2), models)
        return list(extend(takes, ExtendOptions(media=tmp_path), models))

    edited = through_jq(shoot(film(), TinyModels()), s02_002={"prompt": "Mara sleeps."})
    options = WhyOptions(
        shot=ShotOptions(media=tmp_path, takes=2),
        extend=ExtendOptions(media=tmp_path),
        keyframes=KeyframesOptions(media=tmp_path),
    )
    foreseen = list(why(edited, options, TinyModels()))
    models = TinyModels()
    shoot(edited, models)
    assert [(stale.output, stale.certain) for stale in foreseen] == [
        ("take 0 chunk 0", True),
        ("take 1 chunk 0", True),
        *((f"take {foreseen[2].output.split()[1]} chunk {n}", False) for n in range(1, 5)),
    ]
    assert {stale.new_key for stale in foreseen if stale.certain} <= set(models.made)
    assert len(models.made) == len(foreseen)


def test_the_part_that_changed_is_named(tmp_path: Path) -> None:
    done = pipe(film(), tmp_path, TinyModels())
    edited = through_jq(done, s02_002={"with": {"guidance": 4}})
    foreseen = list(why(edited, would(tmp_path, "s02-0*"), TinyModels()))
    assert [stale.output for stale in foreseen[:2]] == ["keyframe 0", "take 0 chunk 0"]
    assert foreseen[0].changes[0].part == "guidance"
    assert (foreseen[0].changes[0].before, foreseen[0].changes[0].after) == (None, 4.0)
    assert {change.part for change in foreseen[2].changes} >= {"guidance", "parent"}


def test_lost_media_is_named_and_only_it_is_made_again(tmp_path: Path) -> None:
    done = pipe(film(), tmp_path, TinyModels())
    chunk = shots(done)["s02-002"].takes[0].chunks[1].key
    (tmp_path / "lighthouse" / "s02-002" / f"{chunk}.safetensors").unlink()
    stale = list(why(done, would(tmp_path), TinyModels()))
    assert [(one.new_key, one.changes[0].part) for one in stale] == [(chunk, "media")]
    models = TinyModels()
    assert pipe(done, tmp_path, models) == done
    assert models.made == [chunk]
