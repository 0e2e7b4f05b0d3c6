"""The bench of truth: what it does to films, how it judges, and that its page leaves no metric out."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from bench.theatre.intervals import Interval
from bench.theatre.paths import RESULTS, ROOT
from bench.truth.__main__ import measurable, sections, worth
from bench.truth.changes import CHANGES, about
from bench.truth.expected import EXPECTED, UNMEASURED
from bench.truth.films import CHUNKS, Film, film
from bench.truth.measuring import StandIn
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


def test_a_stand_in_answers_only_for_the_networks_it_is_told() -> None:
    class Encoder:
        def embed_texts(self, texts: list[str], encoder: str | None = None) -> str:
            return "texts"

        def embed_images(self, images: list[object], encoder: str | None = None, normalise: bool = True) -> str:
            return f"images, {normalise}"

    stand_in = StandIn(Encoder(), frozenset({"dino"}))  # type: ignore[arg-type]
    assert stand_in.measure("dino", [np.zeros((2, 2, 3), np.uint8)]) == "images, False"
    assert stand_in.measure("dino", ["a red coat"]) == "texts"
    with pytest.raises(LookupError, match="raft"):
        stand_in.measure("raft", [np.zeros((2, 2, 3), np.uint8)])


def test_expectations_are_of_metrics_and_changes_that_there_are() -> None:
    assert EXPECTED.keys() <= BY_NAME.keys()
    assert UNMEASURED.keys() <= BY_NAME.keys()
    assert {change for ways in EXPECTED.values() for change in ways} <= CHANGES.keys()
    assert not EXPECTED.keys() & UNMEASURED.keys()


def test_of_every_metric_that_can_be_measured_something_is_expected_or_said() -> None:
    assert set(measurable()) <= EXPECTED.keys() | UNMEASURED.keys()


def test_costly_metrics_are_measured_where_something_is_expected() -> None:
    assert "identity_lost" in worth("clothes_in_take")
    assert "identity_lost" not in worth("black")
    assert "cut_inside" in worth("black")


def test_the_page_has_a_row_for_every_metric_and_no_other() -> None:
    table = PAGE.split("## Truth")[0]
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|.*\|.*\|.*\|$", table, re.MULTILINE)
    assert sorted(rows) == sorted(m.name for m in METRICS)


def test_the_page_shows_the_recorded_results() -> None:
    figures = json.loads((RESULTS / "truth.json").read_text(encoding="utf-8"))
    for name, text in sections(figures["rows"]).items():
        assert f"<!-- {name} -->\n{text}\n<!-- /{name} -->" in PAGE
