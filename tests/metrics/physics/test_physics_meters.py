"""SA and PC as a judge behind a socket finds them."""

import pytest

from reelkit.errors import UnavailableError
from reelkit.metrics.physics.card import METRICS
from reelkit.metrics.physics.meters import FAMILY, passes
from tests.metrics.judging.chat_server import Answer, Request, serving
from tests.metrics.judging.scoring import greys, grouped, measured, resources

NAMES = [metric.name for metric in METRICS]


def judge(request: Request) -> Answer:
    described = "a red ball falls" in request["messages"][0]["content"][-1]["text"]
    share = 0.75 if described else 0.2
    return Answer("Yes", logprobs={"Yes": 0.8 * share, "No": 0.8 * (1 - share), "It": 0.2})


def test_both_questions_are_put_over_eight_frames_in_order() -> None:
    with serving(judge) as chat:
        reading = measured(FAMILY, resources(NAMES, chat), greys(80))
    assert reading is not None
    assert reading.scores == {
        "wisa_sa": pytest.approx(0.75), "wisa_sa_pass": 1.0, "wisa_pc": pytest.approx(0.2), "wisa_pc_pass": 0.0,
    }  # fmt: skip
    assert len(chat.requests) == 2
    assert all(len(set(chat.pictures(number))) == 8 for number in (0, 1))


def test_a_share_of_exactly_half_passes() -> None:
    assert passes(0.5) == 1.0 and passes(0.4999) == 0.0


def test_a_shot_without_a_prompt_has_physics_and_no_adherence() -> None:
    with serving(judge) as chat:
        reading = measured(FAMILY, resources(NAMES, chat), greys(8), prompt=" ")
    assert reading is not None and reading.scores == {"wisa_pc": pytest.approx(0.2), "wisa_pc_pass": 0.0}


def test_a_judge_that_tells_no_probabilities_leaves_no_number_and_says_why() -> None:
    with serving([Answer("Yes")]) as chat:
        stock = resources(["wisa_pc"], chat)
        reading = measured(FAMILY, stock, greys(8))
        assert reading is not None
        values, extras = grouped(FAMILY, stock, [reading])
    assert reading.scores["wisa_pc"] is None and values == {}
    assert extras["judged_physics"]["unanswered"] == 1
    assert "gives no logprobs" in extras["judged_physics"]["reason"]


def test_a_judge_that_is_away_ends_the_run() -> None:
    with serving([Answer(status=503)]) as chat, pytest.raises(UnavailableError, match="run again"):
        measured(FAMILY, resources(NAMES, chat), greys(8))


def test_without_a_judge_nothing_is_measured() -> None:
    assert measured(FAMILY, resources(NAMES, None), greys(8)) is None
