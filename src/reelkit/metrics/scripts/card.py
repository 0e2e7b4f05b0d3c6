"""CML-Bench's eight with their three dimensions, whether XML parses, and TalkCuts' plan of shots."""

from reelkit.metrics.metric import Basis, Metric

CITES = "CML-Bench (2025), code v5, two slips of its reader put right"
JUDGED = f"{CITES}, for the formula; reelkit's questions, any judge"
TALKCUTS = "TalkCuts (2025) for the names; it publishes no formula"


def _cml(name: str, about: str, judged: bool = False, low: float = 0.0, cites: str = "") -> Metric:
    basis: Basis = "definition" if judged else "source"
    needs = ("embedder", "judge") if judged else ("embedder",)
    return Metric(
        name=name, about=about, unit="cosine", low=low, high=1.0, better="higher", basis=basis,
        cites=cites or (JUDGED if judged else f"{CITES}; its embedder is gemma-2-2b-it, mean-pooled"), needs=needs,
        levels=("movie",),
    )  # fmt: skip


def _plan(name: str, about: str) -> Metric:
    return Metric(
        name=name, about=about, unit="share", low=0.0, high=1.0, better="higher", basis="definition", cites=TALKCUTS,
        needs=("annotations",), levels=("movie",),
    )  # fmt: skip


DIMENSIONS = {
    "cml_dc": ("cml_dc1", "cml_dc2", "cml_dc3"),
    "cml_cc": ("cml_cc1", "cml_cc2", "cml_cc3"),
    "cml_pr": ("cml_pr1", "cml_pr2"),
}

METRICS = (
    Metric(
        name="cml_parse",
        about="whether a script's XML parses as CML-Instruction's, apart from how good its words are; a script has 0 or 100",
        unit="percent",
        low=0.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites=f"{CITES}, which takes whatever its patterns find and calls it parsed",
        needs=(),
        levels=("movie",),
    ),
    _cml("cml_dc1", "dialogue: mean cosine of each spoken line to the next"),
    _cml("cml_dc2", "dialogue: mean cosine of question and answer, lines labelled by a judge", judged=True),
    _cml("cml_dc3", "dialogue: 1 less the mean cosine distance of the lines to their centroid"),
    _cml("cml_dc", "dialogue coherence: mean of cml_dc1, cml_dc2 and cml_dc3", judged=True),
    Metric(
        name="cml_cc1",
        about="character: 1 less half the mean step of sentiment between a character's lines, labelled by a judge; mean",
        unit="share",
        low=0.0,
        high=1.0,
        better="higher",
        basis="definition",
        cites=JUDGED,
        needs=("judge",),
        levels=("movie",),
    ),
    _cml("cml_cc2", "character: cml_dc3 of the lines of each character with three or more; mean of characters"),
    _cml("cml_cc3", "character: cosine of lines in which a judge hears an intention to their nearest action", judged=True),
    _cml("cml_cc", "character consistency: mean of cml_cc1, cml_cc2 and cml_cc3", judged=True),
    _cml("cml_pr1", "plot: mean cosine of each scene's heading and description to the next scene's"),
    _cml("cml_pr2", "plot: mean cosine of each key event that a judge lists to the next", judged=True, low=-1.0),
    _cml("cml_pr", "plot reasonableness: mean of cml_pr1 and cml_pr2", judged=True, low=-0.5),
    _plan("talkcuts_iou", "plan of shots over spoken words: best overlap of each annotated segment with a planned one; mean"),
    _plan("talkcuts_accuracy", "plan of shots over spoken words: share of words shown in a shot of the annotated type"),
    _plan("talkcuts_sma", "plan of shots: of annotated segments found (IoU from .5), share in a shot of the annotated type"),
)
