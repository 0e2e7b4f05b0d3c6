"""Semantic adherence and physical commonsense."""

from reelkit.metrics.metric import Metric


def _share(name: str, about: str) -> Metric:
    return Metric(
        name=name,
        about=about,
        unit="share",
        low=0.0,
        high=1.0,
        better="higher",
        basis="definition",
        cites="WISA (Wang et al. 2025) after VideoPhy (Bansal et al. 2024); reelkit's questions, any judge that tells logprobs",
        needs=("judge",),
    )


METRICS = (
    _share("wisa_sa", "P(Yes) / (P(Yes) + P(No)) that the video entails its prompt, of eight frames"),
    _share("wisa_sa_pass", "share of takes whose wisa_sa is .5 or more"),
    _share("wisa_pc", "P(Yes) / (P(Yes) + P(No)) that the video follows the physical laws, of eight frames"),
    _share("wisa_pc_pass", "share of takes whose wisa_pc is .5 or more"),
)
