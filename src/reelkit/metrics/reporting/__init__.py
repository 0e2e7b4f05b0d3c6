"""The comparison people look at: one HTML page, and tables as CSV, JSON and LaTeX, from scored manifests."""

from reelkit.metrics.reporting.collecting import Collector, Run
from reelkit.metrics.reporting.formats import formatted
from reelkit.metrics.reporting.options import ReportOptions
from reelkit.metrics.reporting.page import write_report

__all__ = ["Collector", "ReportOptions", "Run", "formatted", "write_report"]
