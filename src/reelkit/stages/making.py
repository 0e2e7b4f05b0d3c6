"""One rule for every output: its key exists, so it is reused; else it is made and committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reelkit.errors import RecordError, ReelError, StoppedError, UnreadableError
from reelkit.media.atomic import commit, is_committed, make_folder, read_sidecar
from reelkit.media.store import MediaStore
from reelkit.models import GenerateRequest, files
from reelkit.stages.options import StageOptions
from reelkit.stages.progress import Progress
from reelkit.stages.requests import OutputRequest

if TYPE_CHECKING:
    from reelkit.models import Models

STILL_SUFFIX = ".png"
CHUNK_SUFFIX = ".mp4"
LATENT_SUFFIX = ".safetensors"


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """The files behind a request's keys, which are no part of the key."""

    model: str
    references: Sequence[Path] = ()
    history: Sequence[Path] = ()
    """Latents of the parent chunks that the model can see, oldest first."""
    start: Path | None = None
    options: StageOptions = StageOptions()
    """How the weights are loaded and run, files by their paths; the key holds contents, and what shows in pictures."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An output that stands on disk, or in a plan one that would."""

    key: str
    path: Path
    frames: int
    fps: float
    width: int
    height: int
    wall_seconds: float = 0.0
    peak_memory: int = 0


REPLY = ("frames", "fps", "width", "height", "wall_seconds", "peak_memory")
"""What of an output the sidecar keeps besides its request."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An output that a run would ask for now, as a plan reports it."""

    movie: str
    shot: str
    stage: str
    output: str
    key: str
    request: OutputRequest
    old_key: str | None
    """What stands in the manifest in its place."""
    committed: bool
    """Whether it is on disk already."""
    certain: bool
    """False where what it looks at had to be guessed."""


class Maker:
    """Makes outputs for one run of one stage.

    plan: given, nothing is generated: every output asked for is handed to it, and `make` answers as if it
    had been made.
    """

    def __init__(
        self,
        stage: str,
        options: StageOptions,
        models: Models,
        progress: Progress,
        plan: Callable[[Planned], None] | None = None,
    ) -> None:
        self.stage = stage
        self.models = models
        self.progress = progress
        self.store = MediaStore(options.media)
        self.plan = plan
        self._should_stop = options.should_stop
        self._force = options.force
        self._dry = options.dry_run

    def check_stop(self) -> None:
        """Raise `StoppedError` if the run was asked to stop; called only where nothing is half done."""
        if self._should_stop():
            raise StoppedError(f"{self.stage} was asked to stop; run the same command again to go on")

    def make(
        self,
        request: OutputRequest,
        inputs: Inputs,
        *,
        movie: str,
        shot: str,
        output: str,
        old_key: str | None = None,
        certain: bool = True,
        place: dict[str, Any] | None = None,
    ) -> Made:
        """The output of this request: the one on disk if it is committed, else a new one.

        output: what it is to the reader (`take 0 chunk 1`). old_key: what stands in the manifest in its
        place. certain: see `Planned`. place: where it belongs, kept in the sidecar beside the request and no
        part of the key.
        """
        key = request.key
        still = request.output == "still"
        path = self.store.path_for(movie, shot, key, STILL_SUFFIX if still else CHUNK_SUFFIX)
        made = None if self._force else self.committed(path, chunk=not still)
        if self._dry and made is None:
            self.models.check(_asked(request, inputs, path))
        if self.plan is not None:
            planned = Planned(
                movie=movie,
                shot=shot,
                stage=self.stage,
                output=output,
                key=key,
                request=request,
                old_key=old_key,
                committed=made is not None,
                certain=certain,
            )
            self.plan(planned)
        if made is not None:
            return made
        if self.plan is not None:
            return Made(
                key=key,
                path=path,
                frames=request.frames,
                fps=request.fps,
                width=request.width,
                height=request.height,
            )
        self.check_stop()
        self.progress.shot(f"{movie}/{shot}", output)
        return self._generate(request, inputs, path, place or {})

    def committed(self, path: Path, *, chunk: bool) -> Made | None:
        """The output at `path` if its sidecar and every file that belongs to it are there."""
        if not is_committed(path):
            return None
        if chunk and not path.with_suffix(LATENT_SUFFIX).is_file():
            return None
        try:
            reply = read_sidecar(path)["reply"]
            return Made(key=path.stem, path=path, **{name: reply[name] for name in REPLY})
        except (ReelError, KeyError, TypeError):
            return None

    def _generate(self, request: OutputRequest, inputs: Inputs, path: Path, place: dict[str, Any]) -> Made:
        for file in (*inputs.references, *inputs.history, *([inputs.start] if inputs.start else [])):
            if not file.is_file():
                raise RecordError(f"{file} is missing: put it back, or run the stage that made it again")
        make_folder(path.parent)
        reply = self.models.generate(_asked(request, inputs, path), self.progress.step)
        if not path.is_file():
            raise UnreadableError(f"{inputs.model} wrote no {path.name}; the model is at fault, try another")
        if (reply.frames, reply.width, reply.height) != (request.frames, request.width, request.height):
            raise ReelError(
                f"{inputs.model} made {reply.frames} frames of {reply.width}x{reply.height} and was asked "
                f"for {request.frames} of {request.width}x{request.height}; its catalogue entry is wrong"
            )
        made = Made(
            key=path.stem,
            path=path,
            frames=reply.frames,
            fps=request.fps,
            width=reply.width,
            height=reply.height,
            wall_seconds=reply.wall_seconds,
            peak_memory=reply.peak_memory,
        )
        facts = {name: getattr(made, name) for name in REPLY}
        commit(
            path,
            {**place, "model": inputs.model, "request": msgspec.to_builtins(request), "reply": facts},
        )
        return made


def _asked(request: OutputRequest, inputs: Inputs, path: Path) -> GenerateRequest:
    """The request as the loader takes it: files in the place of keys."""
    return GenerateRequest(
        model=inputs.model,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        width=request.width,
        height=request.height,
        frames=request.frames,
        seed=request.seed,
        steps=request.steps,
        guidance=request.guidance,
        references=[str(reference) for reference in inputs.references],
        history=[str(latents) for latents in inputs.history],
        start=None if inputs.start is None else str(inputs.start),
        out=str(path.with_suffix("")),
        still=request.output == "still",
        options=_extras(request, inputs),
    )


def _extras(request: OutputRequest, inputs: Inputs) -> dict[str, Any]:
    """What of a request has no field of its own in `GenerateRequest`."""
    extras = {
        "fps": request.fps,
        "match": request.match or None,
        "sampler": request.sampler,
        "dtype": None if request.dtype == "auto" else request.dtype,
        **_weights(inputs.options),
    }
    return {name: value for name, value in extras.items() if value is not None}


def _weights(options: StageOptions) -> dict[str, Any]:
    """How the weights are loaded and run, with absolute paths; None where nothing is asked for."""
    here = Path().absolute()
    return {
        "quantisation": options.quantisation and files.located("quantisation", options.quantisation, here),
        "step_cache": options.step_cache and files.located("step_cache", options.step_cache, here),
        "lora": [files.located("lora", name, here) for name in options.lora] or None,
        "offload": None if options.offload == "none" else options.offload,
        "attention": options.attention,
        "compile": options.compile or None,
        "context_parallel": options.context_parallel if options.context_parallel > 1 else None,
    }
