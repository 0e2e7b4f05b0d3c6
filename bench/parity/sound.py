"""Sound beside others' code: `python bench/parity/sound.py TORCHVGGISH_CLONE FRECHET_AUDIO_DISTANCE_CLONE [FILE ...]`.

VGGish against harritaylor/torchvggish with the same random weights, its front end included; the whole way from files to a
Fréchet audio distance against gudgud96/frechet-audio-distance; loudness against pyloudnorm and ffmpeg's ebur128; the Fréchet
distance against scipy's matrix root; MCD against its formula on librosa's alignment. FILES are measured beside synthetic
sound. Writes bench/results/parity-sound.json.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from unittest.mock import MagicMock

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.metrics.distributions.moments import Moments, frechet
from reelkit.metrics.hearing import hear
from reelkit.metrics.meters import Resources
from reelkit.metrics.sound import words
from reelkit.metrics.sound.loudness import RATE, Loudness
from reelkit.metrics.sound.pieces import PIECES, At, Pieces, reference_moments
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


def cut(sound: np.ndarray) -> list[np.ndarray]:
    """A sound [N] in the pieces that VGGish is given."""
    _, length, hop, _ = PIECES["vggish"]
    return [sound[start : start + length] for start in range(0, len(sound) - length + 1, hop)]


def vggish_beside(clone: Path) -> dict[str, Any]:
    """Largest differences of the front end and of the embeddings over ten seconds."""
    sys.path.insert(0, str(clone))
    from torchvggish import vggish as theirs  # type: ignore[import-not-found]
    from torchvggish import vggish_input  # type: ignore[import-not-found]

    sound = noise(10.0, vggish.RATE, 1)
    examples = vggish_input.waveform_to_examples(sound.astype(np.float64), vggish.RATE, return_tensor=False)
    pieces = cut(sound)
    ours = np.stack([vggish.log_mel(piece) for piece in pieces])
    torch.manual_seed(3)
    network = vggish.Vggish().eval()
    reference = theirs.VGG(theirs.make_layers()).eval()
    reference.load_state_dict(network.state_dict())
    reference.embeddings = reference.embeddings[:-1]  # ours are before the activation
    with torch.no_grad():
        wanted = reference(torch.from_numpy(np.asarray(examples, np.float32)).reshape(-1, 1, vggish.FRAMES, vggish.BANDS))
    found = vggish.Hearing(network, torch.device("cpu"))(pieces)
    return {
        "pieces": [len(examples), len(pieces)],
        "front_end_largest_difference": f"{np.abs(np.asarray(examples).reshape(ours.shape) - ours).max():.1e}",
        "embedding_largest_difference": f"{np.abs(wanted.numpy() - found).max():.1e}",
        "embedding_largest_value": f"{np.abs(found).max():.1e}",
    }


class Local:
    """VGGish in this process, as meters call it."""

    def __init__(self, network: vggish.Vggish) -> None:
        self._hearing = vggish.Hearing(network, torch.device("cpu"))

    def measure(self, network: str, inputs: Any, weights: Path | None = None, options: Any = None) -> np.ndarray:
        assert network == "vggish"
        return self._hearing(inputs)


def distance_beside(library: Path, folder: Path) -> dict[str, Any]:
    """A Fréchet audio distance from files on, by ours and by frechet_audio_distance, on the same random weights."""
    import soundfile

    for name in ("laion_clap", "encodec", "frechet_audio_distance.models.pann", "frechet_audio_distance.clap_score"):
        sys.modules[name] = MagicMock()
    sys.path.insert(0, str(library))
    from frechet_audio_distance.fad import FrechetAudioDistance  # type: ignore[import-not-found]
    from frechet_audio_distance.utils import load_audio_task  # type: ignore[import-not-found]
    from torchvggish import vggish as theirs

    sets: dict[str, list[Path]] = {"ours": [], "reference": []}
    for place, (name, paths) in enumerate(sets.items()):
        (folder / name).mkdir()
        for number in range(4):
            sound = [noise(40.0, vggish.RATE, 100 * place + 10 * number + channel) for channel in range(place + 1)]
            paths.append(folder / name / f"{number}.wav")
            soundfile.write(paths[-1], np.stack(sound, axis=1) * (1.0, 0.5)[place], vggish.RATE, subtype="FLOAT")
    torch.manual_seed(3)
    network = vggish.Vggish().eval()
    torch.nn.init.normal_(network.embeddings[-1].weight, std=3.0)  # so that the distance is of a size like a trained network's
    resources = Resources(names=frozenset(["fad"]), models=cast(Any, Local(network)), reference=folder / "reference")
    pieces = Pieces(resources, "vggish")
    for path in sets["ours"]:
        hear(path, [At(RATE, pieces.hear)])
        pieces.finish()
    found = frechet(pieces.moments, reference_moments(resources, frozenset(["fad"]))["fad"])

    judge = FrechetAudioDistance.__new__(FrechetAudioDistance)
    judge.model_name, judge.verbose, judge.device = "vggish", False, torch.device("cpu")
    judge.model = theirs.VGGish({}, device=judge.device, pretrained=False, preprocess=True, postprocess=False).eval()
    judge.model.load_state_dict(network.state_dict())
    judge.model.embeddings = torch.nn.Sequential(*list(judge.model.embeddings.children())[:-1])
    statistics, direct = [], []
    for paths in sets.values():
        sounds = [load_audio_task(str(path), vggish.RATE, 1, dtype="float32") for path in paths]
        direct.append(Moments())
        for sound in sounds:
            direct[-1].add(resources.network("vggish", cut(sound)))
        statistics += judge.calculate_embd_statistics(judge.get_embeddings(sounds, vggish.RATE))
    wanted = float(judge.calculate_frechet_distance(*statistics))
    same = frechet(*direct)
    return {
        "ours": found,
        "ours_from_their_samples": same,
        "frechet_audio_distance": wanted,
        "difference": f"{abs((found or 0.0) / wanted - 1):.1e} of it, for files at 16 kHz are heard by way of 48 kHz",
        "difference_from_their_samples": f"{abs((same or 0.0) / wanted - 1):.1e} of it",
    }


def mcd_beside() -> dict[str, Any]:
    """Ours, and the formula in scipy's cosine transform and librosa's alignment, of two voices of some seconds."""
    import librosa
    from scipy.fft import dct

    def voice(seconds: float, hertz: float) -> np.ndarray:
        times = np.arange(round(seconds * words.MCD_RATE)) / words.MCD_RATE
        tone = sum(np.sin(2 * np.pi * hertz * k * times) / k for k in range(1, 25))
        return (0.1 * tone * (1.2 + np.sin(2 * np.pi * 1.7 * times))).astype(np.float32)

    def plain(sound: np.ndarray) -> np.ndarray:
        sixteen = np.round(sound * 32767).astype(np.int16) / np.float32(32767)
        mel = librosa.feature.melspectrogram(y=sixteen, sr=words.MCD_RATE, n_fft=1024, hop_length=words.MCD_HOP, n_mels=80)
        return np.asarray(dct(np.log(np.sqrt(np.maximum(mel, 1e-10))), type=2, axis=0)[1 : words.COEFFICIENTS + 1].T / 80)

    a, b = voice(6.0, 110.0), voice(5.0, 150.0)
    found = words.distortion(words.cepstra(a), words.cepstra(b))
    c, d = plain(a), plain(b)
    _, path = librosa.sequence.dtw(c.T, d.T, metric="euclidean")
    decibels = [10 / np.log(10) * np.sqrt(2 * ((c[i] - d[j]) ** 2).sum()) for i, j in path]
    return {"ours": found, "formula": float(np.mean(decibels))}


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
    parser.add_argument("frechet_audio_distance", type=Path)
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
        sys.modules.setdefault("resampy", ModuleType("resampy"))  # both clones import it and neither needs it at 16 kHz
        vggish_rows = vggish_beside(asked.torchvggish)
        distance = distance_beside(asked.frechet_audio_distance, folder)
    write_json(
        asked.out,
        {
            "command": "python bench/parity/sound.py TORCHVGGISH_CLONE FRECHET_AUDIO_DISTANCE_CLONE FILE ...",
            "vggish": vggish_rows,
            "frechet_audio_distance": distance,
            "mcd": mcd_beside(),
            "loudness": loudness,
            "frechet": frechet_beside(),
        },
    )


if __name__ == "__main__":
    main()
