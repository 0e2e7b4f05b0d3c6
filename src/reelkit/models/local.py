"""`Models` in this process: one cache of weights, one request at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelkit.errors import ModelError, RecordError, ReelError, UnavailableError
from reelkit.models import catalogue
from reelkit.models.requests import GenerateReply, GenerateRequest, ModelCard, OnStep, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from reelkit.models.cache import ModelCache
    from reelkit.models.encoder import Encoder

FAMILIES = {"WeaverPipeline": "reelkit.models.weaver:WeaverFamily"}
"""The class named in a checkpoint's `model_index.json` to the family that runs it."""


class LocalModels:
    """The loader; torch is imported at the first request that computes. Safe to call from several threads."""

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._device_name, self._dtype_name = device, dtype
        self._lock = threading.RLock()
        self._cache: ModelCache | None = None
        self._cards: dict[tuple[str, Role], ModelCard] = {}

    def describe(self, model: str, role: Role) -> ModelCard:
        """A model's card; weights are hashed for its revision, not loaded."""
        with self._lock:
            if (model, role) not in self._cards:
                self._cards[model, role] = (
                    self._encoder_card(model) if role == "encoder" else self._family_card(model)
                )
            return self._cards[model, role]

    def check(self, request: GenerateRequest) -> None:
        """Refuse what the model cannot do, before any weight is read."""
        self._family(catalogue.locate(request.model)).check(request)

    def generate(self, request: GenerateRequest, on_step: OnStep | None = None) -> GenerateReply:
        """Make a still or a chunk.

        UnavailableError where the model cannot be had, RecordError where it is asked too much, ModelError where it
        fails at this request. What `on_step` raises passes.
        """
        folder = catalogue.locate(request.model)
        family = self._family(folder)
        family.check(request)
        dtype = str(request.options.get("dtype", self._dtype_name))

        def load() -> Any:
            return family.load(*self._place(dtype))

        with self._lock, ExitStack() as lent:
            encoder = lent.enter_context(self._encoder(family.encoder))
            size = _size(folder) - _size(Path(family.encoder))
            parts = lent.enter_context(self._lend(f"{folder} in {dtype}", size, load))
            watched = _Steps(on_step)
            try:
                reply: GenerateReply = family.run(parts, encoder, request, watched)
            except (ReelError, OSError):
                raise
            except Exception as error:
                if error is watched.raised:
                    raise
                raise _failure(request, error) from error
            return reply

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one."""
        with self._lock, self._encoder(encoder) as model:
            return model.embed_texts(texts)

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D] of image files or arrays uint8 [H, W, 3], of length one if `normalise`."""
        with self._lock, self._encoder(encoder) as model:
            return model.embed_images(images, normalise=normalise)

    @property
    def loads(self) -> dict[str, int]:
        """How often each model was loaded."""
        return dict(self._cache.loads) if self._cache is not None else {}

    @contextmanager
    def _encoder(self, name: str | None) -> Iterator[Encoder]:
        from reelkit.models.encoder import Encoder

        where = catalogue.encoder_folder(name)
        if Path(where).is_dir():
            where = str(Path(where).resolve())  # however it is named, one folder is one encoder
        size = _size(Path(where))
        device, _ = self._place()
        with self._lend(f"encoder {where}", size, lambda: Encoder(where, str(device))) as model:
            yield model

    def _place(self, dtype: str | None = None) -> tuple[Any, Any]:
        """Device, and what it computes in: as a request asks, else as this loader was opened."""
        from reelkit.models.device import pick_device, pick_dtype

        device = pick_device(self._device_name)
        return device, pick_dtype(dtype or self._dtype_name, device)

    @contextmanager
    def _lend(self, name: str, size: int, load: Any) -> Iterator[Any]:
        from reelkit.models.cache import ModelCache
        from reelkit.models.device import free_memory

        if self._cache is None:
            device, _ = self._place()
            # Free memory is what is left beside the models held already, and the budget is for all of them.
            self._cache = cache = ModelCache(lambda: free_memory(device) + cache.size)
        with self._cache.lend(name, size, load) as value:
            yield value

    def _family(self, folder: Path) -> Any:
        import importlib

        name = catalogue.read_index(folder, catalogue.Index).class_name
        if name not in FAMILIES:
            raise UnavailableError(
                f"{folder / catalogue.INDEX}: `_class_name` is {name}, which reelkit cannot run yet: "
                f"it runs {', '.join(FAMILIES)}"
            )
        module, _, attribute = FAMILIES[name].partition(":")
        return getattr(importlib.import_module(module), attribute)(folder)

    def _family_card(self, model: str) -> ModelCard:
        folder = catalogue.locate(model)
        card: ModelCard = self._family(folder).card(model)
        return card

    def _encoder_card(self, model: str) -> ModelCard:
        where = Path(catalogue.encoder_folder(model))
        if not where.is_dir():
            return ModelCard(name=model, revision=model)
        return ModelCard(name=model, revision=catalogue.fingerprint(where))


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


def _failure(request: GenerateRequest, error: Exception) -> ReelError:
    """What the record is told of an exception that a family did not foresee."""
    if type(error).__name__ == "OutOfMemoryError":
        return RecordError(
            f"the device's memory is too small for {request.frames} frames of "
            f"{request.width}x{request.height}: close other programs, or ask for less"
        )
    read = ", ".join(Path(path).name for path in (*request.references, *request.history)) or "no file"
    return ModelError(
        f"{request.model} failed with {type(error).__name__}: {error} (it read {read}); a torn file is made again "
        "once it is deleted, else try another seed or model"
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for pattern in catalogue.WEIGHTS for path in folder.rglob(pattern)) * 2
