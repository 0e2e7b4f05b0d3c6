"""`Models` in this process: one cache of weights, one request at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reelkit.errors import ModelError, RecordError, ReelError, UnavailableError
from reelkit.models import catalogue
from reelkit.models.family import Clip, Family, family_of
from reelkit.models.quiet import hush
from reelkit.models.requests import GenerateReply, GenerateRequest, ModelCard, OnStep, Role

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from reelkit.models.cache import ModelCache, Needs
    from reelkit.models.encoder import Encoder
    from reelkit.models.measuring.network import Network
    from reelkit.models.sentences import SentenceEncoder


class LocalModels:
    """The loader; torch is imported at the first request that computes. Safe to call from several threads."""

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        hush()
        self._device_name, self._dtype_name = device, dtype
        self._lock = threading.RLock()
        self._reading = threading.Lock()
        self._cache: ModelCache | None = None
        self._cards: dict[tuple[str, Role, str], ModelCard] = {}
        self._families: dict[str, tuple[Path, str, Family]] = {}

    def describe(self, model: str, role: Role) -> ModelCard:
        """A model's card; weights are hashed for its revision, not loaded."""
        with self._reading:
            known = (model, role, self._stamp(model, role))
            if known not in self._cards:
                self._cards[known] = (
                    self._encoder_card(model) if role == "encoder" else self._family_card(model, role)
                )
            return self._cards[known]

    def check(self, request: GenerateRequest) -> None:
        """Refuse what the model cannot do, before any weight is read."""
        self._family(request.model).check(request)

    def generate(self, request: GenerateRequest, on_step: OnStep | None = None) -> GenerateReply:
        """Make a still or a chunk.

        UnavailableError where the model cannot be had, RecordError where it is asked too much, ModelError where it
        fails at this request. What `on_step` raises passes.
        """
        family = self._family(request.model)
        family.check(request)
        catalogue.require_whole(catalogue.locate(request.model))
        with self._lock:
            from reelkit.models.device import peak_memory, reset_peak_memory
            from reelkit.models.outputs import write_clip

            started = time.monotonic()
            device, _ = self.place()
            reset_peak_memory(device)
            watched = _Steps(on_step)
            try:
                clip = family.generate(self, request, watched)
            except (ReelError, OSError):
                raise
            except Exception as error:
                if error is watched.raised:
                    raise
                raise _failure(request, error) from error
            if request.options.get("match") and request.history and not family.tail:
                clip = _joined(clip, request)
            fps = float(clip.fps or request.options.get("fps") or family.card().fps or 24.0)
            write_clip(Path(request.out), clip, fps, request.still)
            height, width = clip.frames[0].shape[:2]
            return GenerateReply(
                frames=len(clip.frames),
                fps=fps,
                width=width,
                height=height,
                wall_seconds=round(time.monotonic() - started, 3),
                peak_memory=peak_memory(device),
            )

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one."""
        with self._lock, self._embedder(encoder) as model:
            return model.embed_texts(texts)

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D] of image files or arrays uint8 [H, W, 3], of length one if `normalise`."""
        with self._lock, self._embedder(encoder) as model:
            return model.embed_images(images, normalise=normalise)

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32] | list[str]:
        """What a network that only measuring uses says of each input; see `Models.measure`."""
        import numpy as np

        from reelkit.models.measuring.known import networks

        batch = networks()[network].batch
        with self._lock, self._network(network, weights) as run, self._precision():
            parts = [run(inputs[begin : begin + batch], **(options or {})) for begin in range(0, len(inputs), batch)]
        if parts and isinstance(parts[0], list):
            return [text for part in parts for text in part]
        return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)

    @property
    def loads(self) -> dict[str, int]:
        """How often each model was loaded."""
        return dict(self._cache.loads) if self._cache is not None else {}

    @property
    def held(self) -> list[str]:
        """Models in memory, least recently used first."""
        return self._cache.held if self._cache is not None else []

    @contextmanager
    def encoder(self, name: str | None) -> Iterator[Encoder]:
        """A text-and-image encoder, held for as long as the block runs."""
        from reelkit.models.encoder import Encoder

        where, device = self._encoder_place(name)
        size = catalogue.weight_bytes(Path(where), itemsize=4)
        with self.lend(f"encoder {where}", size, lambda: Encoder(where, device)) as model:
            yield model

    @contextmanager
    def _embedder(self, name: str | None) -> Iterator[Encoder | SentenceEncoder]:
        """What embeds: a text-and-image encoder, or a model of texts alone."""
        from reelkit.models.sentences import SentenceEncoder, is_sentence_model

        where, device = self._encoder_place(name)
        folder = Path(where)
        if not is_sentence_model(folder):
            with self.encoder(name) as encoder:
                yield encoder
            return
        size = catalogue.weight_bytes(folder, itemsize=4)
        with self.lend(f"sentences {where}", size, lambda: SentenceEncoder(folder, device)) as model:
            yield model

    @contextmanager
    def _network(self, name: str, weights: Path | None) -> Iterator[Network]:
        """A network that only measuring uses, held for as long as the block runs."""
        from reelkit.models.measuring.known import find
        from reelkit.models.measuring.network import load

        device, _ = self.place()
        files = find(name, weights)
        size = sum(_bytes(path) for path in files)
        stamp = f"{files[0].stat().st_mtime_ns}" if files else ""
        held = f"network {name} {files[0] if files else ''} {stamp}"
        with self.lend(held, size, lambda: load(name, weights, device)) as network:
            yield network

    def _precision(self) -> AbstractContextManager[Any]:
        """Measuring computes in float32, unless another precision was asked for by name: then products run in that."""
        import torch

        if self._dtype_name in ("auto", "float32"):
            return nullcontext()
        device, dtype = self.place()
        return torch.autocast(device.type, dtype)

    def _encoder_place(self, name: str | None) -> tuple[str, str]:
        """Where an encoder is, and the device it runs on; however it is named, one folder is one encoder."""
        where = catalogue.encoder_folder(name)
        device, _ = self.place()
        return (str(Path(where).resolve()) if Path(where).is_dir() else where), str(device)

    def place(self, dtype: str | None = None) -> tuple[torch.device, torch.dtype]:
        """Device, and what it computes in: as a request asks, else as this loader was opened."""
        from reelkit.models.device import pick_device, pick_dtype

        device = pick_device(self._device_name)
        return device, pick_dtype(dtype or self._dtype_name, device)

    @contextmanager
    def lend(self, name: str, size: int | Needs, load: Callable[[], Any]) -> Iterator[Any]:
        """What `load` gives, of `size` bytes, loaded once and held while there is room."""
        from reelkit.models.cache import ModelCache
        from reelkit.models.device import memories, release_memory

        if self._cache is None:
            device, _ = self.place()
            self._cache = ModelCache(*memories(device), release=release_memory)
        with self._cache.lend(name, size, load) as value:
            yield value

    def _family(self, model: str) -> Family:
        """The model's family; a folder that was written or fetched anew is looked into anew."""
        folder = catalogue.locate(model)
        stamp = catalogue.stamp(folder)
        known = self._families.get(model)
        if known is None or known[:2] != (folder, stamp):
            self._families[model] = known = (folder, stamp, family_of(folder))
        return known[2]

    def _family_card(self, model: str, role: Role) -> ModelCard:
        family = self._family(model)
        card = family.card()
        if not (card.stills if role == "image" else card.clips):
            makes = "stills" if card.stills else "clips"
            raise UnavailableError(f"model {model!r} makes {makes} only: name another for this")
        revision = catalogue.fingerprint(catalogue.locate(model))
        if family.variant:
            revision = f"{revision}+{family.variant}"
        return msgspec.structs.replace(card, name=model, revision=revision, repeats=family.tail)

    def _stamp(self, model: str, role: Role) -> str:
        """Of the files that a card was read from, so that a folder that is written again has a new card."""
        folder = Path(catalogue.encoder_folder(model)) if role == "encoder" else catalogue.locate(model)
        return catalogue.stamp(folder) if folder.is_dir() else ""

    def _encoder_card(self, model: str) -> ModelCard:
        where = Path(catalogue.encoder_folder(model))
        if not where.is_dir():
            return ModelCard(name=model, revision=model)
        return ModelCard(name=model, revision=catalogue.fingerprint(where))


def _bytes(path: Path) -> int:
    """Of a file, or of the weights in a folder."""
    return path.stat().st_size if path.is_file() else catalogue.weight_bytes(path, itemsize=4)


class _Steps:
    """Hands steps on and remembers what the listener raised, which is no failure of the model's."""

    def __init__(self, on_step: OnStep | None) -> None:
        self.on_step = on_step
        self.raised: BaseException | None = None

    def __call__(self, done: int, total: int) -> None:
        try:
            if self.on_step is not None:
                self.on_step(done, total)
        except BaseException as raised:
            self.raised = raised
            raise


def _joined(clip: Clip, request: GenerateRequest) -> Clip:
    """The clip in the colours of the chunk before it; its latents are handed on as they are."""
    import numpy as np

    from reelkit.media.video import probe, read_frames
    from reelkit.models.matching import matched

    before = Path(request.history[-1]).with_suffix(".mp4")
    (last,) = read_frames(before, [probe(before).frames - 1])
    return replace(clip, frames=matched(np.asarray(clip.frames), last))


def _failure(request: GenerateRequest, error: Exception) -> ReelError:
    """What the record is told of an exception that a family did not foresee."""
    if type(error).__name__ == "OutOfMemoryError":
        return RecordError(
            f"the device's memory is too small for {request.frames} frames of "
            f"{request.width}x{request.height}: ask for less, give --offload group or --quantisation, or close other programs"
        )
    read = ", ".join(Path(path).name for path in (*request.references, *request.history)) or "no file"
    return ModelError(
        f"{request.model} failed with {type(error).__name__}: {error} (it read {read}); a torn file is made again "
        "once it is deleted, else try another seed or model"
    )
