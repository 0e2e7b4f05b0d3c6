"""VBench's own functions beside ours, on the same pictures and the same random weights.

    python bench/parity/vbench.py VBENCH_CLONE DINO_CLONE

needs clones of Vchitect/VBench and facebookresearch/dino, and opencv-python-headless, easydict, omegaconf and einops on the
path; with pyiqa there too, imaging quality and the quality total are compared as well. Weights are random, saved in the
published layout and read by both. Clips are RGB H.264 without loss, so that both see the same pixels; some are wide, tall or
larger than the networks look. Where VBench loads a network from the web, it is handed the same network; nothing of its
arithmetic is replaced. VBench-Long's part is in vbench_long.py. Writes bench/results/parity-vbench.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import av
import numpy as np
import packaging.version
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.manifest.kinds import Shot, Take
from reelkit.media.video import probe, read_frames
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import ClipInfo, Resources, ShotReading
from reelkit.metrics.passing import measure_clip
from reelkit.metrics.vbench.arithmetic import QUALITY, SEMANTIC
from reelkit.metrics.vbench.meters import VBenchGroup, VBenchMeter
from reelkit.models.local import LocalModels
from reelkit.models.measuring.checkout import import_from
from reelkit.theatre.render import render_scene
from reelkit.theatre.world import sample_scene

PROMPTS = ("a woman in a red coat walks along a street", "a man waves on the beach", "two people dance in a kitchen")


class Shape(NamedTuple):
    """Of a clip: pixels, frames a second, frames."""

    width: int
    height: int
    fps: int
    frames: int


SMALL = (Shape(224, 128, 16, 17),) * 3
MIXED = (Shape(224, 128, 16, 17), Shape(576, 256, 24, 9), Shape(160, 224, 10, 12))
"""One that is enlarged for every network, one that is shrunk, a tall one."""
IMAGING = find_spec("pyiqa") is not None
NAMES = (
    "vbench_subject_consistency", "vbench_background_consistency", "vbench_temporal_flickering", "vbench_dynamic_degree",
    "vbench_motion_smoothness", "vbench_aesthetic_quality", "vbench_overall_consistency",
    *(("vbench_imaging_quality", "vbench_quality") if IMAGING else ()),
)  # fmt: skip


def write_lossless(path: Path, frames: NDArray[np.uint8], fps: int) -> None:
    """RGB H.264 that every decoder gives back as it was."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb", rate=fps, options={"crf": "0", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "rgb24"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        container.mux(stream.encode(None))


def clips(folder: Path, shapes: Sequence[Shape]) -> list[Path]:
    """Theatre shots of these shapes, a prompt each."""
    made = []
    for number, shape in enumerate(shapes):
        scene = sample_scene(900 + number, shots=1, frames=shape.frames)
        path = folder / f"clip-{number}.mp4"
        write_lossless(path, render_scene(scene, shape.width, shape.height).frames, shape.fps)
        made.append(path)
    return made


class Frames:
    """What VBench asks of decord, over OpenCV."""

    def __init__(self, path: str, **_: Any) -> None:
        import cv2

        video, self.frames = cv2.VideoCapture(path), []
        self.rate = video.get(cv2.CAP_PROP_FPS)
        while (read := video.read())[0]:
            self.frames.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))

    def __len__(self) -> int:
        return len(self.frames)

    def get_avg_fps(self) -> float:
        """Frames a second."""
        return self.rate

    def get_batch(self, numbers: Any) -> Any:
        """uint8 [N, H, W, 3], as a tensor that also answers as decord's array."""
        batch = torch.from_numpy(np.stack([self.frames[number] for number in numbers]))
        batch.asnumpy = batch.numpy  # type: ignore[attr-defined]
        return batch


def stand_ins() -> None:
    """Modules that VBench imports and that only fetch or decode."""
    decord = ModuleType("decord")
    decord.VideoReader, decord.cpu = Frames, None  # type: ignore[attr-defined]
    decord.bridge = SimpleNamespace(set_bridge=lambda name: None)  # type: ignore[attr-defined]
    sys.modules["decord"] = decord
    sys.modules["clip"] = ModuleType("clip")
    packaging_of_old = ModuleType("pkg_resources")
    packaging_of_old.packaging = packaging  # type: ignore[attr-defined]
    sys.modules.setdefault("pkg_resources", packaging_of_old)


def random_weights(folder: Path, vbench: Path, dino: Path) -> dict[str, Any]:
    """The reference's networks with random weights, saved where ours look for them."""
    import open_clip

    torch.manual_seed(7)
    sys.path.insert(0, str(dino))
    import vision_transformer  # type: ignore[import-not-found]
    from easydict import EasyDict

    networks: dict[str, Any] = {"dino": vision_transformer.vit_base(patch_size=16)}
    torch.save(networks["dino"].state_dict(), folder / "dino_vitbase16_pretrain.pth")
    for name in ("ViT-B-32", "ViT-L-14"):
        networks[name] = open_clip.create_model(f"{name}-quickgelu", pretrained=None)
        torch.save(networks[name].state_dict(), folder / f"{name}.pt")
    networks["head"] = torch.nn.Linear(768, 1)
    torch.save(networks["head"].state_dict(), folder / "sa_0_4_vit_l_14_linear.pth")
    raft = import_from(vbench, "vbench.third_party.RAFT.core.raft")
    networks["raft"] = raft.RAFT(EasyDict(small=False, mixed_precision=False, alternate_corr=False))
    torch.save({f"module.{k}": v for k, v in networks["raft"].state_dict().items()}, folder / "raft-things.pth")
    amt = import_from(vbench, "vbench.third_party.amt.networks.AMT-S").Model(corr_radius=3, corr_lvls=4, num_flows=3)
    torch.save({"state_dict": amt.state_dict()}, folder / "amt-s.pth")
    vocabulary = Path(open_clip.__file__).with_name("bpe_simple_vocab_16e6.txt.gz")
    where = folder / "ViCLIP" / vocabulary.name  # VBench fetches it unless it is there
    where.parent.mkdir()
    where.write_bytes(vocabulary.read_bytes())
    os.environ["VBENCH_CACHE_DIR"] = str(folder)
    tokenizer = import_from(vbench, "vbench.third_party.ViCLIP.simple_tokenizer").SimpleTokenizer(str(where))
    viclip = import_from(vbench, "vbench.third_party.ViCLIP.viclip").ViCLIP(tokenizer=tokenizer, pretrain=None)
    for parameter in viclip.parameters():  # some are left as memory was
        torch.nn.init.normal_(parameter, std=0.02)
    torch.save({"model": viclip.state_dict()}, folder / "ViClip-InternVid-10M-FLT.pth")
    networks |= {"viclip": viclip, "tokenizer": tokenizer}
    if IMAGING:
        from pyiqa.archs.musiq_arch import MUSIQ  # type: ignore[import-not-found]

        networks["musiq"] = MUSIQ(pretrained=False)
        for parameter in networks["musiq"].parameters():  # most of them are zeros
            torch.nn.init.normal_(parameter, std=0.1)
        torch.save(networks["musiq"].state_dict(), folder / "musiq_spaq_ckpt-358bb6af.pth")
    for network in networks.values():
        if isinstance(network, torch.nn.Module):
            network.eval()
    (folder / "VBench").symlink_to(vbench)
    return networks


def reference(
    vbench: Path, folder: Path, paths: list[Path], networks: dict[str, Any], seconds: dict[str, float] | None = None
) -> dict[str, Any]:
    """VBench's numbers: over all clips, and clip by clip. seconds: gets what each of its functions took."""
    videos = [str(path) for path in paths]
    cpu = torch.device("cpu")

    def part(name: str) -> Any:
        return import_from(vbench, f"vbench.{name}")

    found: dict[str, Any] = {}

    def take(name: str, run: Callable[[], Any]) -> None:
        began = time.perf_counter()
        with torch.no_grad():
            found[name] = run()
        if seconds is not None:
            seconds[name] = time.perf_counter() - began

    subject, background, overall = (part(f"{name}_consistency") for name in ("subject", "background", "overall"))
    flickering, dynamic, smoothness = part("temporal_flickering"), part("dynamic_degree"), part("motion_smoothness")
    prompts = [{"prompt": prompt, "video_list": [video]} for prompt, video in zip(PROMPTS, videos, strict=True)]
    from easydict import EasyDict

    flow = dynamic.DynamicDegree(
        EasyDict(model=str(folder / "raft-things.pth"), small=False, mixed_precision=False, alternate_corr=False), cpu
    )
    speeds: list[float] = []
    plain = flow.check_move
    flow.check_move = lambda scores: (speeds.append(float(np.mean(scores))), plain(scores))[1]
    config = vbench / "vbench/third_party/amt/cfgs/AMT-S.yaml"
    smoothness.build_from_cfg = lambda _: import_from(vbench, "vbench.third_party.amt.networks.AMT-S").Model(3, 4, 3)
    motion = smoothness.MotionSmoothness(str(config), str(folder / "amt-s.pth"), "cpu")

    take("vbench_subject_consistency", lambda: subject.subject_consistency(networks["dino"], videos, cpu, False))
    take(
        "vbench_background_consistency",
        lambda: background.background_consistency(networks["ViT-B-32"], None, videos, cpu, False),
    )
    take(
        "vbench_overall_consistency",
        lambda: overall.overall_consistency(networks["viclip"], prompts, networks["tokenizer"], cpu),
    )
    take("vbench_temporal_flickering", lambda: flickering.temporal_flickering(videos))
    take("vbench_dynamic_degree", lambda: dynamic.dynamic_degree(flow, videos))
    take("vbench_motion_smoothness", lambda: smoothness.motion_smoothness(motion, videos))
    take(
        "vbench_aesthetic_quality",
        lambda: part("aesthetic_quality").laion_aesthetic(networks["head"], networks["ViT-L-14"], videos, cpu),
    )
    if IMAGING:
        take(
            "vbench_imaging_quality",
            lambda: part("imaging_quality").technical_quality(networks["musiq"], videos, cpu),
        )
        for each in found["vbench_imaging_quality"][1]:  # of a hundred there, of one in the mean
            each["video_results"] /= 100
        script = import_from(vbench, "scripts.cal_final_score")
        values = {name.replace("_", " "): found.get(f"vbench_{name}", (0.0,))[0] for name in (*QUALITY, *SEMANTIC)}
        found["vbench_quality"] = (script.get_quality_score(script.get_nomalized_score(values)), [])
    found["mean_speed"] = (float(np.mean(speeds)), [{"video_results": speed} for speed in speeds])
    return found


def clip_info(path: Path, prompt: str = "") -> ClipInfo:
    """The clip as a take of a shot of its own."""
    seen = probe(path)
    shot = Shot(id=path.stem, movie="m", prompt=prompt, seconds=seen.seconds)
    return ClipInfo(
        path=path, frames=seen.frames, fps=seen.fps, width=seen.width, height=seen.height, seconds=seen.seconds,
        used=seen.frames, shot=shot, take=Take(path=path.name),
    )


def ours(
    folder: Path, paths: list[Path], models: LocalModels | None = None
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Our numbers: over all clips, and clip by clip, each clip decoded once."""
    resources = Resources(names=frozenset(NAMES), models=models or LocalModels("cpu", "float32"), weights=folder)
    group, rows = VBenchGroup(resources), []
    for prompt, path in zip(PROMPTS, paths, strict=True):
        info = clip_info(path, prompt)
        meter = VBenchMeter(resources, info)
        reading = measure_clip(resources, info, [meter])[0]
        row = Findings(info.shot, {"vbench": reading}).scores
        row["mean_speed"] = float(np.mean(meter._speeds))
        rows.append(row)
        group.add(ShotReading(shot=info.shot, scores=row, material=reading.material))
    whole = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    whole |= {name: value for name, value in group.values().items() if value is not None}
    return whole, rows


def compare(theirs: float, mine: float) -> dict[str, Any]:
    """Both numbers and how far apart they are."""
    return {"reference": theirs, "ours": mine, "difference": f"{abs(theirs - mine):.1e}"}


def main() -> None:
    """Run both and write them down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vbench", type=Path)
    parser.add_argument("dino", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "parity-vbench.json")
    asked = parser.parse_args()
    from bench.parity import vbench_long

    stand_ins()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = clips(folder, MIXED)
        pixels = max(
            int(np.abs(a.astype(int) - b).max())
            for path in paths
            for a, b in zip(Frames(str(path)).frames, read_frames(path), strict=True)
        )
        networks = random_weights(folder, asked.vbench.resolve(), asked.dino.resolve())
        theirs = reference(asked.vbench.resolve(), folder, paths, networks)
        whole, rows = ours(folder, paths)
        long = vbench_long.compared(asked.vbench.resolve(), folder, networks)
    table = {}
    for name, (total, each) in theirs.items():
        by_clip = [float(one["video_results"]) for one in each]
        table[name] = compare(float(total), whole[name])
        if by_clip:
            worst = max(abs(mine[name] - one) for mine, one in zip(rows, by_clip, strict=True))
            table[name]["largest_of_a_clip"] = f"{worst:.1e}"
    table |= {name: compare(*both) for name, both in long.items()}
    write_json(
        asked.out,
        {
            "command": "python bench/parity/vbench.py VBENCH_CLONE DINO_CLONE",
            "weights": "random, float32, saved in the published layout",
            "clips": [shape._asdict() for shape in MIXED],
            "largest_difference_of_pixels": pixels,
            "not_run": {} if IMAGING else {"vbench_imaging_quality": "pyiqa is not on the path"},
            "vbench_long": vbench_long.ABOUT,
            "metrics": table,
        },
    )
    sys.stdout.write(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
