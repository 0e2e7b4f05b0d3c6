"""A judge from a folder: the words that a real tiny model writes, and the checks around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.errors import RecordError, UsageError
from reelkit.metrics.judging.judge import open_judge
from reelkit.models.local import LocalModels
from tests.support.judge_models import save_vision_model

SCHEMA = {"type": "object", "properties": {"mark": {"type": "integer"}}, "required": ["mark"]}


class Scripted:
    """Models whose one network says what it is told to."""

    def __init__(self, *said: Any) -> None:
        self.said = list(said)
        self.asked: list[tuple[Any, Mapping[str, Any]]] = []

    def measure(self, network: str, inputs: Sequence[Any], weights: Path, options: Mapping[str, Any]) -> Any:
        assert network == "vlm"
        self.asked.append((inputs[0], options))
        return [self.said.pop(0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vision_model(tmp_path_factory.mktemp("judge"))


def opened(folder: Path, models: Any) -> Any:
    return open_judge(str(folder), models, remember=False)


def test_a_real_model_is_loaded_asked_and_held_to_the_schema(folder: Path) -> None:
    judge = opened(folder, LocalModels(device="cpu"))
    frames = [np.full((16, 24, 3), 200, np.uint8), np.full((20, 20, 3), 10, np.uint8)]
    assert 0 < judge.yes_probability("is it red?", frames) < 1
    with pytest.raises(RecordError, match="answer to colour could not be used after 3 attempts: it holds no JSON object"):
        opened(folder, Scripted("red", "red", "red")).ask("which?", SCHEMA, frames, "colour")


def test_an_answer_is_asked_for_again_with_the_schema_and_the_reason(folder: Path) -> None:
    models = Scripted("four", '{"mark": 4}')
    frames = [np.zeros((8, 12, 3), np.uint8), np.full((16, 8, 3), 9, np.uint8)]
    assert opened(folder, models).ask("how good?", SCHEMA, frames) == {"mark": 4}
    (window, first), (_, second) = models.asked
    assert window.shape == (2, 8, 12, 3) and (window[1] == 9).all()
    assert '"required": ["mark"]' in first["prompt"]
    assert "could not be used" in second["prompt"]


def test_a_probability_is_a_share_of_yes_and_no_alone(folder: Path) -> None:
    assert opened(folder, Scripted([0.3, 0.1])).yes_probability("is it?") == pytest.approx(0.75)
    with pytest.raises(RecordError, match="neither Yes nor No"):
        opened(folder, Scripted([0.0, 0.0])).yes_probability("is it?")


def test_provenance_names_the_weights_by_content(folder: Path, tmp_path: Path) -> None:
    told = opened(folder, Scripted()).provenance
    name, _, key = told["model"].partition("@")
    assert name == folder.name and len(key) == 16
    assert (told["endpoint"], told["temperature"], told["prompts"]) == ("local", 0.0, "1")


def test_a_folder_needs_models_to_run_it(folder: Path) -> None:
    with pytest.raises(UsageError, match="needs models"):
        open_judge(str(folder))
