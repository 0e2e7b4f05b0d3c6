"""A contact sheet of a film, the middle frame of every shot: `python bench/contact.py FILM.jsonl FILM.mp4 SHEET.png`."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from reelkit.media.video import probe, read_frames

COLUMNS, WIDTH, LABEL = 7, 224, 14


def sheet(manifest: Path, film: Path) -> Image.Image:
    """Rows of COLUMNS shots, each WIDTH pixels wide, its id under it."""
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    timeline = [line for line in lines if line["kind"] == "cut"][-1]["timeline"]
    info = probe(film)
    height = round(WIDTH * info.height / info.width)
    middles = [int((shot["start"] + shot["seconds"] / 2) * info.fps) for shot in timeline]
    rows = math.ceil(len(timeline) / COLUMNS)
    page = Image.new("RGB", (COLUMNS * WIDTH, rows * (height + LABEL)), (24, 24, 24))
    draw = ImageDraw.Draw(page)
    for place, (shot, frame) in enumerate(zip(timeline, read_frames(film, middles), strict=True)):
        x, y = place % COLUMNS * WIDTH, place // COLUMNS * (height + LABEL)
        page.paste(Image.fromarray(np.asarray(frame)).resize((WIDTH, height), Image.Resampling.LANCZOS), (x, y))
        draw.text((x + 3, y + height + 1), f"{shot['shot']}  {shot['start']:.1f} s", fill=(220, 220, 220))
    return page


def main() -> None:
    """Parse, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("manifest", "film", "out"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args()
    sheet(asked.manifest, asked.film).save(asked.out, quality=85)


if __name__ == "__main__":
    main()
