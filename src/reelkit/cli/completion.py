"""Completion for bash, zsh and fish: static scripts from the verb specs, so that TAB starts no Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reelkit.cli import verbs
from reelkit.errors import ReelError, UsageError

if TYPE_CHECKING:
    from reelkit.cli.environment import Environment
    from reelkit.cli.spec import Option, Verb

SHELLS = ("bash", "zsh", "fish")
GLOBAL = ("--help", "--version", "--show-completion", "--install-completion")


def which(shell: str, env: Environment) -> str:
    """The shell asked for, or the one of `$SHELL`; `UsageError` if it is none we write for."""
    name = shell or env.environ.get("SHELL", "").rsplit("/", 1)[-1]
    if name not in SHELLS:
        raise UsageError(f"no completion for shell {name!r}; name one of {', '.join(SHELLS)}")
    return name


def script(shell: str) -> str:
    """The completion script for `shell`."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def install(shell: str, env: Environment) -> str:
    """Write the script where `shell` looks for it, and say what is left to do."""
    home = Path(env.environ.get("HOME", "~")).expanduser()
    data = Path(env.environ.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(env.environ.get("XDG_CONFIG_HOME") or home / ".config")
    path, rest = {
        "bash": (data / "bash-completion/completions/reel", "start a new shell (bash-completion reads it)"),
        "zsh": (data / "zsh/site-functions/_reel", "have `fpath+=(%s)` before compinit in ~/.zshrc"),
        "fish": (config / "fish/completions/reel.fish", "start a new shell"),
    }[shell]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script(shell))
    except OSError as problem:
        raise ReelError(
            f"{path}: {problem.strerror}; `reel --show-completion {shell}` prints the script"
        ) from None
    return f"reel: wrote {path}; " + (rest % path.parent if "%s" in rest else rest)


def _flags(verb: Verb) -> list[str]:
    flags = [flag for o in verb.options for flag in (o.short, o.flag, o.negation) if flag]
    return [*flags, "--help"]


def _valued(verb: Verb) -> list[tuple[list[str], Option]]:
    return [([f for f in (o.short, o.flag) if f], o) for o in verb.options if o.kind != "flag"]


def _bash() -> str:
    lines = [
        "# bash completion for reel; written by `reel --show-completion bash`",
        "_reel() {",
        '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
        "    COMPREPLY=()",
        "    if ((COMP_CWORD == 1)); then",
        f'        COMPREPLY=($(compgen -W "{" ".join((*verbs.NAMES, *GLOBAL))}" -- "$word"))',
        "        return",
        "    fi",
        '    local flags=""',
        '    case "${COMP_WORDS[1]}:$before" in',
        f'    --*-completion:*) COMPREPLY=($(compgen -W "{" ".join(SHELLS)}" -- "$word")); return ;;',
    ]
    for verb in verbs.every():
        for names, option in _valued(verb):
            pattern = "|".join(f"{verb.name}:{name}" for name in names)
            if option.choices:
                answer = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$word"))'
            elif option.kind == "path":
                answer = 'COMPREPLY=($(compgen -f -- "$word"))'
            else:
                answer = ":"
            lines.append(f"    {pattern}) {answer}; return ;;")
    lines += ["    esac", '    case "${COMP_WORDS[1]}" in']
    lines += [f'    {verb.name}) flags="{" ".join(_flags(verb))}" ;;' for verb in verbs.every()]
    lines += [
        "    esac",
        '    if [[ "$word" == -* ]]; then',
        '        COMPREPLY=($(compgen -W "$flags" -- "$word"))',
        "    else",
        '        COMPREPLY=($(compgen -f -- "$word"))',
        "    fi",
        "}",
        "complete -o filenames -F _reel reel",
    ]
    return "\n".join(lines) + "\n"


def _zsh() -> str:
    lines = [
        "#compdef reel",
        "# zsh completion for reel; written by `reel --show-completion zsh`",
        "_reel() {",
        "  local -a verbs",
        "  verbs=(",
        *(f"    {_quote(f'{verb.name}:{verb.summary}')}" for verb in verbs.every()),
        "  )",
        "  if ((CURRENT == 2)); then",
        "    _describe verb verbs",
        f"    compadd -- {' '.join(GLOBAL)}",
        "    return",
        "  fi",
        "  local verb=$words[2]",
        "  shift words; ((CURRENT--))",
        "  case $verb in",
    ]
    for verb in verbs.every():
        lines.append(f"  {verb.name}) _arguments \\")
        lines += [f"    {_zsh_option(option)} \\" for option in verb.options]
        lines += ["    '(-h --help)'{-h,--help}'[show help]' \\", "    '*:file:_files' ;;"]
    lines += [
        f"  --*-completion) compadd -- {' '.join(SHELLS)} ;;",
        "  esac",
        "}",
        'if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _reel "$@"; else compdef _reel reel; fi',
    ]
    return "\n".join(lines) + "\n"


def _zsh_option(option: Option) -> str:
    help = (
        option.help.split(". ")[0]
        .split("; ")[0]
        .rstrip(".")
        .replace("[", "(")
        .replace("]", ")")
        .replace(":", " -")
    )
    star = "*" if option.many else ""
    value = ""
    if option.choices:
        value = f":value:({' '.join(option.choices)})"
    elif option.kind == "path":
        value = ":file:_files"
    elif option.kind != "flag":
        value = f":{option.placeholder.replace(':', ' ')}: "
    names = [name for name in (option.short, option.flag, option.negation) if name]
    return " ".join(_quote(f"{star}{name}[{help}]{value}") for name in names)


def _fish() -> str:
    lines = [
        "# fish completion for reel; written by `reel --show-completion fish`",
        "complete -c reel -n __fish_use_subcommand -f",
    ]
    for flag in GLOBAL:
        tail = f" -x -a {_quote(' '.join(SHELLS))}" if flag.endswith("-completion") else ""
        lines.append(f"complete -c reel -n __fish_use_subcommand -l {flag[2:]}{tail}")
    for verb in verbs.every():
        lines.append(f"complete -c reel -n __fish_use_subcommand -f -a {verb.name} -d {_quote(verb.summary)}")
    for verb in verbs.every():
        seen = f"complete -c reel -n '__fish_seen_subcommand_from {verb.name}'"
        for option in verb.options:
            short = f" -s {option.short[1:]}" if option.short else ""
            value = "" if option.kind == "flag" else " -r" if option.kind == "path" else " -x"
            if option.choices:
                value += f" -a {_quote(' '.join(option.choices))}"
            text = option.help.split(". ")[0].rstrip(".")
            lines.append(f"{seen}{short} -l {option.flag[2:]}{value} -d {_quote(text)}")
        lines.append(f"{seen} -l help -d 'Show help'")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
