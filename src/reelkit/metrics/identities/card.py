"""ID matching."""

from reelkit.metrics.metric import Metric


def _percent(name: str, about: str) -> Metric:
    return Metric(
        name=name,
        about=about,
        unit="percent",
        low=0.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites="RICE for the idea and the unit; over unordered pairs of appearances, which is reelkit's definition",
        needs=("annotations",),
        levels=("scene", "movie"),
    )


METRICS = (
    _percent("rice_id_precision", "of the pairs of appearances that were given one identity, those that truly have one"),
    _percent("rice_id_recall", "of the pairs of appearances that truly have one identity, those that were given one"),
)
