"""A language or vision-language model that answers a question about a few frames, greedily."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelkit.errors import UnavailableError
from reelkit.models.loading import no_bars

WORDS = ("yes", "no")


class Answerer:
    """Texts, or the probabilities of Yes and No as the next word.

    Any model that transformers loads by `AutoModelForImageTextToText`, with its own chat template; a folder with a causal
    language model alone answers where there are no frames. Weights keep the precision in which they are stored.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoProcessor
        from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

        no_bars()
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        self.sees = type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
        kind: Any = AutoModelForImageTextToText if self.sees else AutoModelForCausalLM
        self._processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
        self._tokenizer: Any = getattr(self._processor, "tokenizer", self._processor)
        if not (self._processor.chat_template or self._tokenizer.chat_template):
            raise ValueError("it has no chat template, so it is no instruct model")
        model = kind.from_pretrained(folder, local_files_only=True, dtype="auto")
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device, self._name = device, folder.name

    @torch.inference_mode()
    def __call__(
        self, inputs: Sequence[Any], prompt: str = "", yes: bool = False, tokens: int = 1024, **options: Any
    ) -> NDArray[np.float32] | list[str]:
        """The answers to one prompt about each input: frames uint8 [T, H, W, 3], or "" for none.

        With `yes` float32 [N, 2], the probabilities that the next word is yes and that it is no; else texts of at most
        `tokens` tokens. UnavailableError where a model that sees no pictures is shown some.
        """
        if yes:
            return np.array([self._shares(self._given(frames, prompt)) for frames in inputs], np.float32)
        return [self._text(self._given(frames, prompt), tokens) for frames in inputs]

    def _given(self, frames: Any, prompt: str) -> dict[str, torch.Tensor]:
        from PIL import Image

        pictures = [] if isinstance(frames, str) else [Image.fromarray(frame) for frame in frames]
        if pictures and not self.sees:
            raise UnavailableError(f"{self._name} reads text and sees no pictures: give a vision-language model with --judge")
        content: Any = prompt
        if self.sees:
            content = [*({"type": "image", "image": picture} for picture in pictures), {"type": "text", "text": prompt}]
        chat = [{"role": "user", "content": content}]
        given = self._processor.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        return {name: self._placed(value) for name, value in given.items()}

    def _placed(self, value: torch.Tensor) -> torch.Tensor:
        return value.to(self._device, self._model.dtype if value.is_floating_point() else None)

    def _text(self, given: dict[str, torch.Tensor], tokens: int) -> str:
        pad = self._tokenizer.pad_token_id
        made = self._model.generate(
            **given, max_new_tokens=tokens, do_sample=False, num_beams=1,
            pad_token_id=self._tokenizer.eos_token_id if pad is None else pad,
        )  # fmt: skip
        text: str = self._tokenizer.decode(made[0, given["input_ids"].shape[1] :], skip_special_tokens=True)
        return text

    def _shares(self, given: dict[str, torch.Tensor]) -> list[float]:
        shares = self._model(**given).logits[0, -1].float().softmax(-1)
        return [float(shares[ids].sum()) for ids in self._spelled]

    @cached_property
    def _spelled(self) -> list[torch.Tensor]:
        """For each word the tokens that spell it, whatever their case and the space before."""
        found: dict[str, list[int]] = {word: [] for word in WORDS}
        for id in self._tokenizer.get_vocab().values():
            said = self._tokenizer.decode([id]).strip().lower()
            if said in found:
                found[said].append(id)
        if lost := [word for word, ids in found.items() if not ids]:
            raise UnavailableError(f"{self._name} has no token that is {' or '.join(lost)}: it cannot say how probable Yes is")
        return [torch.tensor(found[word], device=self._device) for word in WORDS]


def load(files: tuple[Path, ...], device: torch.device) -> Answerer:
    """From a folder in transformers' layout."""
    return Answerer(files[0], device)
