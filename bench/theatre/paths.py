"""Where the bench finds weights and leaves results; and how it writes them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from reelkit.media.atomic import write_bytes_atomic

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = ROOT / "src/reelkit/theatre/weights"
AUTOENCODER = EMBEDDED / "vae"
DETECTOR = ROOT / "bench/weights/detector"
SECOND_ENCODER = ROOT / "bench/weights/encoder2"
CLEAN_WEAVER = ROOT / "bench/weights/weaver-clean"
"""The weaver trained without noise on its caches (w/o A)."""
EQUAL_WEAVER = ROOT / "bench/weights/weaver-equal"
"""The full recipe at w/o A's number of steps, where that is not the embedded weaver's; optional."""
RESULTS = ROOT / "bench/results"
GENERATED = ROOT / "out/theatre"
RESULTS_PAGE = ROOT / "docs/results.md"


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON; floats to five digits, not-a-number as null."""
    text = json.dumps(_plain(value), indent=1, ensure_ascii=False) + "\n"
    write_bytes_atomic(path, text.encode())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 5)
    return value
