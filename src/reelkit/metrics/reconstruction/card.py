"""Of takes that reproduce a clip of the reference: a codec's or a tokenizer's work, or a restoration."""

from reelkit.metrics.metric import Metric

METRICS = (
    Metric(
        name="psnr",
        about="peak signal-to-noise ratio to the same shot's clip in the reference, mean over frames, each at most 100",
        unit="dB",
        low=0.0,
        high=100.0,
        better="higher",
        basis="source",
        cites="the usual formula over RGB; torchmetrics' peak_signal_noise_ratio of each frame; REGEN's table",
        needs=("reference",),
    ),
    Metric(
        name="ssim",
        about="structural similarity to the same shot's clip in the reference, mean over frames",
        unit="score",
        low=-1.0,
        high=1.0,
        better="higher",
        basis="source",
        cites="Wang et al. 2004; Gaussian window of 11 pixels, RGB, as torchmetrics",
        needs=("reference",),
    ),
    Metric(
        name="lpips",
        about="LPIPS distance to the same shot's clip in the reference, AlexNet, mean over frames",
        unit="distance",
        low=0.0,
        high=None,
        better="lower",
        basis="source",
        cites="Zhang et al. 2018, version 0.1; the heads that torchmetrics ships",
        needs=("lpips-alex", "reference"),
    ),
    Metric(
        name="rfvd",
        about="FVD between takes and the clips of the reference that they reproduce, over windows of 16 frames",
        unit="distance",
        low=0.0,
        high=None,
        better="lower",
        basis="source",
        cites="Unterthiner et al. 2018; reconstruction FVD as REGEN reports it; StyleGAN-V's I3D",
        needs=("i3d", "reference"),
        levels=("movie",),
    ),
)
