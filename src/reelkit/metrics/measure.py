"""One shot measured: frames in, numbers and the embeddings that its scene needs out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.errors import UsageError
from reelkit.metrics.aesthetics import FEATURES, AestheticHead
from reelkit.metrics.alignment import alignment
from reelkit.metrics.clips import ClipSample
from reelkit.metrics.locator import EncoderLocator, Frame, Locator
from reelkit.metrics.networks import Classify
from reelkit.metrics.similarity import Mean
from reelkit.metrics.technical import duration_error

Vector = NDArray[np.float32]

KNOWN_CHARACTERS = 512
"""Character descriptions kept embedded; the one used longest ago goes first."""
CHARACTER_METRICS = frozenset({"character_consistency", "character_alignment", "copy_paste_rate"})
KEYFRAME_METRICS = frozenset({"all_consistency", "all_alignment"})


class Encoder(Protocol):
    """The part of `reelkit.models.Models` that measuring uses."""

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]: ...

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]: ...


class CastMember(msgspec.Struct, frozen=True):
    """A character as the metrics know one."""

    movie: str
    id: str
    look: str
    portraits: tuple[Path, ...] = ()


class CropEmbeddings(msgspec.Struct, frozen=True):
    """A character's crop in one shot, and what it may have been copied from."""

    crop: Vector
    mirrored: Vector
    portrait: tuple[Vector, Vector] | None
    """The first portrait as it is and mirrored; None without portraits."""


class Findings(msgspec.Struct, frozen=True):
    """What measuring one shot gives: numbers of its own, and embeddings for its scene."""

    scores: dict[str, float]
    keyframe: Vector | None = None
    crops: dict[str, CropEmbeddings] = {}
    probabilities: NDArray[np.float32] | None = None


class _Description(msgspec.Struct, frozen=True):
    look: Vector | None
    portrait: tuple[Vector, Vector] | None


class Measurer:
    """Measures shots one after another with one encoder; remembers character descriptions only."""

    def __init__(
        self,
        names: Iterable[str],
        models: Encoder,
        encoder: str | None = None,
        head: AestheticHead | None = None,
        classify: Classify | None = None,
        locator: Locator | None = None,
    ) -> None:
        self.names = frozenset(names)
        self._models = models
        self._encoder = encoder
        self._head = head if "aes" in self.names else None
        self._classify = classify if "incep" in self.names else None
        self._locator = locator or EncoderLocator(self._embed)
        self._descriptions: OrderedDict[tuple[str, str], _Description] = OrderedDict()

    @property
    def wants_samples(self) -> bool:
        """Whether a clip's evenly spaced frames will be looked at."""
        return self._head is not None or self._classify is not None

    def clip(self, clip: ClipSample, planned: float, prompt: str, cast: Sequence[CastMember]) -> Findings:
        """Measure a take. planned: seconds the shot should last; cast: who the shot says is in it."""
        found = self.still(clip.keyframe, prompt, cast)
        watch = clip.watch
        scores = dict(found.scores)
        scores |= self._keep("duration_error", duration_error(clip.seconds, planned))
        scores |= self._keep("blank_frames", watch.blank_frames())
        scores |= self._keep("frozen_frames", watch.frozen_frames())
        if self._head is not None:
            scores["aes"] = self._head(self._unnormalised(clip.samples))
        probabilities = self._classify(clip.samples) if self._classify is not None else None
        return Findings(scores, found.keyframe, found.crops, probabilities)

    def still(self, frame: Frame, prompt: str, cast: Sequence[CastMember]) -> Findings:
        """Measure the keyframe alone, uint8 [H, W, 3]: the metrics that need no moving picture."""
        scores: dict[str, float] = {}
        keyframe: Vector | None = None
        if self.names & KEYFRAME_METRICS:
            keyframe = self._embed([frame])[0]
            if "all_alignment" in self.names and prompt.strip():
                text = self._models.embed_texts([prompt], self._encoder)[0]
                scores["all_alignment"] = alignment(keyframe, text)
        crops: dict[str, CropEmbeddings] = {}
        if self.names & CHARACTER_METRICS and cast:
            crops, aligned = self._characters(frame, cast)
            scores |= self._keep("character_alignment", aligned)
        return Findings(scores, keyframe, crops)

    def _characters(
        self, frame: Frame, cast: Sequence[CastMember]
    ) -> tuple[dict[str, CropEmbeddings], float | None]:
        described = {member.id: self._describe(member) for member in cast}
        targets = {
            id: d.look if d.look is not None else d.portrait[0] if d.portrait is not None else None
            for id, d in described.items()
        }
        known = {id: target for id, target in targets.items() if target is not None}
        if not known:
            return {}, None
        boxes = dict(zip(known, self._locator(frame, np.stack(list(known.values()))), strict=True))
        seen = {id: box.crop(frame) for id, box in boxes.items() if box is not None}
        if not seen:
            return {}, None
        pictures = [*seen.values(), *(np.ascontiguousarray(crop[:, ::-1]) for crop in seen.values())]
        vectors = self._embed(pictures)
        crops, aligned = {}, Mean()
        for place, id in enumerate(seen):
            crops[id] = CropEmbeddings(vectors[place], vectors[place + len(seen)], described[id].portrait)
            look = described[id].look
            aligned.add(None if look is None else alignment(vectors[place], look))
        return crops, aligned.mean()

    def _describe(self, member: CastMember) -> _Description:
        key = (member.movie, member.id)
        if key not in self._descriptions:
            look = self._models.embed_texts([member.look], self._encoder)[0] if member.look.strip() else None
            portrait = None
            if member.portraits:
                from reelkit.media.image import read_image

                image = read_image(member.portraits[0])
                straight, mirrored = self._embed([image, np.ascontiguousarray(image[:, ::-1])])
                portrait = (straight, mirrored)
            self._descriptions[key] = _Description(look, portrait)
            if len(self._descriptions) > KNOWN_CHARACTERS:
                self._descriptions.popitem(last=False)
        self._descriptions.move_to_end(key)
        return self._descriptions[key]

    def _embed(self, images: Sequence[Frame]) -> NDArray[np.float32]:
        return self._models.embed_images(images, self._encoder)

    def _unnormalised(self, images: Sequence[Frame]) -> NDArray[np.float32]:
        features = self._models.embed_images(images, self._encoder, normalise=False)
        if features.shape[1] != FEATURES:
            raise UsageError(
                f"--aes-head is for CLIP ViT-L/14 ({FEATURES} features), but the encoder gives "
                f"{features.shape[1]}; add `--encoder ViT-L-14:openai` or leave aes out of --metrics"
            )
        return features

    def _keep(self, name: str, value: float | None) -> Mapping[str, float]:
        return {name: value} if name in self.names and value is not None else {}
