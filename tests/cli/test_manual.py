"""Help, manual, docs and options agree, because all come from one spec; and it agrees with the stages."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import msgspec
import pytest

from reelkit import __version__
from reelkit.cli import help, verbs
from reelkit.cli.call import fill
from reelkit.cli.manifest_page import KINDS
from reelkit.cli.manual import pages
from reelkit.cli.settings import convert
from reelkit.cli.typing_app import parse
from reelkit.manifest import kinds

from .conftest import Result

Reel = Callable[..., Result]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(pages(ROOT)))
def test_the_generated_file_is_the_one_in_the_repository(name: str) -> None:
    assert (ROOT / name).read_text() == pages(ROOT)[name], (
        "run `python -m reelkit.cli.manual` and look at the change"
    )


@pytest.mark.parametrize("name", verbs.NAMES)
def test_every_way_to_ask_gives_the_same_help(reel: Reel, name: str) -> None:
    text = help.verb_help(verbs.spec(name))
    asked = [reel(name, "--help"), reel(name, "-h"), reel(name, "--quiet", "--help")]
    assert [(r.status, r.stdout.decode(), r.stderr) for r in asked] == [(0, text, "")] * 3
    assert max(map(len, text.splitlines())) <= 110


def test_program_help_and_version(reel: Reel) -> None:
    assert reel("--help").stdout.decode() == help.program_help()
    assert reel("--version").stdout.decode() == f"reelkit {__version__}\n"
    bare = reel()
    assert (bare.status, bare.stdout, bare.stderr) == (2, b"", help.program_help())


def stage_structs() -> dict[str, type[msgspec.Struct]]:
    from reelkit.stages.assemble import AssembleOptions
    from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions
    from reelkit.stages.plan import PlanOptions
    from reelkit.stages.score import ScoreOptions

    return {
        "plan": PlanOptions,
        "keyframes": KeyframesOptions,
        "shot": ShotOptions,
        "extend": ExtendOptions,
        "score": ScoreOptions,
        "assemble": AssembleOptions,
    }


NOT_FLAGS = {"selection", "should_stop", "planner", "from_video"}
"""`planner` and `from_video` have one value each so far, and no flag until they have more."""
DECIDED_BY_THE_VERB = {("score", "device")}
NAMED_OTHERWISE = {"gates": "gate", "width": "size", "height": "size"}


@pytest.mark.parametrize("name", sorted(stage_structs()))
def test_every_field_of_a_stage_has_an_option_with_its_default(name: str) -> None:
    kind = stage_structs()[name]
    options = {option.name: option for option in verbs.spec(name).options}
    defaults = dict(zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False))
    for field in set(kind.__struct_fields__) - NOT_FLAGS:
        option = options.get(NAMED_OTHERWISE.get(field, field))
        assert option is not None, f"reel {name} has no option for {field}"
        default = defaults.get(field, msgspec.NODEFAULT)
        if option.default and (name, field) not in DECIDED_BY_THE_VERB:
            assert convert(option, option.default, option.flag) == default, field
        elif not option.default:
            assert default is msgspec.NODEFAULT or not default, field


@pytest.mark.parametrize("name", ["keyframes", "shot", "extend"])
def test_values_by_default_are_the_stage_s_own(name: str) -> None:
    kind = stage_structs()[name]
    values = {o.name: convert(o, o.default, o.flag) for o in verbs.spec(name).options if o.default}
    assert fill(kind, values) == kind()


@pytest.mark.parametrize("name", verbs.NAMES)
def test_specs_are_sound(name: str) -> None:
    verb = verbs.spec(name)
    names = [flag for o in (*verb.options, help.HELP) for flag in (o.short, o.flag, o.negation) if flag]
    assert len(names) == len(set(names))
    assert verb.name == name
    assert not verb.summary.endswith(".")
    for option in verb.options:
        assert option.help.endswith("."), option.name
        assert not (option.kind == "flag" and option.default), option.name


def test_every_page_is_installed_in_its_section() -> None:
    shared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    expected = {
        name: f"share/man/man{name[-1]}/{Path(name).name}" for name in pages(ROOT) if name.startswith("man/")
    }
    assert shared["shared-data"] == expected


@pytest.mark.parametrize("name", verbs.NAMES)
def test_every_example_is_a_command_that_reel_understands(name: str) -> None:
    for example in verbs.spec(name).examples:
        words = shlex.split(example.command, posix=True)
        commands = [list(group) for pipe, group in groupby(words, "|".__eq__) if not pipe]
        for command in (c for c in commands if c[0] == "reel"):
            arguments = command[2 : command.index(">") if ">" in command else None]
            given, _, _ = parse(verbs.spec(command[1]), arguments)
            options = {option.name: option for option in verbs.spec(command[1]).options}
            for key, value in given.items():
                convert(options[key], value, key)
        assert any(command[:2] == ["reel", name] for command in commands)


def test_reel_manifest_describes_every_field_of_every_kind() -> None:
    for name, (_, described) in KINDS.items():
        fields = {field.encode_name for field in msgspec.structs.fields(getattr(kinds, name))}
        assert set(described) == fields - {"error"}, name
    structs = {k for k, v in vars(kinds).items() if isinstance(v, type) and issubclass(v, msgspec.Struct)}
    assert structs - {"Struct"} == set(KINDS)


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
@pytest.mark.parametrize("name", sorted(n for n in pages(ROOT) if n.startswith("man/")))
def test_mandoc_finds_nothing_wrong(tmp_path: Path, name: str) -> None:
    page = tmp_path / Path(name).name
    page.write_text(pages(ROOT)[name])
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
    assert lint.stdout == ""


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_groff_formats_every_page_without_a_word(tmp_path: Path) -> None:
    for name, text in pages(ROOT).items():
        if not name.startswith("man/"):
            continue
        done = subprocess.run(
            ["groff", "-mdoc", "-Tascii", "-P-cbou", "-ww"], input=text, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, ""), name
        assert "SEE ALSO" in done.stdout
