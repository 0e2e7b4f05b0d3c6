import dataclasses

import numpy as np

from reelkit.theatre import phrases
from reelkit.theatre.captions import STYLES, canonical_caption, caption, look
from reelkit.theatre.world import ACTIONS, PLACES, Character, Scene, Setting, Shot, sample_scene

MARA = Character(
    "Mara", "woman", "black", "long", "coat", "red", "blue", "wide-brim hat", False, False, 0.3, 0.5, 0.5, 0.5
)
ODD = dataclasses.replace(
    MARA,
    name="Otto",
    kind="old man",
    hair_style="bald",
    hair_colour="grey",
    beard=True,
    glasses=True,
    colour="orange",
    hat="none",
)
SCENE = Scene(1, Setting("beach", "dusk", "rain", (0.5, 0.5, 0.5, 0.5), False), (MARA, ODD), ())
SHOT = Shot("wide", "pan left", (0,), ("walk",), (0.0,), (0.0,), (1.0,), 0.0, 25)


def test_looks_are_said_in_one_way() -> None:
    assert look(MARA) == "a woman with long black hair in a red coat and a wide-brim hat"
    assert look(ODD) == "a bald old man with a grey beard and glasses in an orange coat"


def test_the_canonical_caption_is_the_planners() -> None:
    assert canonical_caption(SCENE, SHOT) == (
        "wide shot, camera pans left. EXT. BEACH - DUSK. rain. "
        "Mara, a woman with long black hair in a red coat and a wide-brim hat, walking."
    )
    inside = dataclasses.replace(SCENE, setting=Setting("bar", "night", "clear", (0.5, 0.5, 0.5, 0.5), True))
    empty = dataclasses.replace(SHOT, cast=(), actions=(), camera="static")
    assert canonical_caption(inside, empty) == "wide shot, static camera. INT. BAR - NIGHT. nobody."


def test_captions_vary_and_keep_their_length() -> None:
    rng = np.random.default_rng(0)
    told = [caption(SCENE, SHOT, rng) for _ in range(300)]
    assert len(set(told)) > 200
    lengths = [len(text.split()) for text in told]
    assert np.mean([10 <= length <= 40 for length in lengths]) > 0.9
    for text in told:
        assert ",," not in text and ",." not in text and "  " not in text and "None" not in text


def test_every_caption_says_the_place_and_the_action() -> None:
    rng = np.random.default_rng(1)
    for seed in range(150):
        scene = sample_scene(seed)
        for shot in scene.shots:
            text = caption(scene, shot, rng).lower()
            assert any(word in text for word in phrases.PLACE_WORDS[scene.setting.place]), text
            for action in shot.actions:
                forms = [form for verb in phrases.VERBS[action] for form in verb.split("|")]
                assert any(form in text for form in forms), text


def test_fields_are_sometimes_left_out() -> None:
    rng = np.random.default_rng(2)
    told = [caption(SCENE, SHOT, rng, style="shot list") for _ in range(200)]
    named = np.mean(["Mara" in text for text in told])
    assert 0.3 < named < 0.8
    assert 0.6 < np.mean(["red" in text for text in told]) < 1.0
    assert {caption(SCENE, SHOT, rng, style="canonical")} == {canonical_caption(SCENE, SHOT)}


def test_the_words_are_many() -> None:
    assert all(len(set(phrases.PLACE_WORDS[place])) >= 9 for place in PLACES)
    assert all(len(set(phrases.VERBS[action])) >= 6 for action in ACTIONS)
    assert all(verb.count("|") == 2 for verbs in phrases.VERBS.values() for verb in verbs)
    assert len(STYLES) >= 4


def test_a_place_word_means_one_place() -> None:
    told = [word for words in phrases.PLACE_WORDS.values() for word in words]
    assert len(told) == len(set(told))
