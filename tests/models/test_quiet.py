"""Known remarks of libraries are kept back, and nothing else of theirs."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reelkit.models.quiet import REMARKS, hush
from tests.support.checkpoints import wan

SAMPLES = {
    "torch.utils._pytree": "<enum 'Kind'> is an Enum subclass and is now natively supported by torch.compile",
    "diffusers.loaders.peft": "No LoRA keys associated to NoneType found with the prefix='text_encoder'.",
    "diffusers.models.modeling_utils": "Attention backends are an experimental feature and the API may change.",
    "diffusers.guiders.guider_utils": "Guiders are currently an experimental feature under active development.",
    "diffusers.schedulers.scheduling_flow_match_euler_discrete": "`timesteps` were passed without `sigmas`. The",
}


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_known_remark_is_kept_back_and_another_of_the_same_logger_is_not(name: str):
    hush(), hush()
    assert name in REMARKS
    logger, heard = logging.getLogger(name), Heard()
    logger.addHandler(heard)
    try:
        logger.warning(SAMPLES[name])
        logger.warning("weights are missing")
    finally:
        logger.removeHandler(heard)
    assert heard.texts == ["weights are missing"]


@pytest.mark.slow
def test_a_run_with_everything_installed_says_nothing(tmp_path: Path):
    wan.wan21(tmp_path / "wan")
    script = (
        "import sys\n"
        "from reelkit.models import GenerateRequest, open_models\n"
        "ask = {'prompt': 'x', 'width': 16, 'height': 16, 'frames': 5, 'seed': 1, 'steps': 2, 'out': sys.argv[2]}\n"
        "options = {'attention': 'native', 'offload': 'group', 'dtype': 'bfloat16', 'quantisation': 'int8wo'}\n"
        "open_models('cpu').generate(GenerateRequest(model=sys.argv[1], options=options, **ask))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "wan"), str(tmp_path / "made")],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, capture_output=True, text=True, check=True,
    )
    assert (ran.stdout, ran.stderr) == ("", "")
