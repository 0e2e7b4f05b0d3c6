"""Step caches: what one denoising step reuses of the last, for one request, and then taken off again.

First-block cache (ParaAttention), TaylorSeer (arXiv 2503.06923) and MagCache (arXiv 2506.09045), as in diffusers 0.42.
Which of them is sound where was read in the pipelines' sources: an unsound pair raises no error, it draws wrong pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import files
from reelkit.models.speed.denoisers import denoisers, given, loaded

if TYPE_CHECKING:
    from reelkit.models.diffusion import PipelineFamily
    from reelkit.models.requests import GenerateRequest

OPTION = "step_cache"
FBC, TAYLOR, MAG = "fbc", "taylorseer", "magcache"
FORMS = (f"{FBC}[:THRESHOLD]", f"{TAYLOR}[:INTERVAL]", f"{MAG}:RATIOS.json[:THRESHOLD]")
THRESHOLDS = {FBC: 0.05, MAG: 0.06}
"""diffusers' own."""
INTERVAL = 5
WARM_UP = 3
"""Steps that TaylorSeer computes before it foretells one."""

NO_CONTEXT = "its pipeline does not tell the cache which pass it is in, so the two of a guided step would share one"
UNKNOWN_BLOCKS = "diffusers does not know what its blocks return, and so cannot skip them"
NO_CACHES = "diffusers has no step caches for it"
HINTS = (
    "the hints of its control are added between blocks, and what a skipped step reuses holds them already: they would "
    "count twice"
)
SECTIONS = "its sections run in one call, and what is kept of one would be reused in the next"
SEQUENCE = "its sequence is another after the first step"
TAIL = "its last block returns another form than its first, and the cache of a first block fails on it"
WAN = (r"blocks\.\d+\.(attn1|attn2|ffn)",)
"""TaylorSeer's default names match no attention that ends in a digit, and it says nothing of it."""
NUMBERED = (r"transformer_blocks\.\d+\.attn\d",)
ANY = (r"transformer_blocks\.\d+\.\w*attn\d?",)


class Sound(NamedTuple):
    """Which caches are sound for a pipeline; a text says why one is not.

    taylor: names of the modules that TaylorSeer foretells, empty for its default.
    """

    fbc: str = ""
    mag: str = ""
    taylor: str | tuple[str, ...] = ()


def _none(why: str) -> Sound:
    return Sound(why, why, why)


PIPELINES = {
    "CogVideoXPipeline": Sound(taylor=NUMBERED),
    "CogVideoXImageToVideoPipeline": Sound(taylor=NUMBERED),
    "Flux2KleinPipeline": Sound(fbc=TAIL),
    "Flux2KleinKVPipeline": _none(SEQUENCE),
    "Flux2Pipeline": _none(NO_CONTEXT),
    "FluxKontextPipeline": _none(NO_CONTEXT),
    "HeliosPipeline": _none(SECTIONS),
    "HeliosPyramidPipeline": _none(SECTIONS),
    "HunyuanVideo15Pipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS),
    "HunyuanVideo15ImageToVideoPipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS),
    "HunyuanVideoFramepackPipeline": _none(SECTIONS),
    "HunyuanVideoImageToVideoPipeline": _none(NO_CONTEXT),
    "HunyuanVideoPipeline": Sound(),
    "LTXPipeline": Sound(taylor=NUMBERED),
    "LTXConditionPipeline": Sound(taylor=NUMBERED),
    "LTXImageToVideoPipeline": Sound(taylor=NUMBERED),
    "LTX2Pipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS, ANY),
    "LTX2ImageToVideoPipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS, ANY),
    "LTX2ConditionPipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS, ANY),
    "MochiPipeline": Sound(taylor=NUMBERED),
    "QwenImagePipeline": Sound(),
    "QwenImageEditPipeline": Sound(),
    "QwenImageEditPlusPipeline": Sound(),
    "SanaVideoPipeline": _none(NO_CACHES),
    "SanaImageToVideoPipeline": _none(NO_CACHES),
    "SkyReelsV2DiffusionForcingPipeline": _none(SECTIONS),
    "SkyReelsV2DiffusionForcingImageToVideoPipeline": _none(SECTIONS),
    "SkyReelsV2DiffusionForcingVideoToVideoPipeline": _none(SECTIONS),
    "SkyReelsV2Pipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS, WAN),
    "SkyReelsV2ImageToVideoPipeline": Sound(UNKNOWN_BLOCKS, UNKNOWN_BLOCKS, WAN),
    "StableDiffusionXLPipeline": _none(NO_CACHES),
    "WanPipeline": Sound(taylor=WAN),
    "WanImageToVideoPipeline": Sound(taylor=WAN),
    "WanVACEPipeline": Sound(fbc=HINTS, mag=HINTS, taylor=WAN),
    "ZImagePipeline": _none(NO_CACHES),
}


class Cache(NamedTuple):
    """kind: one of the three. amount: its threshold or interval. ratios: MagCache's file."""

    kind: str
    amount: float
    ratios: Path | None = None


def parsed(text: str) -> Cache:
    """RecordError for what is none of the forms."""
    kind, colon, rest = text.partition(":")
    found = files.named(OPTION, text)
    if kind == MAG and found is not None and found.path:
        threshold = THRESHOLDS[MAG] if found.number is None else found.number
        if threshold <= 0:
            raise RecordError(f"--step-cache {text}: {threshold:g} is not more than 0; give one of {', '.join(FORMS)}")
        return Cache(MAG, threshold, Path(found.path))
    if kind == MAG:
        raise RecordError(
            "magcache needs the magnitudes of this very checkpoint, which diffusers' MagCacheConfig(calibrate=True) "
            "prints: write them to a file as a JSON list and give magcache:FILE"
        )
    try:
        if kind == FBC:
            return Cache(FBC, _within(float(rest) if colon else THRESHOLDS[FBC], 0.0))
        if kind == TAYLOR:
            return Cache(TAYLOR, _within(int(rest) if colon else INTERVAL, 1))
    except ValueError as error:
        raise RecordError(f"--step-cache {text}: {error}; give one of {', '.join(FORMS)}") from error
    raise RecordError(f"there is no step cache {text!r}: give one of {', '.join(FORMS)}")


def keyed(text: str) -> str:
    """The text as it counts in a key: with its number, and ratios by their content."""
    try:
        cache = parsed(text)
    except RecordError:
        return text
    if cache.ratios is not None:
        return files.keyed(OPTION, f"{MAG}:{cache.ratios}:{cache.amount!r}")
    return f"{cache.kind}:{cache.amount!r}"


def refuse(family: PipelineFamily, request: GenerateRequest) -> None:
    """RecordError for a cache that would draw wrong pictures of this model, with the reason."""
    text = given(request.options, OPTION)
    if not text:
        return
    cache = parsed(text)
    sound = PIPELINES.get(family.name)
    if sound is None:
        raise RecordError(f"nobody has checked step caches with a {family.name}: leave --step-cache out")
    why = {FBC: sound.fbc, MAG: sound.mag, TAYLOR: sound.taylor}[cache.kind]
    if isinstance(why, str) and why:
        others = [name for name, each in ((FBC, sound.fbc), (TAYLOR, sound.taylor)) if not isinstance(each, str) or not each]
        raise RecordError(f"no {cache.kind} for a {family.name}: {why}. {_instead(others)}")
    if cache.kind == MAG:
        if len(denoisers(family)) > 1:
            raise RecordError(
                "no magcache for a model of two experts: its magnitudes are counted from the first step of a whole run, "
                f"and the second expert begins in its middle. {_instead([FBC, TAYLOR])}"
            )
        _ratios(cache)
    whole = WARM_UP * len(denoisers(family))  # each expert counts its own
    if cache.kind == TAYLOR and family.steps_of(request) <= whole:
        raise RecordError(
            f"taylorseer computes the first {whole} steps whole, so {family.steps_of(request)} gain nothing: give more "
            "--steps, or leave --step-cache out"
        )


@contextmanager
def stepping(pipe: Any, family: PipelineFamily, request: GenerateRequest) -> Iterator[None]:
    """Run the block with the cache on every part that runs once a step, and without it afterwards."""
    text = given(request.options, OPTION)
    with ExitStack() as on:
        if text:
            for model in loaded(pipe, family).values():
                on.enter_context(_enabled(model, _config(parsed(text), family, request, model)))
        yield


@contextmanager
def _enabled(model: Any, config: Any) -> Iterator[None]:
    try:
        model.enable_cache(config)
        yield
    finally:
        model._cache_config = config  # of one that failed half-way the hooks would stay
        model.disable_cache()


def _config(cache: Cache, family: PipelineFamily, request: GenerateRequest, model: Any) -> Any:
    import diffusers

    if cache.kind == FBC:
        return diffusers.FirstBlockCacheConfig(threshold=cache.amount)
    if cache.kind == MAG:
        return diffusers.MagCacheConfig(
            threshold=cache.amount, num_inference_steps=family.steps_of(request), mag_ratios=_ratios(cache)
        )
    names = PIPELINES[family.name].taylor
    return diffusers.TaylorSeerCacheConfig(
        cache_interval=int(cache.amount),
        disable_cache_before_step=WARM_UP,
        taylor_factors_dtype=model.dtype,
        cache_identifiers=list(names) or None,
    )


def _ratios(cache: Cache) -> list[float]:
    try:
        found: list[float] = msgspec.json.decode(Path(cache.ratios or "").read_bytes(), type=list[float])
    except (OSError, msgspec.DecodeError) as error:
        raise UnavailableError(f"--step-cache {MAG}:{cache.ratios} is no JSON list of ratios: {error}") from error
    if not found:
        raise UnavailableError(f"--step-cache {MAG}:{cache.ratios} is empty: give a ratio for each step")
    return found


def _within(number: float, low: float) -> float:
    if not isfinite(number) or number <= low:
        raise ValueError(f"{number:g} is not more than {low:g}")
    return number


def _instead(others: list[str]) -> str:
    return f"Give {' or '.join(others)}, or leave --step-cache out" if others else "Leave --step-cache out"
