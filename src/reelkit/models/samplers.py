"""Schedulers made afresh for a request, of the checkpoint's own kind or of another with the same settings."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

EULER = {"euler": "FlowMatchEulerDiscreteScheduler"}
"""All that a family offers whose steps are laid out for this solver."""


def fresh(own: Any, kind: str | None) -> Any:
    """A scheduler in which nothing of an earlier request is left; `kind` is diffusers' class, None for its own."""
    if kind is None:
        return type(own).from_config(own.config)
    import diffusers

    made = getattr(diffusers, kind)
    known = signature(made).parameters
    settings = {**own.config, **_flow(own.config)}
    return made.from_config({name: value for name, value in settings.items() if name in known})


def _flow(config: Mapping[str, Any]) -> dict[str, Any]:
    """A flow scheduler's settings by all the names that diffusers has for them: each kind knows only its own."""
    flow = bool(config.get("use_flow_sigmas"))
    if not flow and "shift" not in config:
        return {}
    shift = config.get("flow_shift" if flow else "shift", 1.0)
    return {"shift": shift, "flow_shift": shift, "use_flow_sigmas": True, "prediction_type": "flow_prediction"}
