"""Judges from a folder: tiny random models in the layout in which real ones are published, loaded by the real code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reelkit.errors import UnavailableError
from reelkit.models.measuring.network import load
from reelkit.models.measuring.vlm import Answerer

CPU = torch.device("cpu")
MARKS = {
    "<|endoftext|>": 0, "<|im_start|>": 1, "<|im_end|>": 2, "<|vision_start|>": 3, "<|vision_end|>": 4,
    "<|image_pad|>": 5, "<|video_pad|>": 6,
}  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = [" ", "yes", "Yes", "no", "No", "maybe", "user", "assistant", "is", "it", "red", "{", "}", '"', ":", "?"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }} "
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant {% endif %}"
)


def tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import Qwen2TokenizerFast

    words = {word: len(MARKS) + number for number, word in enumerate([*WORDS, *LETTERS, "<unk>"])}
    inner = Tokenizer(models.WordLevel({**MARKS, **words}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"\s|[A-Za-z]+|."), "isolated")
    made = Qwen2TokenizerFast(
        tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token="<unk>",
        additional_special_tokens=list(MARKS)[1:],
    )  # fmt: skip
    made.chat_template = TEMPLATE
    return made


def save_vision_model(folder: Path, template: str = TEMPLATE) -> Path:
    """A Qwen2.5-VL, narrow."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    torch.manual_seed(5)
    words = tokenizer()
    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=len(words), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, eos_token_id=2, pad_token_id=0, bos_token_id=None,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]},
        ),
        vision_config=dict(
            depth=2, hidden_size=32, intermediate_size=48, num_heads=4, out_hidden_size=32, patch_size=4,
            fullatt_block_indexes=[1], window_size=16,
        ),
        vision_start_token_id=3, vision_end_token_id=4, image_token_id=5, video_token_id=6,
    )  # fmt: skip
    model = Qwen2_5_VLForConditionalGeneration(config)
    torch.nn.init.normal_(model.lm_head.weight, std=1.0)
    model.save_pretrained(folder)
    sizes = {"min_pixels": 64, "max_pixels": 1024, "patch_size": 4}
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(**sizes), words, Qwen2VLVideoProcessor(**sizes), chat_template=template
    )
    processor.save_pretrained(folder)
    return folder


def save_language_model(folder: Path, template: str = TEMPLATE) -> Path:
    """A Qwen2, narrow, that sees nothing."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(6)
    words = tokenizer()
    words.chat_template = template
    config = Qwen2Config(
        vocab_size=len(words), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


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
