"""The parts of a checkpoint that run once a step: which they are, and what diffusers' classes of them can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reelkit.models.diffusion import PipelineFamily


def denoisers(family: PipelineFamily) -> dict[str, str]:
    """Name of each part that runs once a step, to diffusers' class of it."""
    return {part: str(family.index[part][1]) for part in family.denoisers if family.has(part)}


def loaded(pipe: Any, family: PipelineFamily) -> dict[str, Any]:
    """The same parts of a loaded pipeline."""
    parts = {part: getattr(pipe, part, None) for part in denoisers(family)}
    return {part: model for part, model in parts.items() if model is not None}


def kind(name: str) -> Any:
    """diffusers' class by name, None where the installed version has none."""
    import diffusers

    return getattr(diffusers, name, None)


def given(options: Mapping[str, Any], name: str) -> str:
    """An option's text, empty where it is not given."""
    return str(options.get(name) or "")
