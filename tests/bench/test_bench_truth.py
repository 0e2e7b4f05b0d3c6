"""The bench of truth: what it does to films, how it judges, and that its page leaves no metric out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from bench.theatre.intervals import Interval
from bench.theatre.paths import RESULTS, ROOT
from bench.truth.__main__ import merged, sections
from bench.truth.changes import CHANGES, about
from bench.truth.expected import EXPECTED, UNMEASURED
from bench.truth.films import CHUNKS, Film, film
from bench.truth.measuring import StandIn
from bench.truth.study import measurable, worth
from bench.truth.verdicts import Moved, judged, moved, stayed, went
from reelkit.metrics.registry import BY_NAME, METRICS
from reelkit.theatre.vocabulary import GARMENTS

PAGE = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
UP, DOWN, NOWHERE = Interval(2, 1, 3, 20), Interval(-2, -3, -1, 20), Interval(0.5, -1, 2, 20)


@pytest.fixture(scope="module")
def shown() -> Film:
    return film(3)


def test_every_change_is_named_and_leaves_the_plan_as_it_was(shown: Film) -> None:
    for name, make in CHANGES.items():
        made = make(shown)
        assert about(name)
        assert len(made) == len(shown.shots)
        if name not in ("wrong_prompt", "reordered"):
            assert [(m.prompt, m.cast, m.seconds) for m in made] == [(m.prompt, m.cast, m.seconds) for m in shown.shots]


def test_every_change_but_the_prompts_shows_something_else(shown: Film) -> None:
    for name, make in CHANGES.items():
        same = [made.key == right.key for made, right in zip(make(shown), shown.shots, strict=True)]
        assert all(same) == (name == "wrong_prompt"), name


def test_changes_are_the_same_each_time(shown: Film) -> None:
    for make in CHANGES.values():
        assert [m.key for m in make(shown)] == [m.key for m in make(film(3))]


def test_clothes_change_in_every_second_shot_only(shown: Film) -> None:
    same = [made.key == right.key for made, right in zip(CHANGES["clothes"](shown), shown.shots, strict=True)]
    assert same == [True, False, True, False]


def test_clothes_in_a_take_change_after_its_first_chunk(shown: Film) -> None:
    made, right = CHANGES["clothes_in_take"](shown)[0], shown.shots[0]
    assert np.array_equal(made.frames[: CHUNKS[0]], right.frames[: CHUNKS[0]])
    assert (made.frames[CHUNKS[0] :] != right.frames[CHUNKS[0] :]).any()


def test_a_tint_ramps_and_steps_to_the_same_end(shown: Film) -> None:
    ramp, step, right = CHANGES["colour_ramp"](shown)[0], CHANGES["colour_step"](shown)[0], shown.shots[0]
    assert np.array_equal(ramp.frames[-1], step.frames[-1])
    assert np.array_equal(ramp.frames[0], right.frames[0])
    assert np.array_equal(step.frames[CHUNKS[0] - 1], right.frames[CHUNKS[0] - 1])


def test_the_redressed_wear_clothes_that_there_are() -> None:
    from bench.truth.changes import dressed

    rng = np.random.default_rng(0)
    for number in range(6):
        for who in film(number).scene.characters:
            other = dressed(who, rng)
            assert other.garment in GARMENTS and other.garment != who.garment
            assert (other.name, other.hair_colour, other.skin) == (who.name, who.hair_colour, who.skin)


def test_an_interval_on_the_expected_side_is_right() -> None:
    assert [went("up", i) for i in (UP, DOWN, NOWHERE)] == ["right", "wrong", "undecided"]
    assert [went("down", i) for i in (UP, DOWN, NOWHERE)] == ["wrong", "right", "undecided"]


@pytest.mark.parametrize(
    ("spreads", "main", "verdict"), [(3.0, 0.0, "wrong"), (0.2, 0.0, "right"), (3.0, 30.0, "right"), (3.0, 10.0, "wrong")]
)
def test_staying_is_judged_against_the_spread_and_the_main_change(spreads: float, main: float, verdict: str) -> None:
    assert stayed(Moved("m", "c", UP, UP, spreads, "same"), main) == verdict


def test_differences_are_paired_and_counted_in_spreads() -> None:
    before = [float(value) for value in range(20)]
    found = moved("cut_inside", "cut", before, [value + 3 for value in before])
    assert found is not None
    assert found.difference[:3] == pytest.approx((3, 3, 3))
    assert found.spreads == pytest.approx(3 / np.std(before))


def test_a_metric_that_few_scenes_have_is_not_judged() -> None:
    assert moved("cut_inside", "cut", [1.0] * 9 + [None] * 11, [2.0] * 20) is None


def test_rows_are_judged_by_what_was_expected() -> None:
    before = [{"cut_inside": 0.0, "join_step": float(n % 3)} for n in range(12)]
    after = {
        "cut": [{"cut_inside": 1.0, "join_step": n % 3 + 5.0} for n in range(12)],
        "flash": [{"cut_inside": 0.0, "join_step": n % 3 + 1.0} for n in range(12)],
    }
    rows = {(row.metric, row.change): row.verdict for row in judged(before, after)}
    assert rows[("cut_inside", "cut")] == "right"
    assert rows[("cut_inside", "flash")] == "right"
    assert rows[("join_step", "cut")] == "right"
    assert rows[("join_step", "flash")] == ""


class OneEncoder:
    """Embeds a picture as its mean level, and counts."""

    def __init__(self) -> None:
        self.pictures = 0

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> np.ndarray:
        return np.full((len(texts), 1), -1, np.float32)

    def embed_images(self, images: Sequence[Any], encoder: str | None = None, normalise: bool = True) -> np.ndarray:
        self.pictures += len(images)
        return np.array([[image.mean()] for image in images], np.float32)


def flat(*levels: int) -> np.ndarray:
    return np.stack([np.full((64, 64, 3), level, np.uint8) for level in levels])


def test_the_encoder_stands_in_for_what_embeds_and_looks_at_a_frame_once() -> None:
    encoder = OneEncoder()
    stand_in = StandIn(encoder, {"dino-b16", "viclip"})
    assert stand_in.measure("dino-b16", list(flat(10, 20, 10))).tolist() == [[10], [20], [10]]
    assert stand_in.measure("viclip", [flat(10, 20), flat(20, 40)]).tolist() == [[15], [30]]
    assert stand_in.measure("viclip", ["a red coat"]).tolist() == [[-1]]
    assert encoder.pictures == 3
    with pytest.raises(LookupError, match="raft-things"):
        stand_in.measure("raft-things", [flat(1, 2)])


def test_pixels_stand_in_for_interpolation_and_flow() -> None:
    stand_in = StandIn(OneEncoder(), {"amt-s", "raft-things"})
    assert stand_in.measure("amt-s", [flat(10, 14, 20), flat(10, 15, 20)]).tolist() == [[1], [0]]
    wall = np.random.default_rng(0).integers(0, 256, (16, 20, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    moved = np.stack([wall[:, :128], wall[:, 3:131]])
    assert stand_in.measure("raft-things", [moved])[0, 0] == pytest.approx(3, abs=0.5)
    assert stand_in.measure("raft-things", [moved[[0, 0]]])[0, 0] == pytest.approx(0, abs=0.05)


def test_expectations_are_of_metrics_and_changes_that_there_are() -> None:
    assert EXPECTED.keys() <= BY_NAME.keys()
    assert UNMEASURED.keys() <= BY_NAME.keys()
    assert {change for ways in EXPECTED.values() for change in ways} <= CHANGES.keys()
    assert not EXPECTED.keys() & UNMEASURED.keys()


def test_of_every_metric_that_can_be_measured_something_is_expected_or_said() -> None:
    assert set(measurable()) <= EXPECTED.keys()


def test_costly_metrics_are_measured_where_something_is_expected() -> None:
    names = ("identity_lost", "cut_inside")
    assert worth("clothes_in_take", names) == {"identity_lost", "cut_inside"}
    assert worth("black", names) == {"cut_inside"}


def test_a_part_can_be_measured_anew_and_the_rest_stays() -> None:
    old = [{"metric": "flicker", "n": 1}, {"metric": "cut_inside", "n": 1}, {"metric": "of old", "n": 1}]
    assert merged(old, [{"metric": "cut_inside", "n": 2}]) == [{"metric": "cut_inside", "n": 2}, {"metric": "flicker", "n": 1}]


def test_the_page_has_a_row_for_every_metric_and_no_other() -> None:
    table = PAGE.split("## Truth")[0]
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|.*\|.*\|.*\|$", table, re.MULTILINE)
    assert sorted(rows) == sorted(m.name for m in METRICS)


def test_the_page_shows_the_recorded_results() -> None:
    figures = json.loads((RESULTS / "truth.json").read_text(encoding="utf-8"))
    for name, text in sections(figures["rows"]).items():
        assert f"<!-- {name} -->\n{text}\n<!-- /{name} -->" in PAGE
