"""Networks in transformers' layout that hear: CLAP embeds a sound, Whisper writes it down, WavLM tells the speaker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

CLAP_RATE, SPEECH_RATE = 48_000, 16_000
PART_SECONDS = 30
"""What Whisper, or WavLM, hears at once; a longer sound is heard part by part."""


class Clap:
    """Embeddings float32 [N, D] of sounds [S] at CLAP_RATE, of length one."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import ClapFeatureExtractor, ClapModel

        self._features: Any = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
        model = ClapModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes sounds."""
        given = self._features(list(inputs), sampling_rate=CLAP_RATE, return_tensors="pt").to(self._device)
        answer = self._model.get_audio_features(**given)
        rows = answer if isinstance(answer, torch.Tensor) else answer.pooler_output
        found: NDArray[np.float32] = torch.nn.functional.normalize(rows, dim=-1).float().cpu().numpy()
        return found


class Whisper:
    """What is said in each sound [S] at SPEECH_RATE, as text; greedy, the language is heard too."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import WhisperForConditionalGeneration, WhisperProcessor

        self._processor: Any = WhisperProcessor.from_pretrained(folder, local_files_only=True)
        model = WhisperForConditionalGeneration.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> list[str]:
        """See `Network`; takes sounds."""
        return [" ".join(self._said(sound)).strip() for sound in inputs]

    def _said(self, sound: NDArray[np.float32]) -> list[str]:
        length = PART_SECONDS * SPEECH_RATE
        parts = [sound[start : start + length] for start in range(0, len(sound), length)]
        found = []
        for part in parts:
            given = self._processor(part, sampling_rate=SPEECH_RATE, return_tensors="pt").to(self._device)
            ids = self._model.generate(**given, do_sample=False, num_beams=1)
            found.append(self._processor.batch_decode(ids, skip_special_tokens=True)[0].strip())
        return found


class Speaker:
    """Who speaks in each sound [S] at SPEECH_RATE: x-vectors float32 [N, D], of length one.

    A sound is heard in parts of PART_SECONDS, for attention grows with the square of the length; a long one is the mean of its
    parts, each as long as it lasts.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import AutoFeatureExtractor, WavLMForXVector

        self._features: Any = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
        model = WavLMForXVector.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model: Any = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes sounds."""
        rows = [self._speaker(sound) for sound in inputs]
        found: NDArray[np.float32] = torch.nn.functional.normalize(torch.stack(rows), dim=-1).float().cpu().numpy()
        return found

    def _speaker(self, sound: NDArray[np.float32]) -> torch.Tensor:
        length = PART_SECONDS * SPEECH_RATE
        parts = [sound[start : start + length] for start in range(0, len(sound), length)]
        if len(parts) > 1 and len(parts[-1]) < SPEECH_RATE:
            parts.pop()
        rows = []
        for part in parts:
            given = self._features(part, sampling_rate=SPEECH_RATE, return_tensors="pt").to(self._device)
            rows.append(torch.nn.functional.normalize(self._model(**given).embeddings[0], dim=-1) * len(part))
        return torch.stack(rows).sum(dim=0)


def load_clap(files: tuple[Path, ...], device: torch.device) -> Clap:
    """From a folder in transformers' layout."""
    return Clap(files[0], device)


def load_whisper(files: tuple[Path, ...], device: torch.device) -> Whisper:
    """From a folder in transformers' layout."""
    return Whisper(files[0], device)


def load_speaker(files: tuple[Path, ...], device: torch.device) -> Speaker:
    """From a folder in transformers' layout."""
    return Speaker(files[0], device)
