"""The catalogue's data: models known by name, and where their weights would be on this machine. Fetches nothing."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from reelkit.errors import UnavailableError
from reelkit.models.requests import FrameRule, ModelCard

DATA = Path(__file__).with_name("catalogue.toml")
HALF = 2
"""Bytes of a weight in half precision, in which the models are published."""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of `catalogue.toml`, whose head explains the fields."""

    repository: str
    pipeline: str
    modes: tuple[int, ...]
    denoiser: float
    licence: str
    layers: int
    width: int
    text: float = 0.0
    experts: int = 1
    makes: Literal["clips", "stills"] = "clips"
    sound: bool = False
    space: int = 16
    time: int = 4
    passes: int = 2
    steps: int = 50
    fps: float = 16.0
    window: int = 81
    """Frames of one call."""
    repeats: int = 0
    """Of these, what an extension repeats of the past."""
    references: int = 0
    download: float | None = None
    """GB that the hub lists; None: not looked up, about what the weights take in half precision."""

    @property
    def download_gb(self) -> float:
        """GB to fetch, about."""
        return self.download or (self.denoiser * self.experts + self.text) * HALF + 0.5

    def card(self, name: str) -> ModelCard:
        """What a forecast needs to know of it before it is fetched; its folder says the rest."""
        window = 1 if self.makes == "stills" else self.window
        later = max(1, (window - max(1, self.repeats)) // self.time * self.time)
        return ModelCard(
            name=name,
            fps=self.fps,
            frame_rule=FrameRule(multiple=self.time, offset=1),
            chunk_frames=(window, later),
            modes=self.modes,
            max_references=self.references,
            repeats=self.repeats,
            multiple=self.space,
            clips=self.makes == "clips",
            stills=self.makes == "stills" or 1 in self.modes,
            sound=self.sound,
        )


@cache
def known() -> Mapping[str, Known]:
    """Every model that the catalogue names, by name."""
    return msgspec.convert(tomllib.loads(DATA.read_text("utf-8")), dict[str, Known])


def hub_cache() -> Path:
    """Where the Hugging Face hub's client keeps what it fetched: `HF_HUB_CACHE`, `HF_HOME/hub`, `~/.cache/huggingface/hub`."""
    if given := os.environ.get("HF_HUB_CACHE"):
        return Path(given).expanduser()
    home = os.environ.get("HF_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return Path(home).expanduser() / "hub"


def snapshot(repository: str) -> Path | None:
    """The folder of a repository's newest fetched revision, None where there is none."""
    folder = hub_cache() / f"models--{repository.replace('/', '--')}"
    try:
        revision = (folder / "refs" / "main").read_text().strip()
    except OSError:
        revision = ""
    found = folder / "snapshots" / revision
    if revision and found.is_dir():
        return found
    others = sorted((folder / "snapshots").glob("*"), key=lambda path: path.stat().st_mtime)
    return others[-1] if others else None


def revision_of(folder: Path) -> str | None:
    """The hub's revision of a folder that its client fetched, 40 hex digits; None for any other folder."""
    name = folder.name
    inside = folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--")
    return name if inside and len(name) == 40 and set(name) <= set("0123456789abcdef") else None


def missing(name: str, entry: Known) -> UnavailableError:
    """What to say of a known model that is not here: where it was looked for, how to get it, under which terms."""
    offline = next((v for v in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if os.environ.get(v, "0") not in ("", "0")), "")
    unset = f" ({offline} is set here: take it away for that)" if offline else ""
    return UnavailableError(
        f"model {name!r} is not here: {entry.repository} was looked for in {hub_cache()}. Get it with "
        f"`hf download {entry.repository}`{unset}, about {entry.download_gb:.0f} GB under the licence {entry.licence}; or "
        "give a folder of its weights with --model PATH. Nothing is fetched by itself"
    )
