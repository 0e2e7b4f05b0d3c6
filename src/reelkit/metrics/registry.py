"""The metrics by name, gathered from the cards of all families. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reelkit.errors import UsageError
from reelkit.metrics.metric import Basis, Level, Metric

if TYPE_CHECKING:
    from reelkit.metrics.meters import Family

__all__ = [
    "BY_NAME",
    "FAMILIES",
    "FAMILY_OF",
    "METRICS",
    "Basis",
    "Level",
    "Listed",
    "Metric",
    "choose",
    "family",
    "licences",
    "listing",
]

FAMILIES: tuple[str, ...] = (
    "filmweaver",
    "technical",
    "complaints",
    "vbench",
    "vistorybench",
    "crossshot",
    "entities",
    "narration",
    "interaction",
    "physics",
    "identities",
    "moviebench",
    "sound",
    "distributions",
    "reconstruction",
    "scripts",
)
"""Packages of `reelkit.metrics`, in the order in which they are listed."""


def _cards(name: str) -> tuple[Metric, ...]:
    metrics: tuple[Metric, ...] = import_module(f"reelkit.metrics.{name}.card").METRICS
    return metrics


METRICS: tuple[Metric, ...] = tuple(metric for name in FAMILIES for metric in _cards(name))
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
FAMILY_OF: dict[str, str] = {metric.name: name for name in FAMILIES for metric in _cards(name)}

READY = frozenset({"encoder"})
"""Needs that are always met."""


@cache
def family(name: str) -> Family:
    """How a family measures; imports numpy and whatever the family needs."""
    found: Family = import_module(f"reelkit.metrics.{name}.meters").FAMILY
    return found


def choose(names: Iterable[str]) -> tuple[str, ...]:
    """Metric names in registry order for what the user asked: names, families, `ready`, `all` or `none`.

    `ready`, which is also what nothing means, is what needs no file that reelkit does not ship and is not dear. Raises
    UsageError on a name that is not in the registry.
    """
    asked = {part.strip() for name in names for part in name.split(",") if part.strip()} or {"ready"}
    if "none" in asked:
        if asked != {"none"}:
            raise UsageError("--metrics none stands alone: it only validates")
        return ()
    words = {*BY_NAME, *FAMILIES, "all", "ready"}
    for name in sorted(asked - words):
        near = get_close_matches(name, sorted(words), n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise UsageError(f"no metric or family called {name}{meant}; `reel score --list` prints the names")
    return tuple(m.name for m in METRICS if _asked(m, asked))


def _asked(metric: Metric, asked: set[str]) -> bool:
    if "all" in asked or metric.name in asked or FAMILY_OF[metric.name] in asked:
        return True
    return "ready" in asked and READY.issuperset(metric.needs) and not metric.dear


def licences(metric: Metric) -> str:
    """Under which licences the weights are that a metric needs, as their authors name them."""
    from reelkit.models.measuring.known import networks

    found = [networks()[need].licence for need in metric.needs if need in networks()]
    found += [f"the {need}'s own" for need in ("embedder", "judge") if need in metric.needs]
    return ", ".join(dict.fromkeys(found)) or "Apache-2.0"


class Listed(Metric, frozen=True, kw_only=True):
    """A metric as `reel score --list` prints it."""

    family: str
    licence: str
    """Of the weights it needs."""
    here: bool = True
    """Whether everything it needs is on this machine, or given."""


def listing(metrics: Sequence[Metric] = METRICS) -> list[Listed]:
    """The metrics with their families, and the licences of what they need."""
    return [
        Listed(**{name: getattr(m, name) for name in m.__struct_fields__}, family=FAMILY_OF[m.name], licence=licences(m))
        for m in metrics
    ]
