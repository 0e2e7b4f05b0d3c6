"""What starting up imports; how long it takes is measured in bench/startup.py."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "rich", "msgspec", "av", "typer")


def imported(code: str) -> set[str]:
    line = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["shot", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    modules = imported(f"from reelkit.cli.main import main\nmain({words!r})")
    assert modules.isdisjoint(HEAVY)


def test_the_package_imports_nothing_heavy() -> None:
    code = "import importlib, pkgutil, reelkit.cli as cli\n"
    code += "names = [m.name for m in pkgutil.walk_packages(cli.__path__, 'reelkit.cli.')]\n"
    code += "for name in names: importlib.import_module(name)"
    assert imported(code).isdisjoint({"torch", "numpy", "rich", "av"})


def test_parsing_pulls_typer_without_rich() -> None:
    modules = imported("from reelkit.cli.main import main\nmain(['shot', '--nonsense'])")
    assert "typer" in modules
    assert modules.isdisjoint({"rich", "torch", "numpy"})
