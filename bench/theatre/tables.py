"""From JSON results to the tables of docs/results.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.theatre.intervals import NOTHING, Interval
from bench.theatre.network import CLASSES, HIDDEN, LAYOUT_VALUES
from bench.theatre.page import fill, table

NAMES = {
    "truth": "truth (the detector's own error)",
    "recon": "truth through the autoencoder",
    "full": "weaver",
    "without-shot": "w/o shot cache",
    "without-temporal": "w/o temporal cache",
    "without-noise": "w/o noise augmentation",
    "equal-steps": "weaver, steps of w/o noise",
    "paste": "paste the top still",
    "hold": "hold the last frame",
}
ABLATED = ("without-shot", "without-temporal", "without-noise")
ACROSS = ("layout", *HIDDEN)
RESULTS = ("quality", "detector", "theatre", "swap")


def read(interval: Mapping[str, Any]) -> Interval:
    """An interval as JSON holds it."""
    return NOTHING if interval["value"] is None else Interval(**interval)


def cell(interval: Mapping[str, Any], digits: int = 1) -> str:
    """`value [low, high]` of an interval as JSON holds it."""
    return read(interval).text(digits)


def clear(interval: Mapping[str, Any], lower_is_better: bool = False) -> str:
    """Whether a difference's interval excludes zero, and on which side."""
    found = read(interval)
    if found.scenes and not found.excludes_zero:
        return "not decided"
    return "–" if not found.scenes else "weaver better" if (found.high < 0) == lower_is_better else "baseline better"


def write(results: Path, page: Path) -> None:
    """Fill the page with what lies in the folder of results; other sections stay as they are."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(results.glob("*.json")) if path.stem in RESULTS}
    fill(page, sections(found))


def sections(results: Mapping[str, Any]) -> dict[str, str]:
    """The page's sections that the results at hand can fill; names of results: quality, detector, theatre, swap."""
    made: dict[str, str] = {}
    if "quality" in results:
        made["quality"] = quality_table(results["quality"])
    if "detector" in results:
        made["detector"] = detector_table(results["detector"])
    if "swap" in results:
        made["swap"] = swap_table(results["swap"])
    if "theatre" in results:
        theatre = results["theatre"]
        variants = theatre["variants"]
        made["accuracy"] = _variant_table(variants, tuple(CLASSES), 1)
        changes = {name: figures for name, figures in theatre.get("changes", {}).items() if name in ABLATED}
        hidden, motion = tuple(f"hidden_{name}" for name in ACROSS), ("jump", "track", "motion")
        made["hidden"] = _variant_table(variants, hidden, 2)
        made["motion"] = _variant_table(variants, motion, 2)
        exact = cell(theatre["exact_track"], 2)
        made["motion"] += f"\n\nThe renderer's own boxes have a tracked position error of {exact} pixels."
        for name, columns in (("hidden", hidden), ("motion", motion)):
            if changes:
                made[name] += f"\n\nChange from the weaver, paired:\n\n{_variant_table(changes, columns, 2)}"
        made["baselines"] = baseline_table(theatre.get("comparisons", {}))
    return made


def quality_table(quality: Mapping[str, Any]) -> str:
    """Autoencoder and encoders."""
    rows = [["autoencoder PSNR, dB", cell(quality["psnr"], 2)]]
    for encoder, figures in quality["retrieval"].items():
        rows += [[f"{encoder} encoder, text to image R@1 of 100, {kind} captions, %", cell(value)]
                 for kind, value in figures.items()]  # fmt: skip
    return table(["", "on held-out frames"], rows)


def detector_table(figures: Mapping[str, Any]) -> str:
    """The detector against truth, clean and reconstructed."""
    rows = []
    for name in figures["clean"]["accuracy"]:
        rows.append([f"{name}, % right", *(f"{100 * figures[k]['accuracy'][name]:.1f}" for k in ("clean", "reconstructed"))])
    for name in figures["clean"]["hidden"]:
        cells = []
        for kind in ("clean", "reconstructed"):
            value = figures[kind]["hidden"][name]
            cells.append("–" if value["r"] is None else f"{value['mean_absolute_error']:.3f} (r {value['r']:.2f})")
        rows.append([f"{name}, mean absolute error", *cells])
    rows.append(["position, mean pixels", *(f"{figures[k]['centre_pixels']['mean']:.2f}" for k in ("clean", "reconstructed"))])
    return table(["read from truth", "clean", "through the autoencoder"], rows)


def swap_table(figures: Mapping[str, Any]) -> str:
    """The swap, attribute by attribute, with what can be read at all beside it."""
    rows = []
    for name in ("all", *HIDDEN, *LAYOUT_VALUES):
        made, true = figures["weaver"][name], figures["truth"][name]
        rows.append([name, *(cell(made[f], 2) for f in ("turned", "kept", "slope", "with_other", "with_own")),
                     cell(true["turned"], 2), cell(true["slope"], 2)])  # fmt: skip
    header = ["", "turned", "kept", "slope", "r with the other scene", "r with its own", "turned, truth", "slope, truth"]
    return table(header, rows)


def baseline_table(found: Mapping[str, Any]) -> str:
    """The weaver less each baseline."""
    titles = {
        "prompt": "framing and action right, points",
        "framing": "framing right, points",
        "action": "action right, points",
        "motion": "motion error, octaves",
        "all_alignment": "All align.",
    }
    rows = [
        [f"weaver - {baseline}", title, cell(figures[name], 2), clear(figures[name], name == "motion")]
        for baseline, figures in found.items()
        for name, title in titles.items()
    ]
    return table(["", "figure", "difference", "verdict"], rows)


def _variant_table(variants: Mapping[str, Any], columns: tuple[str, ...], digits: int) -> str:
    rows = [
        [NAMES.get(name, name), *(cell(figures[column], digits) for column in columns)]
        for name, figures in sorted(variants.items(), key=lambda pair: list(NAMES).index(pair[0]))
    ]
    return table(["", *(column.removeprefix("hidden_") for column in columns)], rows)
