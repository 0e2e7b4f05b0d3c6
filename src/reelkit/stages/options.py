"""Options of the stages that generate, as values: the CLI fills them, Python users may too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from reelkit.models.speed.offload import Offload

if TYPE_CHECKING:
    from reelkit.manifest.shards import Selection


def never() -> bool:
    """The default `should_stop`: go on."""
    return False


class StageOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What keyframes, shot and extend share. Fields that change a picture are part of every key."""

    media: Path = Path("media")
    """The media folder: every path in the manifest is relative to it."""
    model: str = "embedded"
    """Name or path of the model that draws."""
    encoder: str | None = None
    """Text-and-image encoder of the shot cache; None is the catalogue's default."""
    seed: int | None = None
    """Replaces the movie's seed."""
    steps: int | None = None
    """Denoising steps; None is the model's default."""
    guidance: float | None = None
    """Classifier-free guidance; None is the model's default."""
    negative_prompt: str = ""
    sampler: str | None = None
    """Sampler by name; None is the model's default."""
    dtype: str = "auto"
    quantisation: str | None = None
    """How the weights are quantised; a GGUF file counts by its content."""
    step_cache: str | None = None
    """What a denoising step reuses of the last."""
    lora: tuple[str, ...] = ()
    """LoRA files, `[PART=]PATH[:STRENGTH]`, in order; a file counts by its content."""
    offload: Offload = "none"
    """What of the weights waits in main memory; changes no picture, and is no part of a key."""
    attention: str | None = None
    """The kernel that computes attention; part of a key where it is lossy."""
    compile: bool = False
    """Compile the model's blocks; no part of a key."""
    context_parallel: int = 1
    """Processes that share each picture's computation; no part of a key."""
    top_k: int = 3
    """Size of the shot cache; 0 works without one."""
    selection: Selection | None = None
    """Which shots are this process's own (`--only`, `--shard`); None is all."""
    force: bool = False
    """Make again what is already there."""
    fail_fast: bool = False
    """Raise at the first wrong record instead of letting it travel on with its error."""
    dry_run: bool = False
    """Generate nothing; say through `progress.note` what would be made. Records pass unchanged."""
    should_stop: Callable[[], bool] = never
    """Asked between outputs; true ends the stage with `StoppedError` once the one in hand is committed."""


class KeyframesOptions(StageOptions, frozen=True, kw_only=True):
    """`reel keyframes`."""

    per_shot: int = 1
    """Stills a shot: the first is its start, the last of several its end, those between are references."""
    from_clips: bool = False
    """Take the stills from the picked take instead of drawing them."""
    portraits: bool = False
    """Draw one portrait for each character that has none."""


class ShotOptions(StageOptions, frozen=True, kw_only=True):
    """`reel shot`."""

    takes: int = 1
    """Attempts at each shot; of several the best by prompt and cache similarity is picked at once."""
    retry_until_pass: int = 0
    """Rounds of `takes` more attempts for a shot none of whose takes passed its gate; 0: none."""
    gates: tuple[str, ...] = ()
    """Thresholds that first chunks are held to at once; without them, the verdicts in the manifest count."""
    weights: Path | None = None
    """Folder of the files that gated metrics need; None is the user's."""


class ExtendOptions(StageOptions, frozen=True, kw_only=True):
    """`reel extend`."""

    seconds: float | None = None
    """Go on for so many seconds past the plan; with `prompt` and None, for one chunk."""
    prompt: str | None = None
    """Go on under this prompt once the plan is filled; the shot's plan gains a beat."""
    all_takes: bool = False
    """Grow every take, not only the picked one."""
    match: Literal["on", "off"] = "on"
    """Carry colour and contrast over joins."""
    anchor: int = 0
    """Every so many extensions, show the model the shot's own opening beside its shot cache; 0: never."""


class WhyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`reel why`: the options each stage would run with now."""

    keyframes: KeyframesOptions = KeyframesOptions()
    shot: ShotOptions = ShotOptions()
    extend: ExtendOptions = ExtendOptions()
    shots: tuple[str, ...] = ()
    """Globs of shot ids (or `movie/shot`); empty is every shot."""


class CleanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`reel clean`."""

    media: Path = Path("media")
    delete: bool = False
    """`--yes`: delete; otherwise only list."""
    min_age_seconds: float = 3600.0
    """Leave alone what changed later than this ago (unfinished `.part` files: at least an hour)."""


SEED_MAX = 2**53 - 1
"""The largest whole number that every JSON tool keeps."""

OVERRIDES: dict[str, Any] = {
    "model": str,
    "steps": Annotated[int, Meta(ge=1)],
    "guidance": Annotated[float, Meta(ge=0)],
    "negative_prompt": str,
    "sampler": str,
    "seed": Annotated[int, Meta(ge=0, le=SEED_MAX)],
    "top_k": Annotated[int, Meta(ge=0)],
    "quantisation": str | None,
    "step_cache": str | None,
    "lora": tuple[str, ...],
    "offload": Offload,
    "attention": str | None,
}
"""What a shot's `with` may set, and the type and bounds of each; the flags have the same bounds."""
