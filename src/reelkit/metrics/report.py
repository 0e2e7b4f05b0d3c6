"""Scores as cells for the terminal; the page and the other formats are in `reporting`."""

from reelkit.metrics.reporting.tables import Measured, measured, table

__all__ = ["Measured", "measured", "table"]
