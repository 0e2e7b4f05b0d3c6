"""Tiny random language and vision-language models in the layout in which real ones are published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

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


def save_other_vision_model(folder: Path) -> Path:
    """An Idefics3, narrow: another family, processor and way to write pictures into the prompt."""
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    torch.manual_seed(7)
    words = tokenizer()
    words.chat_template = None
    marks = {
        "image_token": "<image>", "fake_image_token": "<fake_token_around_image>", "global_image_token": "<global-img>",
        "end_of_utterance_token": "<end_of_utterance>",
    }  # fmt: skip
    words.add_special_tokens({"additional_special_tokens": list(marks.values())})
    for name, mark in marks.items():
        setattr(words, name, mark)
    narrow = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
    config = Idefics3Config(
        image_token_id=words.convert_tokens_to_ids("<image>"), scale_factor=2, pad_token_id=0,
        vision_config=dict(**narrow, image_size=32, patch_size=8),
        text_config=dict(
            **narrow, model_type="llama", vocab_size=len(words), num_key_value_heads=2, pad_token_id=0, eos_token_id=2,
            bos_token_id=None,
        ),
    )  # fmt: skip
    Idefics3ForConditionalGeneration(config).save_pretrained(folder)
    side = {"longest_edge": 32}
    pictures = Idefics3ImageProcessor(size=side, max_image_size=side, do_image_splitting=False)
    template = TEMPLATE.replace("<|vision_start|><|image_pad|><|vision_end|>", "<image>")
    Idefics3Processor(pictures, words, image_seq_len=4, chat_template=template).save_pretrained(folder)
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
