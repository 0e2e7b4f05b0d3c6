"""Which shots of a manifest are this run's: `--shard I/N`, `--shard slurm` and `--only GLOB`."""

from collections.abc import Iterable, Mapping
from enum import Enum
from fnmatch import fnmatchcase
from hashlib import blake2b

import msgspec
from msgspec import Struct

from reelkit.errors import UsageError
from reelkit.manifest.records import Entry


class Shard(Struct, frozen=True):
    """One of `count` parts of a manifest; `index` counts from 1."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str, environ: Mapping[str, str]) -> "Shard":
        """The shard "I/N" names, or the one that SLURM's array variables in `environ` do for "slurm"."""
        if text == "slurm":
            return cls._from_slurm(environ)
        index, slash, count = text.partition("/")
        if not (slash and _is_number(index) and _is_number(count)):
            raise UsageError(f"--shard {text}: give I/N, such as 1/8, or slurm")
        shard = cls(int(index), int(count))
        if not 1 <= shard.index <= shard.count:
            raise UsageError(f"--shard {text}: I counts from 1 to N")
        return shard

    @classmethod
    def _from_slurm(cls, environ: Mapping[str, str]) -> "Shard":
        names = ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT")
        texts = [environ.get(name, "") for name in names]
        if not all(_is_number(text) for text in texts):
            missing = ", ".join(name for name, text in zip(names, texts, strict=True) if not _is_number(text))
            raise UsageError(f"--shard slurm: {missing} not set; run by sbatch --array, or give --shard I/N")
        task, first, count = map(int, texts)
        step = environ.get("SLURM_ARRAY_TASK_STEP", "1")
        index = (task - first) // max(int(step) if _is_number(step) else 1, 1) + 1
        if not 1 <= index <= count:
            raise UsageError(
                f"--shard slurm: task {task} of an array with gaps has no place among {count}; "
                "number the array 0-N or 1-N, or give --shard I/N"
            )
        return cls(index, count)

    def owns(self, shot: Entry) -> bool:
        """Whether the shot is this shard's; each shot is exactly one shard's.

        Without stills a movie is one shard (its shots are made from one another); with keyframes each shot
        is free, and those of a movie are dealt out in their order.
        """
        deal = _stable_hash(shot.movie)
        if has_any(shot, "keyframes"):
            deal += _order(shot)
        return deal % self.count == self.index - 1


class Turn(Enum):
    """What a stage does with an entry."""

    WORK = "work"
    PASS = "pass"
    """Emit it as it is."""
    DROP = "drop"
    """Another shard emits it; it may still be looked at, as an earlier shot's stills are."""


class Selection(Struct, frozen=True):
    """What `--only` and `--shard` leave to this run; `only` globs match a shot's id, or "movie/id"."""

    only: tuple[str, ...] = ()
    shard: Shard | None = None

    def turn(self, entry: Entry) -> Turn:
        """Everything but shots passes in every shard; shots `only` does not match pass in their own."""
        if entry.kind != "shot":
            return Turn.PASS
        if self.shard is not None and not self.shard.owns(entry):
            return Turn.DROP
        return Turn.WORK if self.matches(entry) else Turn.PASS

    def keeps(self, entry: Entry) -> bool:
        """Whether the entry goes out of the stage."""
        return self.turn(entry) is not Turn.DROP

    def chosen(self, entry: Entry) -> bool:
        """Whether the entry is a shot the stage works on."""
        return self.turn(entry) is Turn.WORK

    def matches(self, entry: Entry) -> bool:
        """Whether one of the `only` globs names the entry; with no glob, all are named."""
        return matches(self.only, entry.movie, entry.id)


def matches(globs: Iterable[str], movie: str, shot: str) -> bool:
    """Whether a glob names the shot, by its id or by "movie/id"; with no glob, every shot is named."""
    globs = tuple(globs)
    names = (shot, f"{movie}/{shot}")
    return not globs or any(fnmatchcase(name, glob) for glob in globs for name in names)


def _stable_hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def has_any(shot: Entry, field: str) -> bool:
    """Whether the list `field` holds anything, told without decoding the record, which may be wrong elsewhere."""
    raw = shot.raw.get(field)
    return raw is not None and bytes(raw).strip(b"[] \t\r\n") not in (b"", b"null")


def _order(shot: Entry) -> int:
    try:
        return msgspec.json.decode(shot.raw["order"], type=int)
    except (KeyError, msgspec.DecodeError):
        return _stable_hash(shot.id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
