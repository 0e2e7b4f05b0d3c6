"""`reel serve`, and what a stage imports that asks a host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reelkit.cli.verbs.serve import table
from reelkit.host.place import place, process
from tests.support.film import dump, film

from .conftest import answers, reel, until

Tiny = Callable[[], "subprocess.Popen[bytes]"]

MODULES = """
import sys
from reelkit.cli.main import main
status = main(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(status)
"""


def modules(*words: str, cwd: Path, stdin: bytes = b"") -> tuple[int, set[str]]:
    """Exit status of a `reel`, and the modules that it imported."""
    done = subprocess.run([sys.executable, "-c", MODULES, *words], cwd=cwd, input=stdin, capture_output=True)
    return done.returncode, set(done.stderr.decode().splitlines()[-1].split())


def test_a_dry_run_needs_no_host_and_imports_no_torch(nest: Path, tmp_path: Path) -> None:
    status, seen = modules("shot", "--dry-run", cwd=tmp_path, stdin=dump(film()))
    assert status == 0 and "torch" not in seen and "reelkit.host.client" in seen
    assert process(place("auto", os.environ)) is None


@pytest.mark.parametrize("verb", ["keyframes", "shot", "score"])
def test_a_stage_that_asks_a_host_imports_no_torch(tiny: Tiny, tmp_path: Path, verb: str) -> None:
    tiny()
    text = dump(film())
    if verb == "score":
        text = reel("keyframes", cwd=tmp_path, stdin=text).stdout
    status, seen = modules(verb, cwd=tmp_path, stdin=text)
    assert status == 0
    assert not {name for name in ("torch", "diffusers", "transformers", "open_clip") if name in seen}


CHECK = """
import sys
from pathlib import Path
from reelkit.host.client import HostedModels
from reelkit.models import GenerateRequest
from reelkit.errors import RecordError
models = HostedModels()
card = models.describe(sys.argv[1], "video")
asked = dict(model=sys.argv[1], prompt="a coat", width=16, height=16, seed=1, out="a")
models.check(GenerateRequest(frames=9, **asked))
try:
    models.check(GenerateRequest(frames=10, **asked))
except RecordError as error:
    print(error)
print(card.family, card.modes, *({"torch", "diffusers"} & set(sys.modules)))
"""


def test_a_models_card_and_its_refusals_need_no_torch(nest: Path, tmp_path: Path) -> None:
    parts = {
        "model_index.json": {"_class_name": "WanPipeline", "transformer": ["diffusers", "WanTransformer3DModel"]},
        "transformer/config.json": {"patch_size": [1, 2, 2], "num_layers": 2},
        "vae/config.json": {"temperal_downsample": [False, True, True]},
    }
    for name, content in parts.items():
        (tmp_path / "wan" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "wan" / name).write_text(json.dumps(content))
    done = subprocess.run([sys.executable, "-c", CHECK, str(tmp_path / "wan")], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["it makes 1, 5, 9, ... frames, not 10: ask for 9", "wan (1,)"], done.stderr


def test_ranks_of_torchrun_compute_in_their_own_processes(nest: Path, tmp_path: Path) -> None:
    from reelkit.cli.call import Call
    from reelkit.cli.environment import Environment
    from reelkit.cli.logs import Log
    from reelkit.cli.verbs import spec
    from reelkit.host import HostedModels

    def models(**environ: str) -> object:
        env = Environment(environ={"XDG_RUNTIME_DIR": str(nest), **environ})
        return Call(env, spec("shot"), {}, [], Log(env, "shot"), lambda name: {}).models()

    assert isinstance(models(), HostedModels)
    assert isinstance(models(WORLD_SIZE="1"), HostedModels)
    assert not isinstance(models(WORLD_SIZE="2"), HostedModels)
    assert not isinstance(models(REEL_HOST="off"), HostedModels)


def test_asking_for_the_hosts_imports_no_arrays(nest: Path, tmp_path: Path) -> None:
    status, seen = modules("serve", "--status", cwd=tmp_path)
    assert status == 0 and seen.isdisjoint({"torch", "numpy", "av", "PIL"})


def test_no_host_is_no_rows(nest: Path, tmp_path: Path) -> None:
    done = reel("serve", "--status", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"no host is running\n")
    done = reel("serve", "--stop", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"reel serve: no host is running here\n")


def test_status_is_a_row_for_machines_and_lines_for_people(tiny: Tiny, tmp_path: Path) -> None:
    host = tiny()
    reel("shot", cwd=tmp_path, stdin=dump(film()))
    done = reel("serve", "--status", cwd=tmp_path)
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["pid"], row["here"], row["clients"], row["loads"]) == (host.pid, True, 0, {"tiny": 1})
    assert row["requests"] > 4 and row["working"] == "" and Path(row["socket"]).is_socket() and Path(row["log"]).is_file()
    assert f"host {host.pid} (here): reelkit" in done.stderr.decode()
    done = reel("serve", "--status", cwd=tmp_path, CUDA_VISIBLE_DEVICES="3")
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["pid"], row["here"]) == (host.pid, False)


def test_the_table_says_what_is_in_hand() -> None:
    row = {
        "pid": 7, "version": "0.1.0", "device": "auto", "visible": {"CUDA_VISIBLE_DEVICES": "1"}, "seconds": 61.4,
        "idle": 300.0, "clients": 2, "waiting": 1, "working": "/media/film/s01/key", "step": 4, "steps": 20,
        "requests": 12, "loads": {"wan": 2, "encoder": 1}, "memory": 2_000_000_000, "device_memory": 41_500_000_000,
        "here": True, "log": "/run/a.log",
    }  # fmt: skip
    assert table([row]).splitlines() == [
        "host 7 (here): reelkit 0.1.0, device auto, CUDA_VISIBLE_DEVICES=1",
        "  up 61 s, 2 stages connected, 12 requests, 2.0 GB, 41.5 GB on the device",
        "  in hand: /media/film/s01/key step 4 of 20, 1 waiting",
        "  loaded: wan (2x), encoder (1x)",
        "  ends after 300 s without a stage; log /run/a.log",
    ]


def test_stop_returns_when_the_process_is_gone(tiny: Tiny, tmp_path: Path) -> None:
    host = tiny()
    done = reel("serve", "--stop", cwd=tmp_path)
    assert done.returncode == 0 and f"ended: host {host.pid}" in done.stderr.decode()
    assert host.wait(1) == 0


def test_stop_reaches_the_hosts_of_other_settings_only_with_all(tiny: Tiny, tmp_path: Path) -> None:
    host = tiny()
    elsewhere = {"HF_HOME": str(tmp_path)}
    done = reel("serve", "--stop", cwd=tmp_path, **elsewhere)
    assert b"no host is running here" in done.stderr and host.poll() is None
    done = reel("serve", "--stop", "--all", cwd=tmp_path, **elsewhere)
    assert done.returncode == 0 and host.wait(1) == 0


def test_serve_is_a_host_in_this_process_that_an_interrupt_ends(nest: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "reelkit.cli.main", "serve", "--idle", "60"]
    serving = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    where = place("auto", os.environ)
    until(lambda: process(where) == serving.pid and answers(where))

    again = reel("serve", cwd=tmp_path)
    assert again.returncode == 0 and f"a host is here already: process {serving.pid}, socket".encode() in again.stderr
    longer = reel("serve", "--idle", "7200", cwd=tmp_path)
    assert b"it now ends after 7200 s without a stage" in longer.stderr
    (row,) = map(json.loads, reel("serve", "--status", "-q", cwd=tmp_path).stdout.splitlines())
    assert (row["pid"], row["idle"]) == (serving.pid, 7200.0)

    assert "ends after 60 s without a client" in where.log.read_text()
    serving.send_signal(signal.SIGINT)
    out, err = serving.communicate(timeout=30)
    assert (serving.returncode, out) == (0, b"")
    lines = err.decode().splitlines()
    assert len(lines) == 2 and all(line.startswith("reel serve: host ") for line in lines), lines
    assert process(where) is None and not where.socket.exists() and not where.log.exists()


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        (["serve", "--status", "--stop"], {}, "--status or --stop: give one of them"),
        (["serve", "--all"], {}, "--all goes with --stop"),
        (["shot"], {"REEL_HOST": "maybe"}, "REEL_HOST=maybe: give on"),
    ],
)
def test_what_cannot_be_meant_is_usage(
    nest: Path, tmp_path: Path, words: list[str], environ: dict[str, str], says: str
) -> None:
    done = reel(*words, cwd=tmp_path, stdin=dump(film()), **environ)
    assert done.returncode == 2 and says in done.stderr.decode()
