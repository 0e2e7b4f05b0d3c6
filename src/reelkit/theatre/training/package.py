"""Put the trained parts together as the embedded model's folder of weights: the last step of `just train`."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from reelkit.theatre.vocabulary import FPS
from reelkit.weaver.training import TIME_SHIFT

INDEX = {
    "_class_name": "WeaverPipeline",
    "transformer": ["reelkit", "WeaverTransformer"],
    "vae": ["reelkit", "FrameAutoencoder"],
    "text_encoder": ["open_clip", "CLIP"],
    "frames_per_latent": [1, 1],
    "fps": FPS,
    "steps": 10,
    "guidance": 2.0,
    "shift": TIME_SHIFT,
}


def package(autoencoder: Path, encoder: Path, weaver: Path, out: Path, width: int = 128, height: int = 64) -> None:
    """Copy the three folders below `out` and write `model_index.json`, last, so that a half copy is never found."""
    (out / "model_index.json").unlink(missing_ok=True)
    for part, source in (("vae", autoencoder), ("text_encoder", encoder), ("transformer", weaver)):
        shutil.rmtree(out / part, ignore_errors=True)
        shutil.copytree(source, out / part)
    index = {**INDEX, "width": width, "height": height}
    (out / "model_index.json").write_text(json.dumps(index, indent=1) + "\n")


def main() -> None:
    """Command line: the three folders of finished parts, and where the model goes."""
    parser = argparse.ArgumentParser(prog="python -m reelkit.theatre.training.package", description=__doc__)
    for name in ("autoencoder", "encoder", "weaver", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--size", default="128x64")
    options = parser.parse_args()
    width, _, height = options.size.partition("x")
    package(options.autoencoder, options.encoder, options.weaver, options.out, int(width), int(height))


if __name__ == "__main__":
    main()
