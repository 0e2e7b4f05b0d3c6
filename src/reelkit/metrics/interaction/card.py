"""InterGenEval's scores."""

from reelkit.metrics.metric import Metric

CITES = (
    "InterGenEval (MATRIX, Jin et al. 2025) for the ten roles and the arithmetic; reelkit's questions, any judge, at most 16 "
    "frames without tracked boxes"
)


def _score(name: str, about: str, low: float) -> Metric:
    return Metric(
        name=name,
        about=about,
        unit="share" if low == 0 else "score",
        low=low,
        high=1.0,
        better="higher",
        basis="definition",
        cites=CITES,
        needs=("judge", "annotations"),
    )


METRICS = (
    _score("intergen_kisa", "share of yes to the questions before, during and after an interaction (Q1-6)", 0.0),
    _score("intergen_sgi", "share of yes to who does what to whom (Q7-10)", 0.0),
    _score("intergen_spi", "1 less five times the share of frames where one involved appears, or vanishes; their mean", -4.0),
    _score("intergen_kisa_spi", "KISA x SPI: what the paper's scripts average, and its table seems to print as KISA", -4.0),
    _score("intergen_sgi_spi", "SGI x SPI: what the paper's scripts average, and its table seems to print as SGI", -4.0),
    _score("intergen_if", "interaction fidelity: mean of KISA x SPI and SGI x SPI", -4.0),
)
