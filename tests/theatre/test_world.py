import numpy as np
import pytest

from reelkit.theatre import names, world
from reelkit.theatre.truth import labels
from reelkit.theatre.vocabulary import INTERIORS


@pytest.fixture(scope="module")
def many() -> list[world.Scene]:
    return [world.sample_scene(seed) for seed in range(500)]


def test_same_seed_gives_the_same_scene() -> None:
    assert world.sample_scene(11) == world.sample_scene(11)
    assert world.sample_scene(11) != world.sample_scene(12)


def test_every_word_of_the_vocabulary_is_reached(many: list[world.Scene]) -> None:
    shots = [shot for scene in many for shot in scene.shots]
    characters = [who for scene in many for who in scene.characters]
    seen = {
        world.PLACES: {scene.setting.place for scene in many},
        world.TIMES: {scene.setting.time for scene in many},
        world.WEATHERS: {scene.setting.weather for scene in many},
        world.FRAMINGS: {shot.framing for shot in shots},
        world.CAMERAS: {shot.camera for shot in shots},
        world.ACTIONS: {action for shot in shots for action in shot.actions},
        world.COLOURS: {who.colour for who in characters},
        world.HAIR_COLOURS: {who.hair_colour for who in characters},
        world.HAIR_STYLES: {who.hair_style for who in characters},
        world.GARMENTS: {who.garment for who in characters},
        world.TROUSERS: {who.trousers for who in characters},
        world.HATS: {who.hat for who in characters},
        world.KINDS: {who.kind for who in characters},
    }
    for words, found in seen.items():
        assert found == set(words)


def test_most_shots_show_one_character_and_a_few_show_nobody(many: list[world.Scene]) -> None:
    counts = np.bincount([len(shot.cast) for scene in many for shot in scene.shots], minlength=4)
    share = counts / counts.sum()
    assert 0.02 < share[0] < 0.08
    assert 0.75 < share[1] < 0.88
    assert 0.08 < share[2] < 0.18
    assert 0.0 < share[3] < 0.04


def test_rooms_have_no_weather_and_names_do_not_repeat(many: list[world.Scene]) -> None:
    for scene in many:
        assert scene.setting.interior == (scene.setting.place in INTERIORS)
        assert not scene.setting.interior or scene.setting.weather == "clear"
        assert len({who.name for who in scene.characters}) == len(scene.characters)
    assert len(set(names.FEMININE + names.MASCULINE)) >= 200


def test_labels_are_indices_of_the_first_of_the_cast() -> None:
    scene = next(scene for scene in map(world.sample_scene, range(50)) if scene.shots[0].cast)
    shot, known = scene.shots[0], labels(scene, scene.shots[0])
    who = scene.characters[shot.cast[0]]
    assert world.COLOURS[int(known["colour"])] == who.colour  # type: ignore[arg-type]
    assert world.ACTIONS[int(known["action"])] == shot.actions[0]  # type: ignore[arg-type]
    assert known["layout"] == scene.setting.layout
    assert known["shade"] == who.shade


def test_labels_of_an_empty_stage_are_minus_one() -> None:
    scene = world.sample_scene(0)
    empty = world.block_shot("wide", "static", (), (), 8, np.random.default_rng(0))
    known = labels(scene, empty)
    assert known["count"] == 0
    assert known["action"] == known["hat"] == known["shade"] == -1
    assert known.keys() == labels(scene, next(shot for shot in scene.shots if shot.cast)).keys()
