"""Opening a folder of weights by diffusers: from disk alone, without bars, and with errors that name the folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reelkit.errors import UnavailableError


def opened(folder: Path, kind: str, dtypes: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
    """The pipeline that diffusers' class `kind` makes of a folder; UnavailableError where it cannot be read.

    dtypes: by part, and `default`. arguments: parts that are given, or None for those that are left out.
    """
    import diffusers

    with reading(folder):
        pipe = getattr(diffusers, kind).from_pretrained(
            folder, dtype=dict(dtypes), local_files_only=True, use_safetensors=True, **arguments
        )
    pipe.set_progress_bar_config(disable=True)
    return pipe


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """What fails in the block becomes an UnavailableError about the folder; no bars are drawn."""
    import diffusers
    from safetensors import SafetensorError

    diffusers.utils.logging.disable_progress_bar()
    no_bars()
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        raise UnavailableError(f"the weights in {folder} cannot be loaded: {error}") from error


def no_bars() -> None:
    """transformers draws a bar for every model that it loads, on a terminal or not."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
