import pytest

from reelkit.cutting.choose import choose_take, parse_select
from reelkit.errors import RecordError, UsageError
from reelkit.manifest.kinds import Shot, Take


def shot(*takes: Take, pick: int | None = None) -> Shot:
    return Shot(id="s", movie="m", takes=list(takes), pick=pick)


A, B, C = (
    Take(key="a", scores={"aes": 4, "copy_paste_rate": 60.0}),
    Take(key="b", scores={"aes": 5.5}),
    Take(key="c"),
)
LOCKED = Take(key="l", locked=True)


def test_the_pick_else_the_first() -> None:
    assert choose_take(shot(A, B, pick=1)) == B
    assert choose_take(shot(A, B)) == A
    assert choose_take(shot(A, B, pick=9)) == A


def test_a_locked_take_wins_over_pick_and_score() -> None:
    assert choose_take(shot(A, B, LOCKED, pick=0), "aes") == LOCKED


def test_the_best_by_score() -> None:
    assert choose_take(shot(C, A, B, pick=0), "aes") == B


def test_less_is_better_where_asked() -> None:
    worse = Take(key="w", scores={"copy_paste_rate": 90.0})
    assert choose_take(shot(worse, A), "copy_paste_rate", lower_is_better=True) == A


def test_without_the_score_the_pick_stands() -> None:
    assert choose_take(shot(A, C, pick=1), "beauty") == C
    odd = Take(key="o", scores={"aes": float("nan")})
    assert choose_take(shot(odd, B), "aes") == B


def test_no_take_is_an_error() -> None:
    with pytest.raises(RecordError, match="no take"):
        choose_take(shot())


@pytest.mark.parametrize("text", ["best", "best:", "first", "worst:aes"])
def test_a_wrong_select_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_select(text)
