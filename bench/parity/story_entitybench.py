"""EntityBench's grounding, gate and aggregation run on random shots, and reelkit's meters on the same."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.parity.story import STORIES, Detector, StandIns, drawing, embed, mean, measured, nearness, story
from reelkit.manifest.kinds import Character, Shot
from reelkit.metrics.entities.card import METRICS
from reelkit.metrics.entities.meters import FAMILY
from reelkit.metrics.entities.selection import sampled
from reelkit.metrics.meters import Resources

SHOTS, FRAMES = 5, 11
LOOKS = {
    "Mara": "a tall woman in a long red coat with brass buttons and a wide black hat",
    "Tom": "a short man in blue",
    "Cup": "a yellow tin cup",
    "Lamp": "an old brass lamp with a green shade that flickers and hums and smells of oil",
}
PEOPLE, THINGS = ("Mara", "Tom"), ("Cup", "Lamp")


class Judge:
    """A mark by the crop's mean level, 1 to 10."""

    def ask(self, prompt: str, schema: Any, frames: Sequence[NDArray[np.uint8]], name: str) -> Mapping[str, Any]:
        return {"fidelity": mark(frames[0])}


def mark(crop: NDArray[np.uint8]) -> int:
    """The mark that a crop has from anybody."""
    return 1 + int(1000 * float(crop.mean())) % 10


def run(checkout: Path, folder: Path, compare: Callable[[str, float, float], None]) -> None:
    """Everything of EntityBench."""
    sys.path.insert(0, str(checkout / "eval"))
    import evaluate_benchmark as theirs

    _frames(theirs, folder, compare)
    for seed in range(STORIES):
        _episode(theirs, folder, seed, compare)


def _frames(theirs: Any, folder: Path, compare: Callable[[str, float, float], None]) -> None:
    """Which frames of a shot are looked at, for lengths of all kinds."""
    (folder / "shot.mp4").touch()
    wrong = 0
    for length in (5, 6, 7, 9, 24, 81, 121, 240, 1000):
        reader = type("Reader", (list,), {"close": lambda self: None})(range(length))
        module = types.ModuleType("imageio.v2")
        module.get_reader = lambda path, reader=reader: reader  # type: ignore[attr-defined]
        sys.modules["imageio"], sys.modules["imageio.v2"] = types.ModuleType("imageio"), module
        sys.modules["imageio"].v2 = module  # type: ignore[attr-defined]
        wrong += theirs.extract_frames(str(folder / "shot.mp4"), 5) != sampled(length)
    compare("lengths for which other frames are sampled", float(wrong), 0.0)


def _episode(theirs: Any, folder: Path, seed: int, compare: Callable[[str, float, float], None]) -> None:
    """Presence, fidelity, the gate and consistency of one episode, by their whole `evaluate_episode`."""
    rng = np.random.default_rng(seed)
    detector = Detector(most=3)
    takes = [[drawing(rng) for _ in range(FRAMES)] for _ in range(SHOTS)]
    cast = [[name for name in PEOPLE if rng.random() < 0.8] for _ in takes]
    props = [[name for name in THINGS if rng.random() < 0.8] for _ in takes]
    id = f"episode{seed}"
    (folder / id).mkdir()
    for number in range(SHOTS):
        (folder / id / f"001_{number + 1:03d}.mp4").touch()

    def ground(frame: NDArray[np.uint8], entity_name: str, description: str, **ignored: Any) -> list[dict[str, Any]]:
        words = " ".join(description.split()[:12])
        return [{"bbox": box, "confidence": score} for score, box in detector(frame, words)]

    def unit(crop: NDArray[np.uint8], device: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = embed([crop])[0]
        return row / np.linalg.norm(row)

    def frames_of(path: str, n_frames: int = 5, strict: bool = True) -> list[NDArray[np.uint8]]:
        take = takes[int(path[-7:-4]) - 1]
        return [take[place] for place in sampled(len(take))]

    nothing = types.SimpleNamespace()
    theirs.__dict__.update(
        extract_frames=frames_of, ground_one_entity_in_frame=ground, compute_dino_embedding=unit,
        compute_clip_text_sim=lambda crop, text, device: nearness(crop, text),
        get_grounding_dino=lambda *a, **k: nothing, get_clip_model=lambda *a: nothing, get_dino_model=lambda *a: nothing,
        _encode_crop=lambda crop: crop, _vlm_api_call=lambda crops, prompt, model: {"fidelity": mark(crops[0])},
    )  # fmt: skip
    script = {
        "scenes": [{"scene_num": 1, "cut": [True] * SHOTS, "video_prompts": [""] * SHOTS}],
        "entity_descriptions": {
            **{f"Character{name}": {"name": name, "description": LOOKS[name]} for name in PEOPLE},
            **{f"Object{name}": {"name": name, "description": LOOKS[name]} for name in THINGS},
        },
        "entity_schedule": {f"1:{n + 1}": {"characters": cast[n], "objects": props[n]} for n in range(SHOTS)},
    }
    gated = theirs.evaluate_episode(id, str(folder), script, "easy", {2, 3}, device="cpu", llm_concurrency=1)
    free = theirs.evaluate_episode(id, str(folder), script, "easy", {2}, device="cpu", llm_concurrency=1)
    ours, readings = _ours(folder, seed, detector, takes, cast, props)
    for kind, cross, fit in (("character", "cs_face", "intra_face"), ("object", "cs_object", "intra_object")):
        for name, value in (
            (f"entity_{kind}_gated_consistency", gated.metrics[cross].value),
            (f"entity_{kind}_consistency", free.metrics[cross].value),
        ):
            if value is not None or ours.get(name) is not None:
                compare(f"episode {seed}: {name}", value if value is not None else -9.0, ours.get(name) or 0.0)
        for name, key in (
            (f"entity_{kind}_presence", f"intra_{kind}_presence"),
            (f"entity_{kind}_fidelity", f"{fit}_fidelity"),
        ):
            compare(f"episode {seed}: {name}", gated.metrics[key].value, mean([each.scores.get(name) for each in readings]))
    counts = gated.metrics["_meta_cross_shot_gate"]
    passed = [
        each.fidelity is None or each.fidelity >= 0.5 for reading in readings for each in reading.material.grounded
    ]
    compare(f"episode {seed}: appearances before the gate", counts.n_evaluated, len(passed))
    compare(f"episode {seed}: appearances after the gate", counts.value, sum(passed))


def _ours(
    folder: Path, seed: int, detector: Detector, takes: Any, cast: list[list[str]], props: list[list[str]]
) -> tuple[Mapping[str, float | None], list[Any]]:
    import msgspec

    notes = folder / f"notes{seed}.jsonl"
    lines: list[dict[str, Any]] = [{"entity": name, "look": LOOKS[name]} for name in THINGS]
    lines += [{"shot": f"s{number}", "entities": names} for number, names in enumerate(props)]
    notes.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    names = frozenset(metric.name for metric in METRICS if "grounding-dino" in metric.needs)
    judge: Any = Judge()
    resources = Resources(names=names, models=StandIns(detector), judge=judge, annotations=notes)
    bank = {name: Character(id=name.lower(), movie="m", name=name, look=LOOKS[name]) for name in PEOPLE}
    readings = [
        measured(FAMILY, resources, take, shot=Shot(id=f"s{number}", movie="m"), cast=[bank[name] for name in cast[number]])
        for number, take in enumerate(takes)
    ]
    return story(FAMILY, resources, readings), readings
