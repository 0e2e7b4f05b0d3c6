"""What a model will take: arithmetic that can be checked by hand, and advice that would really fit."""

from __future__ import annotations

import msgspec
import pytest

from reelkit.models.projection import Chunk, Facts, Machine, Way, advice, flops, project, tokens, ways

WAN = Facts(
    denoiser=2 * 14_290_000_000, text=11_360_000_000, rest=600_000_000, layers=40, width=5120, space=16, time=4, passes=2
)
EXPERTS = msgspec.structs.replace(WAN, denoiser=2 * WAN.denoiser, experts=2)
WINDOW = Chunk(81, 832, 480, 50)


def card(free_gb: float, host_gb: float = 500.0) -> Machine:
    return Machine("card", int(free_gb * 1e9), int(host_gb * 1e9), 1e15, shared=False)


def test_tokens_are_those_of_21_latents_and_one_for_each_still() -> None:
    assert tokens(WAN, WINDOW) == 21 * 52 * 30
    assert tokens(WAN, msgspec.structs.replace(WINDOW, stills=3)) == 24 * 52 * 30
    assert tokens(WAN, Chunk(1, 830, 470, 50)) == 52 * 30, "a part of a patch is a patch"


def test_arithmetic_counts_weights_attention_steps_and_guidance() -> None:
    count = 21 * 52 * 30
    assert flops(WAN, WINDOW) == pytest.approx(100 * (2 * 14.29e9 * count + 4 * 40 * 5120 * count**2))
    assert flops(EXPERTS, WINDOW) == flops(WAN, WINDOW), "one expert runs at a time"


def test_the_text_encoder_and_the_denoiser_are_not_on_the_device_together() -> None:
    wide = msgspec.structs.replace(WAN, text=80_000_000_000)
    assert project(wide, [WINDOW], card(100), Way("")).device_bytes == wide.text
    plain = project(WAN, [WINDOW], card(100), Way(""))
    assert WAN.denoiser + WAN.rest < plain.device_bytes < WAN.denoiser + WAN.rest + 15e9


@pytest.mark.parametrize(
    ("facts", "free", "advised"),
    [
        (EXPERTS, 50, "--offload model"),
        (WAN, 30, "--quantisation int8"),
        (WAN, 15, "--offload group"),
        (msgspec.structs.replace(WAN, text=1_000_000_000), 6, "draw"),
        (WAN, 0.5, "take a smaller model"),
    ],
)
def test_what_does_not_fit_is_told_the_first_way_that_would(facts: Facts, free: float, advised: str) -> None:
    where = card(free)
    assert not project(facts, [WINDOW], where, Way("")).fits
    told = advice(facts, [WINDOW], where)
    assert advised in told
    for way in ways(facts):
        if told == f"give {way.options}":
            assert project(facts, [WINDOW], where, way).fits


def test_offloading_needs_a_memory_to_go_to() -> None:
    small = Machine("cpu", int(30e9), int(30e9), 4e11, shared=True)
    assert "offload" not in advice(WAN, [WINDOW], small)
    poor = Machine("card", int(24e9), int(8e9), 1e15, shared=False)
    assert "offload" not in advice(EXPERTS, [WINDOW], poor)
