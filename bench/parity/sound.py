"""Sound beside others' code: `python bench/parity/sound.py TORCHVGGISH_CLONE [FILE ...]`.

VGGish against harritaylor/torchvggish with the same random weights, its front end included; loudness against pyloudnorm and
ffmpeg's ebur128; the Fréchet distance against scipy's matrix root. FILES are measured beside synthetic sound. Writes
bench/results/parity-sound.json.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.metrics.distributions.moments import Moments, frechet
from reelkit.metrics.hearing import hear
from reelkit.metrics.sound.loudness import RATE, Loudness
from reelkit.metrics.sound.meters import PIECES
from reelkit.models.measuring import vggish


class Listener:
    """Loudness at its rate."""

    rate = RATE

    def __init__(self) -> None:
        self.loudness = Loudness()
        self.hear = self.loudness.hear


def noise(seconds: float, rate: int, seed: int) -> np.ndarray:
    """Noise whose level changes every half second, float32 [N]."""
    rng = np.random.default_rng(seed)
    levels = np.repeat(10 ** (rng.uniform(-50, -10, round(2 * seconds)) / 20), rate // 2)
    return (rng.normal(size=len(levels)) * levels).astype(np.float32)


def vggish_beside(clone: Path) -> dict[str, Any]:
    """Largest differences of the front end and of the embeddings over ten seconds."""
    sys.modules.setdefault("resampy", ModuleType("resampy"))
    sys.path.insert(0, str(clone))
    from torchvggish import vggish as theirs  # type: ignore[import-not-found]
    from torchvggish import vggish_input  # type: ignore[import-not-found]

    sound = noise(10.0, vggish.RATE, 1)
    examples = vggish_input.waveform_to_examples(sound.astype(np.float64), vggish.RATE, return_tensor=False)
    _, length, hop = PIECES["vggish"]
    pieces = [sound[start : start + length] for start in range(0, len(sound) - length + 1, hop)]
    ours = np.stack([vggish.log_mel(piece) for piece in pieces])
    torch.manual_seed(3)
    network = vggish.Vggish().eval()
    reference = theirs.VGG(theirs.make_layers()).eval()
    reference.load_state_dict(network.state_dict())
    with torch.no_grad():
        wanted = reference(torch.from_numpy(np.asarray(examples, np.float32)).reshape(-1, 1, vggish.FRAMES, vggish.BANDS))
    found = vggish.Hearing(network, torch.device("cpu"))(pieces)
    return {
        "pieces": [len(examples), len(pieces)],
        "front_end_largest_difference": f"{np.abs(np.asarray(examples).reshape(ours.shape) - ours).max():.1e}",
        "embedding_largest_difference": f"{np.abs(wanted.numpy() - found).max():.1e}",
        "embedding_largest_value": f"{np.abs(found).max():.1e}",
    }


def loudness_beside(path: Path) -> dict[str, Any]:
    """Ours, pyloudnorm's and ffmpeg's."""
    import imageio_ffmpeg
    import pyloudnorm
    import soundfile

    listener = Listener()
    hear(path, [listener])
    ours = listener.loudness
    ffmpeg, measure = imageio_ffmpeg.get_ffmpeg_exe(), "ebur128=peak=true"
    command = [ffmpeg, "-hide_banner", "-i", str(path), "-filter_complex", measure, "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    said = said[said.rfind("Summary") :]
    theirs = {
        name: float(found[1]) if (found := re.search(rf"{label}:\s+(-?[\d.]+)", said)) else None
        for name, label in (("loudness", "I"), ("loudness_range", "LRA"), ("true_peak", "Peak"))
    }
    row: dict[str, Any] = {
        "ours": {"loudness": ours.integrated(), "loudness_range": ours.range(), "true_peak": ours.true_peak()},
        "ffmpeg_ebur128": theirs,
    }
    if path.suffix == ".wav":
        samples, rate = soundfile.read(path)
        row["pyloudnorm"] = pyloudnorm.Meter(rate).integrated_loudness(samples)
    return row


def frechet_beside() -> dict[str, Any]:
    """Ours and the formula through scipy's matrix root, on 600 and 500 rows of 64 numbers."""
    from scipy.linalg import sqrtm

    rng = np.random.default_rng(4)
    mix = rng.normal(size=(64, 64))
    a, b = (rng.normal(size=(600, 64)) @ mix).astype(np.float32), rng.normal(1.0, 2.0, size=(500, 64)).astype(np.float32)
    ours_a, ours_b = Moments(), Moments()
    ours_a.add(a)
    ours_b.add(b)
    x, y = a.astype(np.float64), b.astype(np.float64)
    root = sqrtm(np.cov(x.T) @ np.cov(y.T)).real
    wanted = float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * root))
    found = frechet(ours_a, ours_b)
    return {"ours": found, "scipy": wanted, "difference": f"{abs((found or 0.0) - wanted):.1e}"}


def main() -> None:
    """Measure and write down."""
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("torchvggish", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, default=RESULTS / "parity-sound.json")
    asked = parser.parse_args()
    times = np.arange(RATE * 20) / RATE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 997 * times)
        soundfile.write(folder / "tone-997-Hz-23-dB-stereo.wav", np.stack([tone, tone], 1), RATE, subtype="FLOAT")
        soundfile.write(folder / "noise-of-changing-level.wav", noise(60.0, RATE, 2), RATE, subtype="FLOAT")
        paths = [*sorted(folder.iterdir()), *asked.files]
        loudness = {path.name: loudness_beside(path) for path in paths}
    write_json(
        asked.out,
        {
            "command": "python bench/parity/sound.py TORCHVGGISH_CLONE FILE ...",
            "vggish": vggish_beside(asked.torchvggish),
            "loudness": loudness,
            "frechet": frechet_beside(),
        },
    )


if __name__ == "__main__":
    main()
