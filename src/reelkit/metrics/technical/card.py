"""Measures of the file itself, without a network."""

from reelkit.metrics.metric import Metric

METRICS = (
    Metric(
        name="duration_error",
        about="distance of the take's length from the planned length",
        unit="seconds",
        low=0.0,
        high=None,
        better="lower",
        basis="definition",
        cites="reelkit",
        needs=(),
    ),
    Metric(
        name="blank_frames",
        about="share of frames that are black or one flat colour",
        unit="percent",
        low=0.0,
        high=100.0,
        better="lower",
        basis="definition",
        cites="reelkit",
        needs=(),
    ),
    Metric(
        name="frozen_frames",
        about="share of frames that repeat the frame before them",
        unit="percent",
        low=0.0,
        high=100.0,
        better="lower",
        basis="definition",
        cites="reelkit",
        needs=(),
    ),
)
