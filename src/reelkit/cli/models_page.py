"""The table of docs/models.md: the catalogue as a reader chooses from it. The words around it are a person's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelkit.models.known import Known

BEGIN, END = "<!-- catalogue -->", "<!-- /catalogue -->"
SIZE = (832, 480)
"""Pixels, for the arithmetic of a second of film."""
STILL = (1024, 1024)


def models_page(page: Path) -> str:
    """The page with its table made anew; ValueError where it lacks the marks."""
    text = page.read_text("utf-8")
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"{page} has no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def tables() -> str:
    """One table for video, one for stills."""
    from reelkit.models.known import known

    clips = [(name, entry) for name, entry in known().items() if entry.makes == "clips"]
    stills = [(name, entry) for name, entry in known().items() if entry.makes == "stills"]
    lines = [
        "| video | modes | window | sound | fetch GB | on the card GB | PFLOP a second | licence |",
        "| --- | --- | ---: | --- | ---: | ---: | ---: | --- |",
    ]
    for name, entry in clips:
        window = f"{entry.window} at {entry.fps:g}"
        cells = [name, _modes(entry.modes), window, "yes" if entry.sound else "", *_figures(entry, SIZE), entry.licence]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "| stills | modes | fetch GB | on the card GB | PFLOP a still | licence |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for name, entry in stills:
        lines.append("| " + " | ".join([name, _modes(entry.modes), *_figures(entry, STILL), entry.licence]) + " |")
    return "\n".join(lines)


def _modes(modes: tuple[int, ...]) -> str:
    return " ".join(str(mode) for mode in modes)


def _figures(entry: Known, size: tuple[int, int]) -> list[str]:
    """GB to fetch, GB on the card in half precision, PFLOP for a second of film or a still."""
    from reelkit.models.facts import published
    from reelkit.models.projection import Chunk, activations, flops

    facts = published(entry, 2)
    frames = entry.window if entry.makes == "clips" else 1
    chunk = Chunk(frames, *size, entry.steps)
    card = max(facts.text, facts.denoiser + facts.rest + activations(facts, chunk))
    seconds = frames / entry.fps if entry.makes == "clips" else 1.0
    work = flops(facts, chunk) / seconds / 1e15
    return [f"{entry.download_gb:.0f}", f"{card / 1e9:.0f}", f"{work:.2g}" if work < 10 else f"{work:.0f}"]
