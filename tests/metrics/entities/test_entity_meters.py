"""The family as the pass feeds it: figures in colours, a detector that finds colours, and a judge that knows them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.errors import RecordError
from reelkit.manifest.kinds import Character, Scene, Shot
from reelkit.metrics.entities.card import METRICS
from reelkit.metrics.entities.fidelity import TRAITS, fidelity, question, schema
from reelkit.metrics.entities.meters import FAMILY, StoryMeter
from reelkit.metrics.meters import ClipInfo, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames
from tests.metrics.worlds import COLOURS, ColourEncoder, picture, shares

ALL = frozenset(metric.name for metric in METRICS)
LOCATED = frozenset(metric.name for metric in METRICS if "grounding-dino" not in metric.needs)

MARA = Character(id="mara", movie="film", name="Mara", look="a red coat")
TOM = Character(id="tom", movie="film", name="Tom", look="a blue coat")


class Networks(ColourEncoder):
    """The detector finds the columns of the colour that the text names; the others see shares of colours."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> Any:
        text = (options or {}).get("text", "")
        self.asked.append(f"{network} {text}".strip())
        if network == "grounding-dino":
            return np.stack([self._box(image, text) for image in inputs])
        if network == "clip-b32-text":
            return self.embed_images(inputs) @ self.embed_texts([text]).T
        return np.array([shares(image) for image in inputs], np.float32)

    def _box(self, image: np.ndarray, text: str) -> np.ndarray:
        row = np.zeros((3, 5), np.float32)
        for name in COLOURS:
            columns = np.flatnonzero((np.abs(image.astype(int) - COLOURS[name]).sum(-1) < 30).any(axis=0))
            if name in text.split() and len(columns):
                row[0] = (0.8, columns[0] / image.shape[1], 0.05, (columns[-1] + 1) / image.shape[1], 1)
        return row.reshape(-1)


class Judge:
    """Marks a crop by how much of it has the colour of the description."""

    def __init__(self, answers: Sequence[Mapping[str, Any] | None] = ()) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, Any], str]] = []

    def ask(self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Any] = (), name: str = "") -> Mapping[str, Any]:
        self.asked.append((prompt, schema, name))
        if self.answers:
            if (answer := self.answers.pop(0)) is None:
                raise RecordError(f"{name}: no answer fits")
            return answer
        share = max(s for s, colour in zip(shares(frames[0]), COLOURS, strict=True) if f" {colour} " in prompt)
        return {"fidelity": max(1, round(10 * share))}


def shot(
    frame: np.ndarray, *cast: Character, names: frozenset[str] = LOCATED, judge: Any = None, models: Any = None,
    scene: Scene | None = None, annotations: Path | None = None, frames: int = 6, id: str = "a",
) -> Reading:  # fmt: skip
    stock = Resources(names=names, models=models or Networks(), judge=judge, annotations=annotations)
    info = ClipInfo(
        path=Path("take.mp4"), frames=frames, fps=8, width=96, height=64, seconds=frames / 8, used=frames,
        shot=Shot(id=id, movie="film"), scene=scene, cast=cast, bank={each.id: each for each in cast},
    )  # fmt: skip
    assert FAMILY.clip is not None
    meter = FAMILY.clip(stock, info)
    assert meter is not None
    [reading] = measure_frames(stock, [frame] * frames, [meter])
    return reading


def story(*readings: Reading, names: frozenset[str] = LOCATED) -> tuple[Mapping[str, float | None], Mapping[str, Any]]:
    meter = StoryMeter(Resources(names=names, models=Networks()))
    for reading in readings:
        meter.add(ShotReading(shot=Shot(id="a", movie="film"), scores={}, material=reading.material))
    return meter.values(), meter.extras()


def two(left: str, right: str) -> np.ndarray:
    frame = picture(left, left=4)
    frame[4:, 60:88] = COLOURS[right]
    return frame


def test_presence_is_the_share_of_the_cast_that_is_found() -> None:
    assert shot(two("red", "blue"), MARA, TOM).scores["entity_presence"] == 1
    assert shot(picture("red"), MARA, TOM).scores["entity_presence"] == 0.5
    assert shot(picture("green"), MARA).scores["entity_presence"] == 0
    assert "entity_presence" not in shot(picture("red")).scores


def test_consistency_falls_when_a_character_changes() -> None:
    same, _ = story(shot(picture("red"), MARA), shot(picture("red", left=44), MARA))
    half = picture("red")
    half[34:, 20:48] = COLOURS["yellow"]
    changed, _ = story(shot(picture("red"), MARA), shot(half, MARA))
    assert same["entity_consistency"] == pytest.approx(1, abs=0.02)
    assert changed["entity_consistency"] is not None and same["entity_consistency"] is not None
    assert changed["entity_consistency"] < same["entity_consistency"] - 0.002


def test_wrong_appearances_are_not_rewarded_for_being_alike() -> None:
    marks = Judge([{"fidelity": 9}, {"fidelity": 2}, {"fidelity": 3}, {"fidelity": 4}])
    wrong = picture("red")
    wrong[20:, 20:48] = COLOURS["yellow"]
    readings = [shot(frame, MARA, judge=marks) for frame in (picture("red"), wrong, wrong, wrong)]
    assert [each.scores["entity_fidelity"] for each in readings] == [0.9, 0.2, 0.3, 0.4]
    values, extras = story(*readings)
    assert values["entity_consistency"] is not None and values["entity_consistency"] > 0.9
    assert values.get("entity_gated_consistency") is None
    assert values["entity_gate_admitted"] == 0.25
    assert extras["entity_gate"] == {"appearances": 4, "admitted": 1, "unknown": 0}


def test_what_the_judge_cannot_rate_passes_and_is_counted() -> None:
    marks = Judge([None, {"fidelity": "high"}, {"fidelity": 11}, {"fidelity": True}])
    readings = [shot(picture("red"), MARA, judge=marks) for _ in range(4)]
    assert {each.scores["entity_fidelity"] for each in readings} == {None}
    values, extras = story(*readings)
    assert values["entity_gated_consistency"] == pytest.approx(1, abs=0.01)
    assert extras["entity_gate"]["unknown"] == 4


def test_the_judge_is_asked_only_where_its_word_counts() -> None:
    judge = Judge()
    shot(picture("red"), MARA, names=frozenset({"entity_presence", "entity_consistency"}), judge=judge)
    assert judge.asked == []


def test_the_question_holds_the_description_and_the_answer_has_a_shape() -> None:
    prompt = question("character", "Mara", "a red coat")
    assert "Mara" in prompt and "a red coat" in prompt and all(trait in prompt for trait in TRAITS["character"])
    assert schema("object")["required"] == ["shape", "color_texture", "proportions", "details", "fidelity"]
    judge: Any = Judge([{"fidelity": 7}])
    assert fidelity(judge, "object", "cup", "a red cup", picture("red")) == 0.7
    assert judge.asked[0][2] == "entity_object_fidelity"


def notes(folder: Path, *lines: Mapping[str, Any]) -> Path:
    path = folder / "notes.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


CUP = {"entity": "cup", "look": "a yellow cup"}


def test_every_kind_of_entity_is_looked_for_by_detector_and_clip(tmp_path: Path) -> None:
    annotations = notes(tmp_path, CUP, {"shot": "a", "entities": ["cup"]})
    scene = Scene(id="s", movie="film", place="a green hill")
    found = shot(two("red", "yellow"), MARA, TOM, names=ALL, judge=Judge(), scene=scene, annotations=annotations)
    assert found.scores["entity_character_presence"] == 0.5
    assert found.scores["entity_object_presence"] == 1
    assert found.scores["entity_location_presence"] == 0
    assert found.scores["entity_character_fidelity"] == 0.8 == found.scores["entity_object_fidelity"]
    assert found.scores["entity_location_fidelity"] is None
    assert {(each.kind, each.id) for each in found.material.grounded} == {("character", "mara"), ("object", "cup")}


def test_grounded_consistency_is_that_of_the_best_crops() -> None:
    names = frozenset({"entity_character_consistency", "entity_character_gated_consistency"})
    models = Networks()
    values, _ = story(
        shot(picture("red"), MARA, names=names, judge=Judge(), models=models),
        shot(picture("red", left=44), MARA, names=names, judge=Judge([{"fidelity": 1}]), models=models),
        names=names,
    )
    assert values["entity_character_consistency"] == pytest.approx(1, abs=0.01)
    assert values.get("entity_character_gated_consistency") is None
    assert models.asked.count("grounding-dino a red coat") == 10
    assert models.asked.count("dinov2-base") == 2


def test_what_clip_does_not_agree_with_is_not_present() -> None:
    class Doubting(Networks):
        def measure(self, network: str, inputs: Sequence[Any], weights: Any = None, options: Any = None) -> Any:
            found = super().measure(network, inputs, weights, options)
            return 0.0 * found + 0.19 if network == "clip-b32-text" else found

    names = frozenset({"entity_character_presence", "entity_character_consistency"})
    found = shot(picture("red"), MARA, names=names, models=Doubting())
    assert found.scores["entity_character_presence"] == 0 and found.material.grounded == ()


def test_a_take_of_fewer_than_five_frames_is_not_grounded() -> None:
    assert shot(picture("red"), MARA, names=ALL, frames=4).scores.get("entity_character_presence") is None


def test_the_detector_is_given_the_first_twelve_words() -> None:
    long = Character(id="mara", movie="film", look="a red coat " + " ".join(f"w{n}" for n in range(20)))
    models = Networks()
    shot(picture("red"), long, names=frozenset({"entity_character_presence"}), models=models)
    assert f"grounding-dino a red coat {' '.join(f'w{n}' for n in range(9))}" in models.asked


def test_an_entity_that_no_line_describes_is_an_error(tmp_path: Path) -> None:
    annotations = notes(tmp_path, {"shot": "a", "entities": ["cup"]})
    with pytest.raises(RecordError, match="cup"):
        shot(picture("red"), names=ALL, annotations=annotations)


def test_annotations_of_the_movie_go_before_those_of_any(tmp_path: Path) -> None:
    annotations = notes(
        tmp_path, CUP, {**CUP, "movie": "film", "look": "a blue cup"}, {"shot": "a", "entities": []},
        {"movie": "film", "shot": "a", "entities": ["cup"]}, {"shot": 3, "cuts": [4]},
    )  # fmt: skip
    models = Networks()
    shot(picture("blue"), names=frozenset({"entity_object_presence"}), models=models, annotations=annotations)
    assert "grounding-dino a blue cup" in models.asked
