"""`--help`, rendered from the verb specs; the same text on every terminal, so that docs can quote it."""

from __future__ import annotations

from textwrap import fill

from reelkit.cli import verbs
from reelkit.cli.spec import HELP, Option, Section, Verb

WIDTH = 80
COLUMN = 26
"""Where descriptions begin."""

INTRODUCTION = (
    "reel turns a screenplay into a finished multi-shot film with tools that chain in a pipe. A manifest "
    "(JSON lines) goes in from a file or standard input and comes out on standard output, a line as soon "
    "as it is done."
)
PIPE = (
    "reel plan film.fountain | reel keyframes | reel shot | reel extend | reel score | "
    "reel assemble -o film.mp4"
)
GLOBAL = Section(
    "Options",
    (
        Option("version", "Print the version and leave.", kind="flag", toml=False),
        Option(
            "show_completion",
            "Print the completion script of a shell (of $SHELL by default).",
            metavar="[bash|zsh|fish]",
        ),
        Option(
            "install_completion", "Write that script where the shell finds it.", metavar="[bash|zsh|fish]"
        ),
        HELP,
    ),
)
ENDING = (
    "A film's own defaults stand in reel.toml beside its manifest: [defaults] for what verbs share, and a "
    "table for each verb ([shot] steps = 40). A flag beats the environment, which beats reel.toml.",
    "Exit status: 0 all done; 1 some records failed; 2 usage; 3 manifest or media cannot be read; 4 model or "
    "device not available; 75 stopped early, run it again; 130 interrupted.",
    "`reel VERB --help` shows a verb; reel(1), reel-VERB(1) and reel-manifest(5) are the manual.",
)


def program_help() -> str:
    """`reel --help`."""
    parts = ["Usage: reel VERB [OPTIONS] [MANIFEST|-]", _paragraph(INTRODUCTION), "  " + PIPE]
    rows = [_row(verb.name, verb.summary) for verb in verbs.every()]
    parts.append("\n".join(["Verbs:", *rows]))
    parts.append(_section(GLOBAL))
    parts.extend(_paragraph(text) for text in ENDING)
    return "\n\n".join(parts) + "\n"


def verb_help(verb: Verb) -> str:
    """`reel VERB --help`."""
    parts = [f"Usage: {verb.usage}"]
    parts.extend(_paragraph(text) for text in verb.description)
    if verb.operand is not None:
        metavar = " ".join(filter(None, (verb.operand.extra, verb.operand.metavar)))
        parts.append("\n".join(["Arguments:", _row(metavar, verb.operand.help)]))
    parts.extend(_section(section) for section in verb.shown)
    if verb.examples:
        lines = [line for e in verb.examples for line in (f"  # {e.text}", f"  {e.command}")]
        parts.append("\n".join(["Examples:", *lines]))
    return "\n\n".join(parts) + "\n"


def signature(option: Option) -> str:
    """`-q, --[no-]quiet`, `--shard I/N|slurm`."""
    long = f"--[no-]{option.flag[2:]}" if option.negation else option.flag
    names = f"{option.short}, {long}" if option.short else long
    return f"{names} {option.placeholder}".rstrip()


def notes(option: Option) -> str:
    """Default and environment, as they stand after the description; empty if there are none."""
    parts = []
    if option.default:
        parts.append(f"default: {option.default}")
    if option.env:
        parts.append(f"env: {', '.join(option.env)}")
    return f"[{'; '.join(parts)}]" if parts else ""


def _section(section: Section) -> str:
    rows = [_row(signature(option), f"{option.help} {notes(option)}".rstrip()) for option in section.options]
    return "\n".join([f"{section.title}:", *rows])


def _row(left: str, right: str) -> str:
    indent = " " * COLUMN
    body = fill(right, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    if len(left) + 4 > COLUMN:
        return f"  {left}\n{body}"
    return f"  {left}".ljust(COLUMN) + body[COLUMN:]


def _paragraph(text: str) -> str:
    return fill(text, WIDTH, break_on_hyphens=False, break_long_words=False)
