"""What a verb looks like from outside: the source of `--help`, man pages, completion and parser."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["text", "int", "float", "path", "flag"]


class Option(NamedTuple):
    """One option of a verb; `name` is also its key in `reel.toml` and its field in the stage's options."""

    name: str
    help: str
    kind: Kind = "text"
    metavar: str = ""
    short: str = ""
    default: str = ""
    """The built-in value as it would be typed; the stage's struct holds the real one and a test compares."""
    env: tuple[str, ...] = ()
    """Environment variables, the first that is set counts."""
    choices: tuple[str, ...] = ()
    many: bool = False
    """May be given several times; the value is a tuple."""
    toml: bool = True
    """Whether a film may set it in `reel.toml`."""
    low: float | None = None
    """Smallest value allowed, for numbers."""
    high: float | None = None
    """Largest value allowed, likewise."""
    located: bool = False
    """Text that may be or hold a path: in `reel.toml` one that is there starts at the file's folder, as paths do."""

    @property
    def flag(self) -> str:
        """The long form, `--max-seconds`."""
        return "--" + self.name.replace("_", "-")

    @property
    def negation(self) -> str:
        """`--no-force` for a switch that `reel.toml` may turn on, else empty."""
        return "--no-" + self.name.replace("_", "-") if self.kind == "flag" and self.toml else ""

    @property
    def placeholder(self) -> str:
        """What stands for the value in help: the choices, the metavar, or nothing for a switch."""
        if self.kind == "flag":
            return ""
        return self.metavar or ("|".join(self.choices) if self.choices else self.kind.upper())


HELP = Option("help", "Show this and leave.", kind="flag", short="-h", toml=False)
"""Every verb has it; it is no value of a call."""


class Section(NamedTuple):
    """Options that stand together in help."""

    title: str
    options: tuple[Option, ...]


class Example(NamedTuple):
    """A command that works, and what it is for."""

    text: str
    command: str


class Operand(NamedTuple):
    """What stands after the options."""

    metavar: str
    help: str
    many: bool = False
    stdin: bool = True
    """Whether `-` or nothing reads standard input."""
    required: bool = False
    extra: str = ""
    """A leading operand before the manifest (`reel why SHOT [MANIFEST]`), or empty."""

    @property
    def noun(self) -> str:
        """What it is, in a sentence: manifest, screenplay."""
        return self.metavar.partition("|")[0].rstrip(".").lower()


class Verb(NamedTuple):
    """One verb of `reel`."""

    name: str
    summary: str
    """One line, no full stop: what it does."""
    description: tuple[str, ...]
    """Paragraphs of plain prose."""
    sections: tuple[Section, ...]
    operand: Operand | None
    examples: tuple[Example, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """Every option, in the order of help."""
        return tuple(option for section in self.sections for option in section.options)

    @property
    def shown(self) -> tuple[Section, ...]:
        """The sections as help and manual show them: with `--help` at the end."""
        *first, last = self.sections
        return (*first, last._replace(options=(*last.options, HELP)))

    @property
    def usage(self) -> str:
        """`reel shot [OPTIONS] [MANIFEST|-]`."""
        words = ["reel", self.name, "[OPTIONS]"]
        if self.operand is not None:
            if self.operand.extra:
                words.append(self.operand.extra)
            metavar = self.operand.metavar
            words.append(metavar if self.operand.required else f"[{metavar}]")
        return " ".join(words)
