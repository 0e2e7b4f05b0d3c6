"""A training run: a folder with a checkpoint that is replaced atomically, and a log of figures a line."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn


class SettingError(ValueError):
    """A setting of a trainer that it cannot use."""


@dataclass
class Run:
    """`folder` holds checkpoint.pt (last state), log.jsonl (one line of figures each `log_every` steps)."""

    folder: Path
    steps: int
    save_seconds: float = 240.0
    log_every: int = 50
    step: int = 0
    seconds_before: float = 0.0
    _started: float = field(default_factory=time.monotonic)
    _saved: float = field(default_factory=time.monotonic)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def seconds(self) -> float:
        """Seconds of training so far, those before a resume included."""
        return self.seconds_before + time.monotonic() - self._started

    def resume(self, parts: Mapping[str, Any]) -> bool:
        """Load the parts (anything with `load_state_dict`) from the checkpoint, if there is one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.checkpoint.exists():
            return False
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        self.step, self.seconds_before = state["step"], state["seconds"]
        return True

    def save(self, parts: Mapping[str, Any], name: str = "checkpoint.pt") -> None:
        """Write the parts' state beside the old checkpoint, then take its place."""
        state = {key: part.state_dict() for key, part in parts.items()}
        state |= {"step": self.step, "seconds": self.seconds}
        fresh = self.folder / (name + ".part")
        torch.save(state, fresh)
        fresh.replace(self.folder / name)
        self._saved = time.monotonic()

    def iterate(self, parts: Mapping[str, Any]) -> Iterator[int]:
        """Step numbers up to `steps`; saves on the way and at the end."""
        while self.step < self.steps:
            yield self.step
            self.step += 1
            if time.monotonic() - self._saved > self.save_seconds:
                self.save(parts)
        self.save(parts)

    def log(self, **figures: float) -> None:
        """Append a line of figures to log.jsonl."""
        line = {"step": self.step, "seconds": round(self.seconds, 1)} | {
            k: round(v, 5) for k, v in figures.items()
        }
        with (self.folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")


class Average:
    """An exponential moving average of a network's parameters."""

    def __init__(self, network: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network; the decay warms up as (1 + step) / (10 + step)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in network.state_dict().items():
                if value.dtype.is_floating_point:
                    self.values[name].lerp_(value, 1 - decay)
                else:
                    self.values[name].copy_(value)

    def state_dict(self) -> dict[str, torch.Tensor]:
        return self.values

    def load_state_dict(self, values: dict[str, torch.Tensor]) -> None:
        for name, value in values.items():
            self.values[name].copy_(value)


def adamw(parameters: Iterable[nn.Parameter], peak: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW at `peak`, with weight decay on matrices and none on gains and biases."""
    known = list(parameters)
    decayed, plain = [p for p in known if p.ndim >= 2], [p for p in known if p.ndim < 2]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98))


class Muon:
    """Muon (Jordan 2024) for the matrices of a network's `blocks`, AdamW for all else.

    Muon's steps are scaled to the size of AdamW's (Liu et al., arXiv 2502.16982), times REACH.
    """

    REACH = 2.0

    def __init__(self, network: nn.Module, peak: float, weight_decay: float) -> None:
        inner = {name for name, p in network.named_parameters() if name.startswith("blocks.") and p.ndim == 2}
        matrices = [p for name, p in network.named_parameters() if name in inner]
        rest = [p for name, p in network.named_parameters() if name not in inner]
        self.inner = torch.optim.Muon(matrices, lr=peak, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
        self.outer = adamw(rest, peak, weight_decay)

    def set_rate(self, rate: float) -> None:
        """The learning rate of the next step."""
        for optimizer, share in ((self.inner, self.REACH), (self.outer, 1.0)):
            for group in optimizer.param_groups:
                group["lr"] = rate * share

    def step(self) -> None:
        """One step from the gradients at hand."""
        self.inner.step()
        self.outer.step()

    def zero_grad(self) -> None:
        """Drop the gradients."""
        self.inner.zero_grad(set_to_none=True)
        self.outer.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        return {"inner": self.inner.state_dict(), "outer": self.outer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.inner.load_state_dict(state["inner"])
        self.outer.load_state_dict(state["outer"])


def level_then_cosine(way: float, start: float, floor: float) -> float:
    """Share of the peak learning rate at `way` in [0, 1]: 1 until `start`, then a cosine down to `floor`."""
    if way < start:
        return 1.0
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, (way - start) / (1 - start))))


def one_cycle(step: int, steps: int, peak: float, warmup: int, floor: float = 0.01) -> float:
    """Learning rate: a linear warm-up over `warmup` steps, then a cosine to `floor` of the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * level_then_cosine((step - warmup) / max(1, steps - warmup), 0.0, floor)
