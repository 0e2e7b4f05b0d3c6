"""What the host saves and costs: `python bench/host.py [--keep FOLDER]`.

A pipe of keyframes, shot and extend over two short shots by the embedded model, and over one by a Wan VACE of 1.4 GB of
random weights with a text encoder: with REEL_HOST=off, where each stage loads for itself; with a host that the pipe
starts; and again, other prompts, with the host that is there. Then how long a client takes to start, and what a
request costs beside its work. Weights are in the page cache; their hashes are remembered, as after a first run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.host import HostedModels
from reelkit.host.meeting import gone, told
from reelkit.host.place import place, process
from reelkit.host.wire import Standing, Status, Stop
from reelkit.models import GenerateRequest

REEL = f"{sys.executable} -m reelkit.cli.main"
STARTS = 11
CALLS = 30
PROMPT = "Wide shot, static camera. EXT. BEACH - DAY. Mara, a woman with long black hair in a red coat, {}."
BARE = "pass"
CLIENT = "from reelkit.host import HostedModels; HostedModels()"
STAGE = "from reelkit.cli.main import main; main(['shot', '-q', '-'])"
MET = "from reelkit.host import HostedModels; HostedModels().embed_texts(['a coat'])"


def checkpoint(folder: Path) -> Path:
    """A Wan VACE of 0.55 billion weights, with a text encoder of 0.15 billion and a slim autoencoder.

    It is there to be loaded: most of the text encoder is its table of words, which costs nothing to run.
    """
    import torch
    from diffusers import AutoencoderKLWan
    from transformers import T5Config, T5EncoderModel

    from bench import checkpoints

    checkpoints.WAN["host"] = {"num_attention_heads": 10, "num_layers": 16, "ffn_dim": 5120}
    checkpoints.VACE_LAYERS["host"] = [0, 3, 6, 9, 12]
    if (folder / "done").exists():
        return folder
    checkpoints.wan(folder, "host", vace=True, text_width=1024)
    config = T5Config(vocab_size=120_000, d_model=1024, d_kv=64, d_ff=2816, num_layers=2, num_heads=16)
    T5EncoderModel(config).to(torch.bfloat16).save_pretrained(folder / "text_encoder")
    AutoencoderKLWan(base_dim=16).save_pretrained(folder / "vae")
    (folder / "done").touch()
    return folder


def film(folder: Path, verb: str, width: int, height: int, seconds: float, shots: int) -> Path:
    """A film of short shots."""
    rows: list[dict[str, Any]] = [
        {"kind": "movie", "id": "film", "title": "Film", "fps": 8, "width": width, "height": height, "seed": 7}
    ]
    for order in range(1, shots + 1):
        shot = {"kind": "shot", "id": f"s01-{order:03}", "movie": "film", "order": order, "seconds": seconds}
        rows.append({**shot, "prompt": PROMPT.format(f"{verb} past house number {order}")})
    folder.mkdir(parents=True)
    path = folder / "film.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def pipe(manifest: Path, model: str, host: str) -> dict[str, Any]:
    """Seconds of the whole pipe, to its first still, and to its first chunk; what it took of processors and memory.

    cpu_seconds and peak_gb count the stages and the host, whatever else the machine does; of memory only what no other
    process shares.
    """
    asked = f"--model {model} --steps 1 --guidance 1 --dtype float32"
    line = f"{REEL} keyframes {asked} {manifest} | {REEL} shot {asked} | {REEL} extend --seconds 0.25 {asked} > out.jsonl"
    environ = {**os.environ, "REEL_HOST": host}
    served, before = process(place("auto", environ)), resource.getrusage(resource.RUSAGE_CHILDREN)
    served_before = cpu(served)
    began = time.perf_counter()
    stages = subprocess.Popen(["bash", "-o", "pipefail", "-c", line], cwd=manifest.parent, env=environ, stderr=subprocess.PIPE)
    seen: dict[str, float] = {}
    peak = 0
    while stages.poll() is None:
        for name, pattern in (("first_still_seconds", "*.png"), ("first_chunk_seconds", "*.mp4")):
            made = (path for path in manifest.parent.glob(f"media/film/s*/{pattern}") if path.with_suffix(".json").exists())
            if name not in seen and next(made, None):
                seen[name] = round(time.perf_counter() - began, 2)
        served = process(place("auto", environ)) or served
        peak = max(peak, sum(anonymous(pid) for pid in (*children(stages.pid), *([served] if served else []))))
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    if stages.returncode:
        raise SystemExit(f"{line}: status {stages.returncode}\n{stages.stderr.read().decode() if stages.stderr else ''}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + cpu(served) - served_before
    return {"seconds": round(seconds, 2), **seen, "cpu_seconds": round(spent, 2), "peak_gb": round(peak / 1e9, 2)}


def cpu(pid: int | None) -> float:
    """Seconds of processor that a process has taken."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Processes that a process started."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def anonymous(pid: int) -> int:
    """Bytes of memory that are the process's own."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


@contextmanager
def remembered(folder: Path, model: str) -> Iterator[None]:
    """A cache folder of one's own, in which only the weights' hashes stand."""
    os.environ["XDG_CACHE_HOME"] = str(folder)
    subprocess.run([sys.executable, "-c", f"from reelkit.models import open_models; open_models().describe({model!r}, 'video')"])
    yield
    where = place("auto", os.environ)
    told(where, Stop())
    gone(where, 60.0)


def compared(folder: Path, model: str, *shape: Any) -> dict[str, Any]:
    """The three ways to run the pipe."""
    with remembered(folder / "cache-off", model):
        off = pipe(film(folder / "off", "walks", *shape), model, "off")
    with remembered(folder / "cache-host", model):
        cold = pipe(film(folder / "cold", "walks", *shape), model, "on")
        standing, pid = told(place("auto", os.environ), Status()), process(place("auto", os.environ))
        warm = pipe(film(folder / "warm", "runs", *shape), model, "on")
        if process(place("auto", os.environ)) != pid:
            raise SystemExit("the package was edited while this ran, so another host was started: run it again")
    assert isinstance(standing, Standing)
    return {
        "off": off,
        "host_cold": cold,
        "host_warm": warm,
        "off_over_cold": {name: round(off[name] / cold[name], 2) for name in ("seconds", "cpu_seconds", "peak_gb")},
        "off_over_warm": {name: round(off[name] / warm[name], 2) for name in ("seconds", "cpu_seconds", "peak_gb")},
        "loads_in_host": {Path(name.split(" (")[0]).name: times for name, times in standing.loads.items()},
        "requests": standing.requests,
    }


def starts(bytecode: Path) -> dict[str, float]:
    """Milliseconds over bare Python: a client, one that a warm host has answered, and `reel shot` without a record."""
    codes = {"bare": BARE, "client": CLIENT, "client_met": MET, "empty_stage": STAGE}
    times: dict[str, list[float]] = {name: [] for name in codes}
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for round_ in range(STARTS + 1):
        for name, code in codes.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, env=environ, check=True)
            if round_:  # the first writes bytecode, as an installation does
                times[name].append((time.perf_counter() - began) * 1000)

    def over(name: str) -> float:
        return round(statistics.median(a - b for a, b in zip(times[name], times["bare"], strict=True)), 1)

    bare = round(statistics.median(times["bare"]), 1)
    return {"bare_ms": bare, **{f"{name}_over_bare_ms": over(name) for name in codes if name != "bare"}}


def calls(folder: Path) -> dict[str, float]:
    """Milliseconds of a request beside its work: what an empty one takes, and what a still takes over its own figure."""
    models = HostedModels()
    folder.mkdir()
    models.embed_texts(["a coat"])

    def timed(call: Callable[[], Any]) -> tuple[float, Any]:
        began = time.perf_counter()
        found = call()
        return (time.perf_counter() - began) * 1000, found

    empty = [timed(lambda: models.embed_images([]))[0] for _ in range(CALLS)]
    still = []
    for number in range(CALLS // 3):
        request = GenerateRequest(
            model="embedded", prompt=PROMPT.format("waves"), width=128, height=64, frames=1, seed=number, steps=1,
            out=str(folder / str(number)), still=True,
        )  # fmt: skip
        taken, reply = timed(lambda request=request: models.generate(request))
        still.append(taken - reply.wall_seconds * 1000)
    models.close()
    return {"empty_request_ms": round(statistics.median(empty), 2), "still_over_its_work_ms": round(statistics.median(still), 2)}


def main() -> None:
    """Run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="a folder for the large checkpoint, to find it there again")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="reel") as name:
        folder = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        large = checkpoint(asked.keep or folder / "vace")
        weights = sum(path.stat().st_size for path in large.rglob("*.safetensors"))
        embedded = compared(folder / "embedded", "embedded", 256, 128, 0.7, 2)
        wan = compared(folder / "wan", str(large), 32, 32, 0.3, 1)
        with remembered(folder / "cache-calls", "embedded"):
            costs = {**calls(folder / "calls"), **starts(folder / "bytecode")}
    figures = {
        "command": "python bench/host.py",
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "noisy": load > 0.5,
        "large_gb": round(weights / 1e9, 2),
        "embedded": embedded,
        "wan_vace_random": wan,
        "client": costs,
    }
    write_json(RESULTS / "host.json", figures)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
