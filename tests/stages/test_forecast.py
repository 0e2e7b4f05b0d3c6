"""The chunks that a manifest comes to are those that shot and extend make."""

from __future__ import annotations

from pathlib import Path

from reelkit.stages.extend import extend
from reelkit.stages.forecast import forecast, one_chunk
from reelkit.stages.options import ExtendOptions, ShotOptions
from reelkit.stages.shot import shot
from tests.support.film import film
from tests.support.tiny import TinyModels, tiny_card


def test_the_forecast_is_what_the_stages_make(tmp_path: Path) -> None:
    models = TinyModels()
    list(extend(shot(film(), ShotOptions(media=tmp_path), models), ExtendOptions(media=tmp_path), models))
    told = list(forecast(film(), models.card, 10, 3))
    assert sorted(chunk.frames for chunk in told) == sorted(request.frames for request in models.requests)
    assert {(chunk.width, chunk.height, chunk.steps, chunk.stills) for chunk in told} == {(32, 32, 10, 3)}


def test_what_an_extension_repeats_is_drawn_again() -> None:
    plain, repeating = (list(forecast(film(), tiny_card(repeats=n), 10, 3)) for n in (0, 9))
    added = [other.frames - one.frames for one, other in zip(plain, repeating, strict=True)]
    assert set(added) == {0, 9} and added.count(0) == 4


def test_a_still_is_one_frame_and_a_wrong_shot_asks_for_nothing() -> None:
    stills = list(forecast(film(s01_002={"seconds": -1.0}), tiny_card(clips=False), 10, 3))
    assert [chunk.frames for chunk in stills] == [1, 1, 1]
    assert len(one_chunk(tiny_card(native=None), 10, 3)) == 1
