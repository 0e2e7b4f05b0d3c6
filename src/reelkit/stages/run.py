"""What one run of a generating stage holds: the maker of outputs, the shot cache, the settled options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from reelkit.errors import RecordError, UnavailableError
from reelkit.manifest.records import Beat, Shot
from reelkit.media.keys import chunk_seed
from reelkit.stages.chunking import FrameGrid
from reelkit.stages.making import Inputs, Maker, Planned
from reelkit.stages.memory import EmbeddingMemory
from reelkit.stages.options import StageOptions
from reelkit.stages.progress import SILENT, Progress
from reelkit.stages.requests import OutputRequest, composed, settled, weights_keys
from reelkit.stages.retrieval import ShotCache

if TYPE_CHECKING:
    from reelkit.manifest.records import Movie, Take
    from reelkit.models import ModelCard, Models


class Plan(msgspec.Struct, frozen=True):
    """Runs a stage without generating. report: told of every output asked for. stand_in: see `ShotCache`.

    doubt: told of a take whose pick is a guess.
    standing: ask only for outputs of which the manifest holds an earlier version.
    """

    report: Callable[[Planned], None]
    stand_in: Callable[[str], str | None]
    doubt: Callable[[Take], None]
    standing: bool = False


class Setup(msgspec.Struct, frozen=True):
    """A shot's options settled, and what they mean for the model that draws it."""

    movie: Movie
    options: StageOptions
    card: ModelCard
    width: int
    height: int
    fps: float
    grid: FrameGrid

    @property
    def references(self) -> int:
        """How many stills the shot cache holds: K, or what the model can take."""
        return max(0, min(self.options.top_k, self.card.max_references))

    def seed(self, owner: str, take: int, chunk: int) -> int:
        """48 bits; `owner` is a shot's id, or a name no shot can have for what is no shot's chunk."""
        film = self.movie.seed if self.options.seed is None else self.options.seed
        return chunk_seed(film, self.movie.id, owner, take, chunk)

    def request(
        self,
        output: Literal["still", "chunk"],
        text: str,
        seed: int,
        frames: int = 1,
        references: Sequence[str] = (),
        start: str | None = None,
        parent: str | None = None,
        match: bool = False,
    ) -> OutputRequest:
        """The canonical request; everything not passed in is the options'."""
        options = self.options
        return OutputRequest(
            output=output,
            revision=self.card.revision,
            prompt=composed(self.movie, text),
            negative_prompt=options.negative_prompt,
            width=self.width,
            height=self.height,
            frames=frames,
            fps=self.fps,
            seed=seed,
            steps=options.steps,
            guidance=options.guidance,
            sampler=options.sampler,
            dtype=options.dtype,
            **weights_keys(options),
            references=tuple(references),
            start=start,
            parent=parent,
            match=match,
        )

    def inputs(
        self, references: Sequence[Path] = (), history: Sequence[Path] = (), start: Path | None = None
    ) -> Inputs:
        """The files behind a request."""
        return Inputs(
            model=self.options.model,
            references=tuple(references),
            history=tuple(history),
            start=start,
            options=self.options,
        )


class StageRun:
    """One run of one stage."""

    def __init__(
        self,
        stage: str,
        options: StageOptions,
        models: Models,
        progress: Progress | None,
        plan: Plan | None = None,
    ) -> None:
        self.stage = stage
        self.options = options
        self.models = models
        self.progress = progress or SILENT
        if plan is None and options.dry_run:
            plan = Plan(self._would, lambda key: None, lambda take: None)
        self.plan = plan
        self.maker = Maker(stage, options, models, self.progress, None if plan is None else plan.report)
        self.store = self.maker.store
        self._cache: ShotCache | None = None

    def setup(self, movie: Movie, shot: Shot | None, role: Literal["video", "image"]) -> Setup:
        """Options with the shot's `with` over them, and the model's answer to them."""
        options = settled(self.options, shot.with_ if shot is not None else {})
        card = self._card(options.model, role)
        width, height = card.size(movie.width, movie.height)
        fps = card.fps or movie.fps
        return Setup(movie, options, card, width, height, fps, frame_grid(card))

    def _card(self, model: str, role: Literal["video", "image"]) -> ModelCard:
        """The model's card; one that only this shot's `with` names is this shot's error where it is not there."""
        try:
            return self.models.describe(model, role)
        except UnavailableError as missing:
            if model == self.options.model:
                raise
            raise RecordError(f"`with.model`: {missing}") from missing

    def cache(self, movie: str) -> ShotCache:
        """The shot cache of the film in hand; that of another film is let go."""
        if self._cache is None or self._cache.movie != movie:
            memory = EmbeddingMemory(self.models, self.options.encoder, self.store, movie)
            stand_in = None if self.plan is None else self.plan.stand_in
            self._cache = ShotCache(movie, self.store, memory, stand_in)
        return self._cache

    def observe(self, shot: Shot, *, foreign: bool) -> None:
        """Let later shots see this one."""
        self.cache(shot.movie).add(shot, foreign=foreign)

    def _would(self, planned: Planned) -> None:
        if not planned.committed or self.options.force:
            text = f"would make {planned.output} of {planned.movie}/{planned.shot} ({planned.key[:12]})"
            self.progress.note("info", text)


def frame_grid(card: ModelCard) -> FrameGrid:
    """The lengths a model can make, from its card."""
    first, later = card.chunk_frames
    return FrameGrid(first=first, later=later, opens=card.frame_rule, grows=card.growth, reach=card.reach)


def beats_of(shot: Shot) -> Sequence[Beat]:
    """The beats that tile the shot; a shot without any is one beat of its own prompt."""
    beats = shot.beats or [Beat(prompt=shot.prompt, seconds=shot.seconds)]
    return [beat if beat.prompt else msgspec.structs.replace(beat, prompt=shot.prompt) for beat in beats]


def query(shot: Shot) -> str:
    """What the shot cache is asked for: the shot's prompt as written, without the style all stills share."""
    return shot.prompt or beats_of(shot)[0].prompt


def require_prompt(shot: Shot) -> None:
    """A shot that says nothing cannot be drawn."""
    if not query(shot).strip():
        raise RecordError("it has neither a prompt nor a beat with one; write one, or run `reel plan` again")
