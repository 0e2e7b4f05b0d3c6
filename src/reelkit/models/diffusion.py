"""The families that are diffusers pipelines: loading by parts, prompts, past frames, cancellation, pictures.

A family says which pipeline class runs a request and with which arguments; what all of them share stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import catalogue, prompts, speed
from reelkit.models.family import Clip, Shelf
from reelkit.models.refusals import refuse
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from PIL.Image import Image

    from reelkit.models.prompts import Embedding

ALGORITHM = 1
"""Raised when a prompt's embedding would be another."""
PAST = "frames"
"""Name of the tensor, uint8 [T, H, W, 3], that a family without latents to hand on leaves for the next chunk."""


class PipelineFamily:
    """A checkpoint in diffusers' layout. Subclasses give `pipelines`, `card`, `embed` and `draw`."""

    pipelines: ClassVar[tuple[str, ...]] = ()
    loads_as: ClassVar[str] = ""
    """diffusers' class that opens the folder, where it is not the one that the index names."""
    text_parts: ClassVar[tuple[str, ...]] = ("tokenizer", "text_encoder")
    """Loaded apart from the rest, and only for prompts that are not remembered."""
    float32_parts: ClassVar[tuple[str, ...]] = ()
    """Parts that the authors run in float32 whatever the rest runs in."""
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    """Parts that run once a step: what quantisation, step caches and attention backends are for."""
    samplers: ClassVar[Mapping[str, str]] = {
        "euler": "FlowMatchEulerDiscreteScheduler",
        "unipc": "UniPCMultistepScheduler",
    }
    """`--sampler` to diffusers' scheduler; it takes the checkpoint's own settings."""
    guidance: ClassVar[float] = 5.0
    """Used where a request names none."""
    steps: ClassVar[int] = 50
    tail: ClassVar[int] = 0
    """Frames of the past that an extension repeats and is given as pictures; 0 where it is given latents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = catalogue.pipeline_name(folder)

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """The folder's index as it stands."""
        index: Mapping[str, Any] = msgspec.json.decode(catalogue.index_file(self.folder).read_bytes())
        return index

    def config(self, part: str) -> Mapping[str, Any]:
        """Configuration of one part, empty where the folder holds none."""
        for name in ("config.json", "scheduler_config.json"):
            path = self.folder / part / name
            if path.is_file():
                found: Mapping[str, Any] = msgspec.json.decode(path.read_bytes())
                return found
        return {}

    def has(self, part: str) -> bool:
        """Whether the index names a part that is not null."""
        entry = self.index.get(part)
        return bool(entry and entry[0])

    def card(self) -> ModelCard:
        """What it can do."""
        raise NotImplementedError

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw, before weights are read."""
        refuse(self.card(), request)
        sampler = request.options.get("sampler")
        if sampler and sampler not in self.samplers:
            raise RecordError(f"it has no sampler {sampler!r}: give one of {', '.join(self.samplers) or 'none'}")
        speed.refuse(self, request)

    def guided(self, request: GenerateRequest) -> bool:
        """Whether classifier-free guidance runs, so that the negative prompt counts."""
        return self.scale(request) > 1.0

    def scale(self, request: GenerateRequest) -> float:
        """The guidance of a request, or the family's own."""
        return self.guidance if request.guidance is None else request.guidance

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """One prompt's embedding by a pipeline that holds the text parts only; tensors with a leading axis of 1."""
        raise NotImplementedError

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """Run the pipeline. negative: None where no guidance runs."""
        raise NotImplementedError

    def generate(self, shelf: Shelf, request: GenerateRequest, on_step: OnStep) -> Clip:
        """Embed the prompts, or recall them, and draw."""
        import torch

        device, dtype = shelf.place(request.options.get("dtype"))
        texts = [request.prompt, *([request.negative_prompt] if self.guided(request) else [])]
        embedded = self.embeddings(shelf, texts, device, dtype)
        moved = [{name: one.to(device) for name, one in each.items()} for each in embedded]
        kept = f"{self._stamped()} in {dtype}{speed.identity(request.options)}"
        size = catalogue.weight_bytes(self.folder, dtype.itemsize) - self._text_bytes(dtype)
        with ExitStack() as lent:
            pipe = lent.enter_context(
                shelf.lend(kept, size, lambda: self._load(request.options, device, dtype))
            )
            lent.enter_context(torch.inference_mode())
            self._choose_sampler(pipe, request)
            with speed.stepping(pipe, self, request):
                return self.draw(pipe, moved[0], moved[1] if len(moved) > 1 else None, request, on_step)

    def embeddings(
        self, shelf: Shelf, texts: Sequence[str], device: torch.device, dtype: torch.dtype
    ) -> list[Embedding]:
        """The prompts' embeddings, of which only those not remembered load the text encoder."""
        import torch

        def compute(missing: Sequence[str]) -> list[Embedding]:
            size = self._text_bytes(dtype)
            kept = f"{self._stamped()} text in {dtype}"
            with shelf.lend(kept, size, lambda: self._load_text(device, dtype)) as pipe, torch.inference_mode():
                return [self.embed(pipe, text, device) for text in missing]

        identity = {
            "family": type(self).__name__,
            "algorithm": ALGORITHM,
            "encoder": catalogue.fingerprint(self.folder, self.text_parts),
            "dtype": str(dtype),
        }
        return prompts.remembered(texts, identity, catalogue.user_cache(prompts.FOLDER), compute)

    def steps_of(self, request: GenerateRequest) -> int:
        """Denoising steps of a request."""
        return request.steps or self.steps

    def call(self, pipe: Any, on_step: OnStep, total: int, **arguments: Any) -> Any:
        """`pipe(**arguments)`, in which `on_step` is told of each step and may end it; the pipeline stays usable.

        Raising from the callback leaves at once: a pipeline's own `_interrupt` goes on to decode. What diffusers does
        at the end of a whole call (offloaded parts, state of step caches) is then done here.
        """

        def after(_: Any, index: int, timestep: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
            on_step(index + 1, total)
            return kwargs

        try:
            return pipe(**arguments, callback_on_step_end=after, callback_on_step_end_tensor_inputs=["latents"])
        except BaseException:
            pipe.maybe_free_model_hooks()
            raise

    def past(self, request: GenerateRequest) -> NDArray[np.uint8]:
        """The newest `tail` frames of the shot, uint8 [T, H, W, 3], oldest first; fewer where there are no more."""
        import numpy as np
        from safetensors.numpy import load_file

        pieces = [load_file(path)[PAST] for path in request.history]
        frames: NDArray[np.uint8] = np.concatenate(pieces)[-self.tail :]
        return frames

    def joined(self, made: NDArray[np.uint8], past: NDArray[np.uint8], request: GenerateRequest) -> Clip:
        """The new frames of a video that begins by repeating the past, handed on as pictures."""
        import numpy as np
        import torch

        from reelkit.models.matching import matched

        new = made[len(past) :]
        if len(past) and request.options.get("match"):
            new = matched(new, made[: len(past)], past)
        whole = np.concatenate([past, new])[-self.tail :] if self.tail else new[:0]
        handed = {PAST: torch.from_numpy(np.ascontiguousarray(whole))} if self.tail else {}
        return Clip(frames=new, handed_on=handed)

    def _load(self, options: dict[str, Any], device: torch.device, dtype: torch.dtype) -> Any:
        without = dict.fromkeys(self.text_parts)
        arguments = {**without, **speed.loading(self, options, dtype)}
        pipe = self._from_pretrained(arguments, dtype)
        speed.settle(pipe, self, options, device)
        return pipe

    def _load_text(self, device: torch.device, dtype: torch.dtype) -> Any:
        parts = [name for name, entry in self.index.items() if isinstance(entry, list) and name not in self.text_parts]
        pipe = self._from_pretrained(dict.fromkeys(parts), dtype)
        return pipe.to(device)

    def _from_pretrained(self, arguments: Mapping[str, Any], dtype: torch.dtype) -> Any:
        """UnavailableError where the parts cannot be read or weights are missing from them."""
        import diffusers
        import torch
        from safetensors import SafetensorError

        kinds = {"default": dtype, **dict.fromkeys(self.float32_parts, torch.float32)}
        diffusers.utils.logging.disable_progress_bar()
        try:
            pipe = getattr(diffusers, self.loads_as or self.name).from_pretrained(
                self.folder, dtype=kinds, local_files_only=True, use_safetensors=True, **arguments
            )
        except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
            raise UnavailableError(f"the weights in {self.folder} cannot be loaded: {error}") from error
        pipe.set_progress_bar_config(disable=True)
        return pipe

    def _choose_sampler(self, pipe: Any, request: GenerateRequest) -> None:
        """A fresh scheduler for each request, so that nothing of the last one is left in it."""
        import diffusers

        sampler = request.options.get("sampler")
        kind = getattr(diffusers, self.samplers[sampler]) if sampler else type(pipe.scheduler)
        own = getattr(pipe, "_reelkit_scheduler", None) or pipe.scheduler
        pipe._reelkit_scheduler = own
        pipe.scheduler = (type(own) if not sampler else kind).from_config(own.config)

    def _stamped(self) -> str:
        """The folder and the time of its writing: weights that were written anew are another model."""
        return f"{self.folder} ({catalogue.stamp(self.folder)[:8]})"

    def _text_bytes(self, dtype: torch.dtype) -> int:
        return sum(catalogue.weight_bytes(self.folder / part, dtype.itemsize) for part in self.text_parts)


def recast(pipe: Any, kind: str, **scalars: Any) -> Any:
    """The same parts under another of diffusers' pipeline classes, which takes no memory."""
    import diffusers

    cast = getattr(diffusers, kind)(**pipe.components, **scalars)
    cast.set_progress_bar_config(disable=True)
    return cast


def generator(seed: int, device: str = "cpu") -> torch.Generator:
    """A source of noise; on the CPU, so that a seed means the same noise on every device."""
    import torch

    return torch.Generator(device).manual_seed(seed)


def pixels(video: Any) -> NDArray[np.uint8]:
    """A pipeline's `np` output [T, H, W, 3] within 0..1, as uint8."""
    import numpy as np

    scaled: NDArray[np.uint8] = (np.asarray(video) * 255.0).round().clip(0, 255).astype(np.uint8)
    return scaled


def picture(path: str, size: tuple[int, int] | None = None) -> Image:
    """A still as a PIL image in RGB, turned upright, scaled to `size` (width, height) if given."""
    from PIL import Image

    from reelkit.media.image import read_image

    return Image.fromarray(read_image(Path(path), size))


