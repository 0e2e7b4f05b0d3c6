"""Movie101v2's two levels."""

from reelkit.metrics.metric import Metric


def _mark(name: str, about: str) -> Metric:
    return Metric(
        name=name,
        about=about,
        unit="mark",
        low=0.0,
        high=5.0,
        better="higher",
        basis="definition",
        cites="Movie101v2 (Yue et al. 2024) for levels and scale; reelkit's questions, any judge; unanswered is left out",
        needs=("judge", "annotations"),
    )


METRICS = (
    _mark("movie101_environment", "L1: how well the narration gives place and surroundings, against the reference"),
    _mark("movie101_character", "L1: how well the narration gives who is there and what they do, against the reference"),
    _mark("movie101_plot", "L2: how well the narration tells what happens and why, against the reference"),
)
