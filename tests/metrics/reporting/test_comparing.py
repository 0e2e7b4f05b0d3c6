"""Which shots are paired, and what is said of the pairs."""

from pathlib import Path
from typing import Any

import pytest

from reelkit.metrics.reporting import Collector, ReportOptions, Run
from reelkit.metrics.reporting.collecting import collect, metric_names
from reelkit.metrics.reporting.comparing import Comparison, compare
from reelkit.metrics.reporting.overview import finding
from tests.metrics.reporting.films import entry


def shots(label: str, values: dict[str, dict[str, Any]], movie: str = "film") -> Collector:
    collector = Collector(label, Path("media"))
    for id, scores in values.items():
        collector.add(entry(kind="shot", id=id, movie=movie, scene="s01", scores=scores))
    return collector


def scene(collector: Collector, scene: str, scores: dict[str, Any]) -> None:
    collector.add(entry(kind="score", id=f"scene-{scene}", movie="film", scene=scene, scores=scores))


def only(found: list[Comparison], metric: str) -> Comparison:
    return next(each for each in found if each.metric == metric)


def test_pairs_are_shots_that_both_have_a_number_for() -> None:
    base = shots("a", {"s1": {"cut_inside": 2}, "s2": {"cut_inside": 1}, "s3": {"cut_inside": 0}, "s4": {}})
    run = shots("b", {"s2": {"cut_inside": 0}, "s1": {"cut_inside": 0}, "s4": {"cut_inside": 9}, "s3": {"cut_inside": None}})
    found = only(compare([base, run], ReportOptions()), "cut_inside")
    assert (found.unit, found.pairs, found.base_only, found.run_only) == ("shot", 2, 1, 1)
    assert (found.base_mean, found.run_mean, found.difference) == (1.5, 0.0, -1.5)
    assert (found.wins, found.losses, found.ties) == (2, 0, 0), "fewer cuts inside a take is better"
    assert found.p == pytest.approx(0.5)


def test_the_same_id_of_another_film_is_another_shot() -> None:
    found = compare([shots("a", {"s1": {"cut_inside": 1}}), shots("b", {"s1": {"cut_inside": 0}}, "other")], ReportOptions())
    assert (found[0].pairs, found[0].difference, finding(found[0])) == (0, None, "no pairs")


def test_a_metric_beside_earlier_shots_is_paired_over_scenes() -> None:
    runs = []
    for label, shift in (("a", 0.0), ("b", 5.0)):
        run = shots(label, {f"s{n}": {"all_consistency": 50.0 + shift} for n in range(5)})
        for number in range(3):
            scene(run, f"s0{number}", {"all_consistency": 60.0 + number + shift})
        runs.append(run)
    found = only(compare(runs, ReportOptions()), "all_consistency")
    assert (found.unit, found.pairs, found.difference) == ("scene", 3, 5.0)


def test_every_p_is_corrected_for_all_tests() -> None:
    base = shots("a", {f"s{n}": {"cut_inside": 1, "all_alignment": 50 + n} for n in range(8)})
    run = shots("b", {f"s{n}": {"cut_inside": 0, "all_alignment": 50 + n} for n in range(8)})
    found = compare([base, run], ReportOptions())
    assert only(found, "cut_inside").p == pytest.approx(2 / 256)
    assert only(found, "cut_inside").corrected == pytest.approx(2 / 256), "ties throughout are no test"
    assert finding(only(found, "cut_inside")) == "better"
    assert (only(found, "all_alignment").p, finding(only(found, "all_alignment"))) == (None, "the same")
    moved = {f"s{n}": {"cut_inside": 0, "all_alignment": 50 + n + 0.1 * (-1) ** n} for n in range(8)}
    found = compare([base, shots("c", moved)], ReportOptions())
    assert only(found, "cut_inside").corrected == pytest.approx(4 / 256)
    assert finding(only(found, "all_alignment")) == "no clear difference"


def test_what_could_not_be_measured_is_absent_and_never_zero() -> None:
    run = shots("a", {"s1": {"cut_inside": None, "all_alignment": "nan", "aes": True, "incep": 3}})
    assert metric_names([run]) == ["incep"]
    assert run.shots["film", "s1"].scores == {"incep": 3.0}


def test_labels_that_repeat_are_told_apart() -> None:
    runs = collect([Run("scored", [], Path("m")), Run("scored", [], Path("m")), Run("", [], Path("m"))])
    assert [run.label for run in runs] == ["scored", "scored (2)", "run"]


def test_a_record_that_repeats_stands_once_and_a_wrong_one_is_told() -> None:
    run = shots("a", {"s1": {"cut_inside": 5}})
    run.add(entry(kind="shot", id="s1", movie="film", scores={"cut_inside": 1}))
    run.add(entry(kind="shot", id="s2", movie="film", scores=7))
    assert run.shots["film", "s1"].scores == {"cut_inside": 1.0}
    assert len(run.shots) == 1 and "s2" in run.unread[0]
