"""The families that are diffusers pipelines: loading by parts, prompts, past frames, cancellation, pictures.

A family says which pipeline class runs a request and with which arguments; what all of them share stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from reelkit.errors import RecordError, UnavailableError
from reelkit.media.keys import file_key
from reelkit.models import catalogue, prompts, speed
from reelkit.models.family import Clip, Shelf
from reelkit.models.loading import opened, reading
from reelkit.models.past import Continued
from reelkit.models.refusals import refuse
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep
from reelkit.models.samplers import EULER, fresh

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

NO_NEGATIVE = (
    "it takes no negative prompt: leave out --negative-prompt, and say in the prompt what should be seen instead"
)
"""The reason of weights that no guidance would help."""
ALGORITHM = 1
"""Raised when a prompt's embedding would be another."""


class PipelineFamily(Continued):
    """A checkpoint in diffusers' layout. Subclasses give `pipelines`, `card`, `embed` and `draw`."""

    pipelines: ClassVar[tuple[str, ...]] = ()
    loads_as: ClassVar[str] = ""
    """diffusers' class that opens the folder, where it is not the one that the index names."""
    text_parts: ClassVar[tuple[str, ...]] = ("tokenizer", "text_encoder")
    """Loaded apart from the rest, and only for prompts that are not remembered."""
    unused_parts: ClassVar[tuple[str, ...]] = ()
    """Parts that no request here needs, and so are never read."""
    float32_parts: ClassVar[tuple[str, ...]] = ()
    """Parts that the authors run in float32 whatever the rest runs in."""
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    """Parts that run once a step: what quantisation, step caches and attention backends are for."""
    samplers: ClassVar[Mapping[str, str]] = {**EULER, "unipc": "UniPCMultistepScheduler"}
    """`--sampler` to diffusers' scheduler; it takes the checkpoint's own settings."""
    tiled: ClassVar[bool] = False
    """Whether its autoencoder works tile by tile, where whole pictures would take the most memory of all."""
    guidance: ClassVar[float] = 5.0
    """Used where a request names none."""
    steps: ClassVar[int] = 50

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = catalogue.pipeline_name(folder)

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """The folder's index as it stands."""
        return catalogue.read_json(catalogue.index_file(self.folder))

    def config(self, part: str) -> Mapping[str, Any]:
        """Configuration of one part, empty where the folder holds none."""
        for name in ("config.json", "scheduler_config.json", "guider_config.json"):
            path = self.folder / part / name
            if path.is_file():
                return catalogue.read_json(path)
        return {}

    def has(self, part: str) -> bool:
        """Whether the index names a part that is not null."""
        entry = self.index.get(part)
        return bool(entry and entry[0])

    @property
    def variant(self) -> str:
        """As `Family.variant`."""
        return ""

    @property
    def no_negative(self) -> str:
        """Why a negative prompt would say nothing where no guidance runs, and what to do."""
        return (
            "without guidance a negative prompt counts for nothing: leave out --negative-prompt, or give --guidance above 1"
        )

    def card(self) -> ModelCard:
        """What it can do."""
        raise NotImplementedError

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw, before weights are read."""
        refuse(self.card(), request)
        sampler = request.options.get("sampler")
        if sampler and sampler not in self.samplers:
            if not self.samplers:
                raise RecordError(f"it has no sampler {sampler!r}, it runs its own sampler only: leave out --sampler")
            raise RecordError(f"it has no sampler {sampler!r}: give one of {', '.join(self.samplers)}")
        if request.negative_prompt and not self.guided(request):
            raise RecordError(self.no_negative)
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

    def seen(self, request: GenerateRequest) -> Sequence[str]:
        """Stills, by path, that the text encoder sees together with the prompt; they decide an embedding too."""
        return ()

    def embed_seeing(self, pipe: Any, text: str, seen: Sequence[str], device: torch.device) -> Embedding:
        """As `embed`, of a prompt and the stills in `seen`."""
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
        speed.prepare(request.options, device, dtype)
        texts = [request.prompt, *([request.negative_prompt] if self.guided(request) else [])]
        embedded = self.embeddings(shelf, texts, device, dtype, self.seen(request), request.options)
        moved = [{name: one.to(device) for name, one in each.items()} for each in embedded]
        kept = f"{self._stamped()} in {dtype}{speed.identity(request.options)}"
        needs = speed.needs(self, request.options, self._parts(dtype), device)
        with ExitStack() as lent:
            pipe = lent.enter_context(
                shelf.lend(kept, needs, lambda: self._load(request.options, device, dtype))
            )
            lent.enter_context(torch.inference_mode())
            self._choose_sampler(pipe, request)
            with speed.stepping(pipe, self, request):
                return self.draw(pipe, moved[0], moved[1] if len(moved) > 1 else None, request, on_step)

    def embeddings(
        self,
        shelf: Shelf,
        texts: Sequence[str],
        device: torch.device,
        dtype: torch.dtype,
        seen: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
    ) -> list[Embedding]:
        """The prompts' embeddings, of which only those not remembered load the text encoder.

        seen: stills embedded together with each prompt, known again by their content. options: of the request.
        """
        import torch

        def compute(missing: Sequence[str]) -> list[Embedding]:
            with self._text_encoder(shelf, options or {}, device, dtype) as pipe, torch.inference_mode():
                embed = partial(self.embed_seeing, seen=seen) if seen else self.embed
                return [embed(pipe, text, device=device) for text in missing]

        identity = {
            **({"seen": [file_key(Path(path)) for path in seen]} if seen else {}),
            "family": type(self).__name__,
            "algorithm": ALGORITHM,
            "encoder": catalogue.fingerprint(self.folder, self.text_parts),
            "dtype": str(dtype),
        }
        return prompts.remembered(texts, identity, catalogue.user_cache(prompts.FOLDER), compute)

    def steps_of(self, request: GenerateRequest) -> int:
        """Denoising steps of a request."""
        return request.steps or self.steps

    def call(
        self,
        pipe: Any,
        on_step: OnStep,
        total: int,
        watch: Callable[[torch.Tensor], None] | None = None,
        **arguments: Any,
    ) -> Any:
        """`pipe(**arguments)`, in which `on_step` is told of each step and may end it; the pipeline stays usable.

        watch: shown the latents after each step, for a pipeline that gives pictures or latents but not both.

        Raising from the callback leaves at once: a pipeline's own `_interrupt` goes on to decode. What diffusers does
        at the end of a whole call (offloaded parts, state of step caches) is then done here.
        """

        def after(_: Any, index: int, timestep: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
            if watch is not None:
                watch(kwargs["latents"])
            on_step(index + 1, total)
            return kwargs

        try:
            return pipe(**arguments, callback_on_step_end=after, callback_on_step_end_tensor_inputs=["latents"])
        except BaseException:
            pipe.maybe_free_model_hooks()
            raise

    def _load(self, options: dict[str, Any], device: torch.device, dtype: torch.dtype) -> Any:
        without = dict.fromkeys(self.text_parts)
        with reading(self.folder):
            arguments = {**without, **speed.loading(self, options, device, dtype)}
        pipe = self._from_pretrained(arguments, dtype)
        try:
            speed.settle(pipe, self, options, device, dtype)
        except NotImplementedError as error:  # diffusers leaves a weight that no file holds without memory
            raise UnavailableError(
                f"the weights in {self.folder} do not fill their configuration: fetch the model again ({error})"
            ) from error
        if self.tiled:
            pipe.vae.enable_tiling()
        return pipe

    def _text_encoder(
        self, shelf: Shelf, options: Mapping[str, Any], device: torch.device, dtype: torch.dtype
    ) -> AbstractContextManager[Any]:
        """A pipeline of the text parts; where weights wait in main memory, its layers come one by one."""
        import torch

        layered = speed.layered(options)
        kept = f"{self._stamped()} text in {dtype}{' by layers' if layered else ''}"

        def load() -> Any:
            pipe = self._load_text(torch.device("cpu") if layered else device, dtype)
            if layered:
                speed.arm_text(pipe, device)
            return pipe

        return shelf.lend(kept, speed.needs_of_text(self, options, device, dtype), load)

    def _load_text(self, device: torch.device, dtype: torch.dtype) -> Any:
        parts = [name for name, entry in self.index.items() if isinstance(entry, list) and name not in self.text_parts]
        pipe = self._from_pretrained(dict.fromkeys(parts), dtype)
        return pipe.to(device)

    def _from_pretrained(self, arguments: Mapping[str, Any], dtype: torch.dtype) -> Any:
        """UnavailableError where the parts cannot be read or weights are missing from them."""
        import torch

        kinds = {"default": dtype, **dict.fromkeys(self.float32_parts, torch.float32)}
        arguments = {**dict.fromkeys(self.unused_parts), **arguments}
        return opened(self.folder, self.loads_as or self.name, kinds, arguments)

    def _choose_sampler(self, pipe: Any, request: GenerateRequest) -> None:
        """A fresh scheduler for each request, so that nothing of the last one is left in it."""
        sampler = request.options.get("sampler")
        own = getattr(pipe, "_reelkit_scheduler", None) or pipe.scheduler
        pipe._reelkit_scheduler = own
        pipe.scheduler = fresh(own, self.samplers[sampler] if sampler else None)

    def _stamped(self) -> str:
        """The folder and the time of its writing: weights that were written anew are another model."""
        return f"{self.folder} ({catalogue.stamp(self.folder)[:8]})"

    def _parts(self, dtype: torch.dtype) -> dict[str, int]:
        """What is loaded beside the text parts, and bytes of a number in it; a folder may hold other weights too."""
        left_out = (*self.text_parts, *self.unused_parts)
        parts = [name for name, entry in self.index.items() if isinstance(entry, list) and name not in left_out]
        return {name: 4 if name in self.float32_parts else dtype.itemsize for name in parts}
