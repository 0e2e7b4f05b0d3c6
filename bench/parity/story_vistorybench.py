"""ViStoryBench's evaluators run on stories of random pictures, and reelkit's meters on the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.parity.story import (
    HEIGHT,
    STORIES,
    WIDTH,
    Detector,
    StandIns,
    drawing,
    embed,
    mean,
    measured,
    story,
    stub,
)
from reelkit.manifest.kinds import Character, Shot
from reelkit.media.image import read_image
from reelkit.media.store import MediaStore
from reelkit.metrics.copying import copy_paste_rate
from reelkit.metrics.meters import Resources
from reelkit.metrics.vistorybench.card import METRICS
from reelkit.metrics.vistorybench.meters import FAMILY
from reelkit.models.measuring.csd import Csd, StyleDescriptor

SHOTS, PEOPLE = 6, ("mara", "tom", "eve")
Compare = Callable[[str, float, float], None]


class Story:
    """Random portraits and shots on disk, as the benchmark lays them out."""

    def __init__(self, seed: int, root: Path) -> None:
        rng = np.random.default_rng(seed)
        self.id, self.root = f"{seed:02d}", root
        self.portraits: dict[str, list[Path]] = {}
        for person in PEOPLE:
            folder = root / "ViStory" / self.id / "image" / person
            folder.mkdir(parents=True)
            self.portraits[person] = [folder / f"{number:02d}.jpg" for number in range(1 + int(rng.integers(3)))]
            for path in self.portraits[person]:
                Image.fromarray(drawing(rng)).save(path)
        self.shots: dict[int, Path] = {}
        self.cast: dict[int, list[str]] = {}
        for number in range(SHOTS):
            self.shots[number] = root / f"{self.id}-{number}.png"
            Image.fromarray(drawing(rng)).save(self.shots[number])
            self.cast[number] = [person for person in PEOPLE if rng.random() < 0.7]

    def as_theirs(self) -> dict[str, Any]:
        """`load_story` of their data set."""
        return {
            "shots": [{"index": number, "character_key": cast} for number, cast in self.cast.items()],
            "characters": {
                person: {"name": person, "tag": "non_human", "images": list(map(str, paths))}
                for person, paths in self.portraits.items()
            },
        }

    def outputs(self, **ignored: Any) -> dict[str, Any]:
        """`load_outputs`."""
        return {self.id: {"shots": {number: str(path) for number, path in self.shots.items()}}}


def run(checkout: Path, folder: Path, compare: Compare) -> None:
    """Everything of ViStoryBench."""
    sys.path.insert(0, str(checkout))
    stub(
        "insightface", "groundingdino", "groundingdino.util", "groundingdino.util.inference", "facexlib", "facexlib.utils",
        "facexlib.utils.face_restoration_helper", "openai", "vistorybench.bench.content.AdaFace",
        "vistorybench.bench.content.AdaFace.inference", "vistorybench.dataset_loader.dataset_load",
        "vistorybench.dataset_loader.read_outputs", "vistorybench.bench.prompt_align.gptv_utils",
    )  # fmt: skip
    torch.manual_seed(0)
    encoder = _style_reference()
    network = Csd(StyleDescriptor(encoder.state_dict()), torch.device("cpu"))
    for seed in range(STORIES):
        made = Story(seed, folder)
        _identity(made, compare)
        if seed == 0:
            _style(made, encoder, network, compare)


def _identity(made: Story, compare: Compare) -> None:
    """CIDS, on-stage match and copy-paste rate of one story, by their whole `evaluate`."""
    from vistorybench.bench.content import cids_evaluator as theirs

    detector = Detector(most=4)
    evaluator = theirs.CIDSEvaluator.__new__(theirs.CIDSEvaluator)
    evaluator.__dict__ |= {
        "result_path": str(made.root / "results"), "output_path": "", "outputs_timestamp": None, "mode": "base",
        "language": "en", "timestamp": "0", "dataset_path": str(made.root), "ref_mode": "origin", "PRE_TEXT_PROMPT": {},
        "use_multi_face_encoder": True, "ensemble_method": "average", "device": torch.device("cpu"),
        "gpt_api_pkg": (None, "", ""),
        "BOX_TRESHOLD": 0.25, "TEXT_TRESHOLD": 0.25, "_pa_skip_warned": True,
    }  # fmt: skip
    evaluator.story_dataset = type("Stories", (), {"load_story": lambda self, id: made.as_theirs()})()
    theirs.load_outputs = made.outputs

    def detect(path: str, text: str, *ignored: Any) -> tuple[torch.Tensor, torch.Tensor, list[str], None]:
        found = detector(read_image(path), text)
        centres = [
            ((left + right) / 2 / WIDTH, (top + bottom) / 2 / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT)
            for _, (left, top, right, bottom) in found
        ]
        return torch.tensor(centres).reshape(-1, 4), torch.tensor([score for score, _ in found]), [], None

    def features(images: Any, encoder_name: str = "", det_thresh: Any = None, return_indices: bool = False) -> Any:
        rows = torch.nn.functional.normalize(torch.from_numpy(embed([np.array(each) for each in images])), dim=1)
        return (rows, list(range(len(rows)))) if return_indices else rows

    evaluator.dino_detect, evaluator.get_char_feat = detect, features
    found = evaluator.evaluate("reel", made.id)
    names = frozenset(metric.name for metric in METRICS if "grounding-dino" in metric.needs)
    resources = Resources(names=names, models=StandIns(detector), store=MediaStore(made.root))
    bank = {
        person: Character(id=person, movie="m", portraits=[str(path.relative_to(made.root)) for path in paths])
        for person, paths in made.portraits.items()
    }
    readings = []
    for number, path in made.shots.items():
        cast = [bank[person] for person in made.cast[number]]
        readings.append(
            measured(FAMILY, resources, [read_image(path)], shot=Shot(id="s", movie="m"), cast=cast, bank=bank)
        )
    ours = story(FAMILY, resources, readings)
    for name, mine in (("self", "cids_self_clip"), ("cross", "cids_cross_clip")):
        compare(f"story {made.id}: CIDS {name}", found["metrics"][f"cids_{name}_mean"], float(ours[mine] or 0))
    matched = mean([each.scores.get("onstage_match_detected") for each in readings])
    compare(f"story {made.id}: on-stage match", found["metrics"]["occm"], matched)
    compare(f"story {made.id}: copy-paste rate", 100 * found["copy-paste-score"], _copying(made, readings, detector))


def _copying(made: Story, readings: Any, detector: Detector) -> float:
    """reelkit's copy-paste rate over the crops that the meter found, against the first portrait in which there is a box."""
    rates = []
    for person in PEOPLE:
        seen = [reading.material.detected.crops for reading in readings if reading.material.detected is not None]
        crops = [each[person] for each in seen if person in each]
        images = [read_image(path) for path in made.portraits[person]]
        image = next((image[box[1] : box[3], box[0] : box[2]] for image, box in _surest(images, detector)), images[0])
        straight, mirrored = embed([np.ascontiguousarray(image), np.ascontiguousarray(image[:, ::-1])])
        if crops:
            rates.append(mean([copy_paste_rate(crop, straight, mirrored) for crop in crops]))
    return mean(rates)


def _surest(images: Any, detector: Detector) -> Any:
    """Each portrait in which the detector finds somebody, with its surest box."""
    return [(image, found[0][1]) for image in images if (found := detector(image, "character"))]


def _style_reference() -> Any:
    """Their CSD at its full size with random weights; the text tower, which it does not use, is small."""
    from vistorybench.bench.style.csd import clip_model, csd_model

    whole = clip_model.CLIP
    clip_model.CLIP = lambda *sizes: whole(*sizes[:6], 8, 64, 1, 1)
    encoder = csd_model.CSD_CLIP(only_global_token=True, device="cpu")
    clip_model.CLIP = whole
    return encoder.eval().to(torch.float32)


class _Styles(StandIns):
    def __init__(self, network: Csd) -> None:
        self.network = network

    def measure(self, network: str, inputs: Any, weights: Any = None, options: Any = None) -> Any:
        return self.network(inputs)


@torch.inference_mode()
def _style(made: Story, encoder: Any, network: Csd, compare: Compare) -> None:
    """The embedding, and self and cross similarity of a story."""
    from collections import OrderedDict

    from vistorybench.bench.style import csd_evaluator

    evaluator = csd_evaluator.CSDEvaluator.__new__(csd_evaluator.CSDEvaluator)
    evaluator.__dict__ |= {
        "csd_encoder": encoder, "device": "cpu", "csd_size": 224, "csd_cache_limit": 20,
        "csd_mean": [0.48145466, 0.4578275, 0.40821073], "csd_std": [0.26862954, 0.26130258, 0.27577711],
        "_image_tensor_cache": OrderedDict(), "_image_embed_cache": OrderedDict(),
    }  # fmt: skip
    for number in (0, 1):
        theirs = evaluator._get_image_embed(str(made.shots[number])).numpy().reshape(-1)
        ours = network([read_image(made.shots[number])])[0]
        compare(f"CSD embedding of shot {number}: greatest element's difference", float(np.abs(theirs - ours).max()), 0.0)
    resources = Resources(
        names=frozenset({"csd_self", "csd_cross"}), models=_Styles(network), store=MediaStore(made.root)
    )
    bank = {
        person: Character(id=person, movie="m", portraits=[str(path.relative_to(made.root)) for path in paths])
        for person, paths in made.portraits.items()
    }
    readings = [
        measured(FAMILY, resources, [read_image(path)], shot=Shot(id="s", movie="m"), bank=bank,
                 cast=[bank[person] for person in made.cast[number]])
        for number, path in made.shots.items()
    ]  # fmt: skip
    compare("CSD self", evaluator.get_self_csd_score([str(path) for path in made.shots.values()]),
            float(story(FAMILY, resources, readings)["csd_self"] or 0))  # fmt: skip
    theirs_cross, _ = evaluator.get_cross_csd_score(made.as_theirs(), made.outputs()[made.id])
    compare("CSD cross", theirs_cross, mean([each.scores["csd_cross"] for each in readings]))
