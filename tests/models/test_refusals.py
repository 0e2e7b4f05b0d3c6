"""Refusals name the nearest request that can be filled."""

from __future__ import annotations

import pytest

from reelkit.models.refusals import lengths
from reelkit.models.requests import FrameRule


@pytest.mark.parametrize(
    ("rule", "asked", "nearest"),
    [
        (FrameRule(4, 1), 10, 9),
        (FrameRule(4, 1), 11, 13),
        (FrameRule(4, 1), 12, 13),
        (FrameRule(4, 4), 1, 4),
        (FrameRule(17, 124, 345), 130, 124),
        (FrameRule(17, 124, 345), 400, 345),
        (FrameRule(8, 49, 49), 41, 49),
    ],
)
def test_the_nearest_length_may_be_shorter(rule: FrameRule, asked: int, nearest: int) -> None:
    assert rule.nearest(asked) == nearest and rule.holds(nearest)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (FrameRule(4, 1), "1, 5, 9, ..."),
        (FrameRule(8, 49, 49), "49"),
        (FrameRule(4, 1, 9), "1, 5, 9"),
        (FrameRule(4, 1, 13), "1, 5, 9, ..."),
    ],
)
def test_a_list_of_lengths_ends_where_they_do(rule: FrameRule, words: str) -> None:
    assert lengths(rule) == words
