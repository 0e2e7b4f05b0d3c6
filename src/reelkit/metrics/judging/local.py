"""A judge from a folder of weights, run where the other models run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from reelkit.errors import RecordError
from reelkit.metrics.judging.answering import ATTEMPTS, answered, with_schema
from reelkit.metrics.judging.judge import PROMPTS, TEMPERATURE
from reelkit.metrics.judging.memo import Memo
from reelkit.metrics.judging.pictures import shown
from reelkit.metrics.meters import Frame, Looks

NETWORK = "vlm"
TOKENS = 2048
"""Longest answer."""


class LocalJudge:
    """A model in transformers' layout, answering greedily; see `Judge` and `models/measuring/vlm.py`."""

    def __init__(self, folder: Path, models: Looks, memo: Memo, tokens: int = TOKENS, attempts: int = ATTEMPTS) -> None:
        self.folder = folder.resolve()
        self._models, self._memo, self._tokens, self._attempts = models, memo, tokens, attempts

    def ask(
        self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Frame] = (), name: str = ""
    ) -> dict[str, Any]:
        """See `Judge`."""
        pictures = shown(frames)

        def generate(asked: str) -> str:
            said: str = self._run(asked, pictures, tokens=self._tokens)[0]
            return said

        def make() -> dict[str, Any]:
            return answered(generate, with_schema(prompt, schema), schema, name, self._attempts)

        return self._memo.recall({**self._by, "schema": schema}, prompt, pictures, dict[str, Any], make)

    def yes_probability(self, prompt: str, frames: Sequence[Frame] = (), name: str = "") -> float:
        """See `Judge`; every token that spells yes or no counts."""
        pictures = shown(frames)

        def make() -> float:
            yes, no = (float(share) for share in self._run(prompt, pictures, yes=True)[0])
            if yes + no <= 0:
                raise RecordError(f"the judge's answer to {name or 'a question'} begins with neither Yes nor No")
            return yes / (yes + no)

        return self._memo.recall({**self._by, "probability": "yes"}, prompt, pictures, float, make)

    @cached_property
    def provenance(self) -> Mapping[str, Any]:
        """See `Judge`; the model is known by the content of its files."""
        from reelkit.models.catalogue import fingerprint

        model = f"{self.folder.name}@{fingerprint(self.folder)[:16]}"
        return {"model": model, "endpoint": "local", "temperature": TEMPERATURE, "prompts": PROMPTS}

    @property
    def _by(self) -> Mapping[str, Any]:
        return {name: self.provenance[name] for name in ("model", "endpoint", "temperature")}

    def _run(self, prompt: str, pictures: Sequence[Frame], **options: Any) -> Any:
        """The network's answer to one question; its pictures share a size, as frames of one window do."""
        window: Any = ""
        if pictures:
            window = np.stack([_sized(picture, pictures[0].shape) for picture in pictures])
        return self._models.measure(NETWORK, [window], self.folder, {"prompt": prompt, **options})


def _sized(picture: Frame, shape: tuple[int, ...]) -> Frame:
    if picture.shape == shape:
        return picture
    from PIL import Image

    return np.array(Image.fromarray(picture).resize((shape[1], shape[0]), Image.Resampling.LANCZOS))
