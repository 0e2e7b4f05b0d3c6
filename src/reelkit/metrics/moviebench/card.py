"""MovieBench's metrics of pictures. Its aesthetic score is FilmWeaver's `aes`; IS, FID and FVD are in `distributions`."""

from reelkit.metrics.metric import Metric

_IDENTITY = (
    "MovieBench for the counts, summed over shots; the recogniser is reelkit's encoder locator on five frames a shot, "
    "not DeepFace, so not its table's"
)

METRICS = (
    Metric(
        name="clip_score",
        about="cosine of frames and the shot's prompt by CLIP ViT-B/16, mean over frames, at least 0",
        unit="cosine x100",
        low=0.0,
        high=100.0,
        better="higher",
        basis="source",
        cites="Hessel et al. 2021; torchmetrics' CLIPScore, for MovieBench; about 25 frames a shot, at least two a second",
        needs=("clip-b16",),
    ),
    Metric(
        name="id_precision",
        about="of the bank's characters who are recognised in a shot, how many the script puts there",
        unit="percent",
        low=0.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites=_IDENTITY,
        dear=True,
    ),
    Metric(
        name="id_recall",
        about="of the characters whom the script puts in a shot, how many are recognised there",
        unit="percent",
        low=0.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites=_IDENTITY,
        dear=True,
    ),
    Metric(
        name="id_f1",
        about="harmonic mean of id_precision and id_recall, from counts over all shots",
        unit="percent",
        low=0.0,
        high=100.0,
        better="higher",
        basis="definition",
        cites=_IDENTITY,
        dear=True,
    ),
)
