"""Precedence of flag, environment, reel.toml and default; what is refused, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.cli import verbs
from reelkit.cli.call import Call
from reelkit.cli.settings import convert
from reelkit.cli.spec import Option
from reelkit.errors import UsageError

from .conftest import Result

Reel = Callable[..., Result]


@pytest.fixture
def settled(reel: Reel, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, object]]:
    """The values a verb would run with."""

    def run(*words: str, environ: dict[str, str] | None = None) -> dict[str, object]:
        seen: list[dict[str, object]] = []

        def look(call: Call) -> int:
            seen.append(dict(call.values))
            return 0

        monkeypatch.setattr(verbs, "runner", lambda name: look)
        result = reel(*words, environ=environ)
        assert result.status == 0, result.stderr
        return seen[0]

    return run


def test_flag_beats_environment_beats_film_beats_default(
    settled: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    assert settled("shot")["model"] == "embedded"
    (tmp_path / "reel.toml").write_text('[defaults]\nmodel = "film"\n')
    assert settled("shot")["model"] == "film"
    (tmp_path / "reel.toml").write_text('[defaults]\nmodel = "film"\n[shot]\nmodel = "film-shot"\n')
    assert settled("shot")["model"] == "film-shot"
    assert settled("keyframes")["model"] == "film"
    env = {"REEL_MODEL": "env"}
    assert settled("shot", environ=env)["model"] == "env"
    assert settled("shot", environ={**env, "REEL_MODEL_SHOT": "env-shot"})["model"] == "env-shot"
    assert settled("extend", environ={**env, "REEL_MODEL_SHOT": "env-shot"})["model"] == "env-shot"
    assert settled("keyframes", environ={**env, "REEL_MODEL_KEYFRAMES": "k"})["model"] == "k"
    assert settled("shot", "--model", "flag", environ=env)["model"] == "flag"


def test_film_stands_beside_the_manifest_and_its_paths_start_there(
    settled: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "reel.toml").write_text('[defaults]\nmedia = "pictures"\n[shot]\ntakes = 2\nfail_fast = true\n')
    values = settled("shot", "films/film.jsonl")
    assert (values["media"], values["takes"], values["fail_fast"]) == (folder / "pictures", 2, True)
    assert settled("shot")["media"] == tmp_path / "media"
    assert settled("shot", "films/film.jsonl", "--media", "m", "--no-fail-fast") | {
        "fail_fast": False
    } == settled("shot", "films/film.jsonl", "--media", "m", "--no-fail-fast")


def test_a_name_in_a_film_is_a_path_where_the_films_folder_holds_it(
    settled: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    for name in ("weights", "encoder", "embedded"):
        (folder / name).mkdir(parents=True)
    (folder / "soft.safetensors").touch()
    (folder / "reel.toml").write_text(
        '[defaults]\nmodel = "weights"\nencoder = "encoder"\nlora = ["soft.safetensors", "hub/name", '
        '"transformer_2=soft.safetensors:0.5"]\nquantisation = "gguf:soft.safetensors"\n'
        '[keyframes]\nmodel = "embedded"\nencoder = "ViT-L-14:openai"\n'
    )
    values = settled("shot", "films/film.jsonl")
    assert (values["model"], values["encoder"]) == (str(folder / "weights"), str(folder / "encoder"))
    soft = str(folder / "soft.safetensors")
    assert values["lora"] == (soft, "hub/name", f"transformer_2={soft}:0.5")
    assert values["quantisation"] == f"gguf:{soft}"
    stills = settled("keyframes", "films/film.jsonl")
    assert (stills["model"], stills["encoder"]) == ("embedded", "ViT-L-14:openai")
    assert settled("shot", "films/film.jsonl", "--model", "weights")["model"] == "weights"


def test_flags_and_overrides_have_the_same_bounds() -> None:
    import msgspec

    from reelkit.stages.options import OVERRIDES

    bounds = {option.name: (option.low, option.high) for option in verbs.spec("shot").options}
    for name in ("steps", "guidance", "top_k", "seed"):
        kind = msgspec.inspect.type_info(OVERRIDES[name])
        assert (kind.ge, kind.le) == bounds[name]


def test_the_shot_of_why_is_not_taken_for_a_manifest(
    settled: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    (tmp_path / "reel.toml").write_text("[why]\nseed = 8\n")
    assert settled("why", "lighthouse/s01-001")["seed"] == 8
    assert settled("why", "lighthouse/s01-001", "film.jsonl")["seed"] == 8


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            "[shot]\nstep = 4\n",
            "[shot] has no key 'step' (did you mean 'steps'?); allowed: takes, steps, guidance",
        ),
        (
            "[shto]\nsteps = 4\n",
            "no table or key 'shto' is known here (did you mean 'shot'?); allowed: defaults, plan",
        ),
        ("steps = 4\n", "no table or key 'steps' is known here"),
        ("shot = 4\n", "shot is not a table; write [shot] on a line of its own"),
        ("[shot]\nsteps = 'many'\n", "reel.toml: [shot] steps: 'many' is not a whole number"),
        ("[shot]\nsteps = 4.5\n", "reel.toml: [shot] steps: 4.5 is not a whole number"),
        ("[shot]\nsteps = inf\n", "reel.toml: [shot] steps: inf is not a whole number"),
        ("[shot]\nsteps = true\n", "reel.toml: [shot] steps: True is not a whole number"),
        ("[shot]\nfail_fast = 1\n", "reel.toml: [shot] fail_fast: 1 is not true or false"),
        ("[shot]\ndtype = 'int4'\n", "'int4' is not one of auto, float32, bfloat16, float16"),
        ("[shot]\nforce = true\n", "[shot] has no key 'force'"),
        ("[shot\n", "not TOML"),
    ],
)
def test_what_a_film_may_not_say(reel: Reel, tmp_path: Path, toml: str, message: str) -> None:
    (tmp_path / "reel.toml").write_text(toml)
    result = reel("shot")
    assert result.status == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shoot"], "'shoot' is no verb of reel; did you mean 'shot'?"),
        (["--frobnicate"], "'--frobnicate' is no verb of reel"),
        (["shot", "--step", "4"], "no such option: --step"),
        (["shot", "--steps"], "--steps"),
        (["shot", "--steps", "0"], "--steps: '0' is too small; the least is 1"),
        (["shot", "--seed", "9007199254740992"], "--seed: '9007199254740992' is too large; the most is 9007199254740991"),
        (["shot", "--seed", "-1"], "--seed: '-1' is too small; the least is 0"),
        (["shot", "--top-k", "-1"], "--top-k: '-1' is too small; the least is 0"),
        (["shot", "--guidance", "-0.5"], "--guidance: '-0.5' is too small; the least is 0"),
        (["shot", "--guidance", "nan"], "--guidance: 'nan' is not a number"),
        (["extend", "--seconds", "inf"], "--seconds: 'inf' is not a number"),
        (["shot", "--grace", "1e999"], "--grace: '1e999' is not a number"),
        (["schema", "film.jsonl"], "film.jsonl: schema takes nothing but options"),
        (["shot", "--shard", "9/8"], "--shard 9/8"),
        (["assemble"], "no film to write; give -o FILM"),
        (["why"], "which shot?"),
    ],
)
def test_usage_errors_are_status_2_and_say_what_to_do(reel: Reel, words: list[str], message: str) -> None:
    result = reel(*words)
    assert result.status == 2
    assert message in result.stderr
    assert "--help" in result.stderr or "did you mean" in result.stderr
    assert "Traceback" not in result.stderr


@given(st.text())
def test_numbers_convert_or_are_refused(text: str) -> None:
    option = Option("steps", "", kind="int", low=1)
    try:
        assert convert(option, text, "--steps") == int(text) >= 1
    except UsageError as refusal:
        assert str(refusal).startswith("--steps: ")
