"""The verbs by name; a verb's file is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from reelkit.cli.spec import Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

NAMES = (
    "plan",
    "keyframes",
    "shot",
    "extend",
    "score",
    "assemble",
    "merge",
    "status",
    "why",
    "clean",
    "models",
    "serve",
    "schema",
)


def spec(name: str) -> Verb:
    """What verb `name` looks like from outside."""
    verb: Verb = import_module(f"reelkit.cli.verbs.{name}").VERB
    return verb


def runner(name: str) -> Callable[[Call], int]:
    """The function that runs verb `name` and returns its exit status."""
    run: Callable[[Call], int] = import_module(f"reelkit.cli.verbs.{name}").run
    return run


def every() -> Iterator[Verb]:
    """Every verb in the order of help."""
    return map(spec, NAMES)
