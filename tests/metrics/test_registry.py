"""The metrics by name, and what each says of itself."""

from __future__ import annotations

import re

import pytest

from reelkit.errors import UsageError
from reelkit.metrics.registry import BY_NAME, FAMILIES, FAMILY_OF, METRICS, Metric, choose, family, listing
from reelkit.models.measuring.known import networks

OTHER_NEEDS = {"encoder", "embedder", "judge", "reference", "annotations"}


def test_the_papers_six_and_the_copy_paste_rate_are_there() -> None:
    assert [m.name for m in METRICS if FAMILY_OF[m.name] == "filmweaver"] == [
        "aes",
        "incep",
        "character_consistency",
        "all_consistency",
        "character_alignment",
        "all_alignment",
        "copy_paste_rate",
    ]


def test_no_two_metrics_share_a_name_or_a_name_with_a_family() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    assert not set(names) & {*FAMILIES, "all", "ready", "none"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_says_what_it_is(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{1,63}", metric.name)
    assert metric.about and metric.cites and metric.unit and metric.levels
    assert "\n" not in metric.about and len(metric.about) < 200
    assert set(metric.needs) <= networks().keys() | OTHER_NEEDS
    if metric.low is not None and metric.high is not None:
        assert metric.low < metric.high


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_can_measure_what_its_card_lists(name: str) -> None:
    found = family(name)
    assert any((found.clip, found.scene, found.movie, found.script))


def test_every_network_is_needed_by_a_metric_and_says_whose_it_is() -> None:
    needed = {need for metric in METRICS for need in metric.needs}
    for name, card in networks().items():
        assert card.licence and card.source and ":" in card.loader, name
        assert card.files or card.repository or card.package, name
    assert set(networks()) - needed <= {"vlm"}, "a network that no metric needs"


def test_the_listing_says_whose_definition_each_is() -> None:
    rows = {row.name: row for row in listing()}
    assert rows["all_consistency"].basis == "source"
    assert rows["character_consistency"].basis == "definition"
    assert (rows["copy_paste_rate"].range, rows["copy_paste_rate"].better) == ("0..100", "lower")
    assert rows["duration_error"].range == "0.." and rows["aes"].range == "any"
    assert rows["aes"].family == "filmweaver" and rows["aes"].licence


def test_choosing_keeps_registry_order_and_knows_none_all_ready_and_families() -> None:
    assert choose(["all_alignment,all_consistency"]) == ("all_consistency", "all_alignment")
    assert choose(["none"]) == ()
    assert choose(["all"]) == tuple(metric.name for metric in METRICS)
    assert choose(["filmweaver"]) == tuple(m.name for m in METRICS if FAMILY_OF[m.name] == "filmweaver")
    ready = choose([])
    assert ready == choose(["ready"]) and "all_consistency" in ready and "aes" not in ready
    assert all(set(BY_NAME[name].needs) <= {"encoder"} for name in ready)


@pytest.mark.parametrize("names", [["beauty"], ["none", "aes"]])
def test_a_wrong_choice_is_a_usage_error(names: list[str]) -> None:
    with pytest.raises(UsageError):
        choose(names)


def test_a_name_that_is_nearly_one_is_told() -> None:
    with pytest.raises(UsageError, match="did you mean all_consistency"):
        choose(["all_consistancy"])
