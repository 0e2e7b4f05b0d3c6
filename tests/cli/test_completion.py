"""Completion scripts in the shells they are for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reelkit.cli.completion import script

from .conftest import Result

Reel = Callable[..., Result]


def bash(tmp_path: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    (tmp_path / "reel.bash").write_text(script("bash"))
    quoted = " ".join(f"'{word}'" for word in words)
    line = (
        f"source {tmp_path}/reel.bash; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _reel; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path, check=True)
    return done.stdout.split()


def test_bash_offers_verbs_options_choices_and_files(tmp_path: Path) -> None:
    (tmp_path / "film.jsonl").touch()
    assert bash(tmp_path, "reel", "sc") == ["score", "schema"]
    assert bash(tmp_path, "reel", "shot", "--ta") == ["--takes"]
    assert bash(tmp_path, "reel", "assemble", "--transition", "") == ["cut", "dissolve", "fade"]
    assert bash(tmp_path, "reel", "shot", "fil") == ["film.jsonl"]
    assert bash(tmp_path, "reel", "shot", "--seed", "") == []
    assert bash(tmp_path, "reel", "--show-completion", "z") == ["zsh"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_offers_verbs_options_and_choices(tmp_path: Path) -> None:
    (tmp_path / "reel.fish").write_text(script("fish"))

    def offers(line: str) -> list[str]:
        code = f"source {tmp_path}/reel.fish; complete -C '{line}'"
        done = subprocess.run(["fish", "--no-config", "-c", code], capture_output=True, text=True, check=True)
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    assert offers("reel sc") == ["schema", "score"]
    assert offers("reel shot --ta") == ["--takes"]
    assert offers("reel assemble --transition ") == ["cut", "dissolve", "fade"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_loads_the_script(tmp_path: Path) -> None:
    (tmp_path / "_reel").write_text(script("zsh"))
    code = f"autoload -Uz compinit; compinit -D -u; source {tmp_path}/_reel; print $_comps[reel]"
    done = subprocess.run(["zsh", "-f", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "_reel", "")


def test_install_writes_where_the_shell_looks(reel: Reel, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "SHELL": "/usr/bin/fish"}
    result = reel("--install-completion", environ=home)
    assert result.status == 0
    assert (tmp_path / ".config/fish/completions/reel.fish").read_text() == script("fish")
    assert reel("--show-completion", "bash", environ=home).stdout.decode() == script("bash")
    assert reel("--show-completion", environ={"SHELL": "/bin/tcsh"}).status == 2
