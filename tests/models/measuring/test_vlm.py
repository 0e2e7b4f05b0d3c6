"""Judges from a folder: tiny random models in the layout in which real ones are published, loaded by the real code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reelkit.errors import UnavailableError
from reelkit.models.measuring.network import load
from reelkit.models.measuring.vlm import Answerer
from tests.support.judge_models import save_language_model, save_other_vision_model, save_vision_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vision_model(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="module")
def vision(folder: Path) -> Answerer:
    network = load("vlm", folder, CPU)
    assert isinstance(network, Answerer)
    return network


def window(seed: int, frames: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, 16, 24, 3), dtype=np.uint8)


def by_hand(folder: Path, frames: np.ndarray) -> tuple[Any, torch.Tensor]:
    """The tokenizer, and the logits of the next word, from transformers' own classes and a prompt written out."""
    from PIL import Image
    from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration

    processor: Any = AutoProcessor.from_pretrained(folder)
    marks = "<|vision_start|><|image_pad|><|vision_end|>" * len(frames)
    text = f"<|im_start|>user {marks}is it red?<|im_end|><|im_start|>assistant "
    given = processor(text=[text], images=[Image.fromarray(frame) for frame in frames], return_tensors="pt")
    with torch.inference_mode():
        return processor.tokenizer, Qwen2_5_VLForConditionalGeneration.from_pretrained(folder)(**given).logits[0, -1]


def test_the_share_of_yes_is_the_models_own_over_every_spelling(folder: Path, vision: Answerer) -> None:
    words, logits = by_hand(folder, window(1))
    ids = [words.convert_tokens_to_ids(word) for word in ("yes", "Yes", "no", "No")]
    yes, big_yes, no, big_no = logits.softmax(-1)[ids].tolist()

    [shares] = vision([window(1)], prompt="is it red?", yes=True)

    np.testing.assert_allclose(shares, [yes + big_yes, no + big_no], rtol=1e-4)
    assert 0 < shares.sum() < 1


def test_the_answer_depends_on_what_is_shown(vision: Answerer) -> None:
    rows = vision([window(1), window(2), window(1)], prompt="is it red?", yes=True)
    assert isinstance(rows, np.ndarray) and rows.shape == (3, 2) and rows.dtype == np.float32
    assert not np.allclose(rows[0], rows[1], rtol=1e-3)
    np.testing.assert_array_equal(rows[0], rows[2])


def test_a_text_is_the_likeliest_words_up_to_the_limit_without_the_prompt(folder: Path, vision: Answerer) -> None:
    words, logits = by_hand(folder, window(1))
    likeliest = words.decode([int(logits.argmax())])

    assert vision([window(1)], prompt="is it red?", tokens=1) == [likeliest]
    [longer] = vision([window(1)], prompt="is it red?", tokens=6)
    assert isinstance(longer, str) and longer.startswith(likeliest) and len(longer) > len(likeliest)
    assert [longer] == vision([window(1)], prompt="is it red?", tokens=6)


def test_a_question_without_frames_is_answered(vision: Answerer) -> None:
    [shares] = vision([""], prompt="is it red?", yes=True)
    assert 0 < shares.sum() < 1


def test_a_model_of_another_family_is_asked_alike(tmp_path: Path) -> None:
    network = load("vlm", save_other_vision_model(tmp_path), CPU)
    rows = network([window(1), window(2)], prompt="is it red?", yes=True)
    assert isinstance(rows, np.ndarray) and rows.shape == (2, 2) and (rows > 0).all() and (rows[0] != rows[1]).all()
    assert isinstance(network([window(1)], prompt="is it red?", tokens=3)[0], str)


def test_a_language_model_answers_in_words_and_is_shown_nothing(tmp_path: Path) -> None:
    network = load("vlm", save_language_model(tmp_path), CPU)
    [shares] = network([""], prompt="is it red?", yes=True)
    assert 0 < shares.sum() < 1
    with pytest.raises(UnavailableError, match="sees no pictures"):
        network([window(1)], prompt="is it red?")


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    save_language_model(tmp_path, template="")
    for path in tmp_path.glob("chat_template*"):
        path.unlink()
    with pytest.raises(UnavailableError, match="no chat template"):
        load("vlm", tmp_path, CPU)


def test_a_folder_that_holds_no_model_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UnavailableError, match="vlm cannot be loaded from"):
        load("vlm", tmp_path, CPU)
