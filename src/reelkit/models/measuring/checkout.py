"""Networks whose only code is their authors': imported from a clone of their repository that the user has fetched."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


def import_from(clone: Path, module: str) -> ModuleType:
    """A module of a package in the clone, without running the `__init__` of the packages above it.

    Those import what the network itself does not need. Raises ImportError where the module or what it needs is not there.
    """
    parents = module.split(".")[:-1]
    for depth in range(1, len(parents) + 1):
        name, folder = ".".join(parents[:depth]), clone.joinpath(*parents[:depth])
        if not folder.is_dir():
            raise ImportError(f"{folder} is not there")
        if name not in sys.modules:
            package = ModuleType(name)
            package.__path__ = [str(folder)]
            sys.modules[name] = package
    return import_module(module)
