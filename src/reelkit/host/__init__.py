"""The host: one process that holds the models of all stages of a pipe. Importing this package imports no torch."""

from __future__ import annotations

from reelkit.host.client import HostedModels

__all__ = ["HostedModels"]
