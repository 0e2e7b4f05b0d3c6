"""What the documents say is so: commands parse, quoted help is the help, links lead to files, imports resolve."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
from itertools import groupby
from pathlib import Path

import pytest

from reelkit.cli import help, verbs
from reelkit.cli.settings import convert, film_keys
from reelkit.cli.typing_app import parse
from reelkit.errors import ExitStatus

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")]
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
BARE = re.compile(r"`reel ([^`]+)`")


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a language in a document."""
    return [text for kind, text in FENCE.findall((ROOT / document).read_text()) if kind == language]


def commands(script: str) -> list[list[str]]:
    """Every `reel ...` of a shell script as its words; redirections are left out."""
    found: list[list[str]] = []
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        for stop, group in groupby(lexer, lambda word: bool(set(word) <= set("|&;"))):
            words = list(group)
            if not stop and words[0] == "reel":
                cut = next((n for n, word in enumerate(words) if set(word) <= set("<>")), len(words))
                found.append(words[1:cut])
    return found


def check(words: list[str]) -> None:
    """Raise unless `reel` understands the words: verb, options and their values."""
    if words[0].startswith("-"):
        assert words[0].split("=")[0] in {o.flag for o in help.GLOBAL.options} | {"-h"}, words
        return
    assert words[0] in verbs.NAMES, f"reel {' '.join(words)}: no such verb"
    verb = verbs.spec(words[0])
    given, _, _ = parse(verb, words[1:])
    options = {option.name: option for option in verb.options}
    for name, value in given.items():
        convert(options[name], value, name)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_is_one_that_reel_understands(document: str) -> None:
    for script in blocks(document, "sh"):
        for words in commands(script):
            check(words)


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name != "docs/cli.md"])
def test_every_command_in_a_sentence_names_a_verb_and_its_options(document: str) -> None:
    text = FENCE.sub("", (ROOT / document).read_text())
    for command in BARE.findall(text):
        name, *words = command.split()
        if name in ("VERB", "serve") or name.startswith("-"):
            continue
        assert name in verbs.NAMES, f"`reel {command}`"
        flags = {flag for o in (*verbs.spec(name).options, help.HELP) for flag in (o.short, o.flag, o.negation)}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= flags, f"`reel {command}`"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file(document: str) -> None:
    text = FENCE.sub("", (ROOT / document).read_text())
    for target in LINK.findall(text):
        if not target.startswith(("http://", "https://", "#")):
            assert ((ROOT / document).parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name != "docs/cli.md"])
def test_quoted_help_is_the_help(document: str) -> None:
    for text in blocks(document, "text"):
        if text.startswith("Usage: reel "):
            name = text.split()[2]
            assert text == (help.program_help() if name == "VERB" else help.verb_help(verbs.spec(name)))


def test_the_readme_quotes_the_help_and_lists_every_verb_and_exit_status() -> None:
    text = (ROOT / "README.md").read_text()
    assert help.program_help() in text
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(verbs.NAMES)
    assert [int(n) for n in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == sorted(ExitStatus)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_import_in_python_resolves(document: str) -> None:
    for source in blocks(document, "python"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reelkit"):
                module = importlib.import_module(node.module or "")
                assert all(hasattr(module, alias.name) for alias in node.names), node.module


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_reel_toml_has_known_keys(document: str) -> None:
    import tomllib

    allowed = film_keys()
    for source in blocks(document, "toml"):
        for table, keys in tomllib.loads(source).items():
            assert set(keys) <= set(allowed[table]), table


@pytest.mark.parametrize("batch", sorted((ROOT / "examples" / "slurm").glob("*.s*")), ids=lambda path: path.name)
def test_every_command_of_the_batch_files_is_one_that_reel_understands(batch: Path) -> None:
    for line in batch.read_text().splitlines():
        if not line.startswith("#"):
            for words in commands(line.removeprefix("step ")):
                check(words)


def test_a_command_that_reel_does_not_know_is_found() -> None:
    assert commands("cat a | reel shot --takes 2 b.jsonl > c.jsonl && reel merge") == [
        ["shot", "--takes", "2", "b.jsonl"],
        ["merge"],
    ]
    with pytest.raises(Exception, match="no such option"):
        check(["shot", "--nonsense"])
