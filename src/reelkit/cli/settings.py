"""Where an option's value comes from: flag, then environment, then `reel.toml`, then the built-in default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path

from reelkit.cli import verbs
from reelkit.cli.environment import Environment
from reelkit.cli.spec import Option, Verb
from reelkit.errors import UnreadableError, UsageError

Value = str | int | float | bool | Path | tuple[str, ...]
TOML = "reel.toml"
DEFAULTS = "defaults"


def resolve(
    verb: Verb,
    given: Mapping[str, object],
    env: Environment,
    film: Mapping[str, Mapping[str, object]],
    folder: Path,
) -> dict[str, Value]:
    """Every option of `verb` that has a value; `film` is the content of a `reel.toml` in `folder`.

    A path in `reel.toml` starts at its folder, any other where the command was started. An option with
    neither a value nor a default is left out, so that the stage's own default stands. What may be a name or a
    path is a path where `folder` holds it.
    """
    values: dict[str, Value] = {}
    for option in verb.options:
        found = _find(option, verb, given, env, film)
        if found is not None:
            where, raw, from_film = found
            value = convert(option, raw, where)
            if isinstance(value, Path):
                value = folder / value if from_film else env.path(value)
            elif option.located and from_film:
                value = _located(value, option, folder)
            values[option.name] = value
    return values


def _located(value: Value, option: Option, folder: Path) -> Value:
    """Names as they are, and paths that are there from `folder`; the built-in name is never a path."""
    if isinstance(value, tuple):
        return tuple(str(_located(word, option, folder)) for word in value)
    from reelkit.models import files

    if option.name in files.PREFIXES:
        return files.located(option.name, str(value), folder)
    path = folder / str(value)
    try:
        there = bool(value) and value != option.default and path.exists()
    except OSError:  # a name too long for a path
        return value
    return str(path) if there else value


def _find(
    option: Option,
    verb: Verb,
    given: Mapping[str, object],
    env: Environment,
    film: Mapping[str, Mapping[str, object]],
) -> tuple[str, object, bool] | None:
    if option.name in given:
        return option.flag, given[option.name], False
    for variable in option.env:
        if env.environ.get(variable):
            return variable, env.environ[variable], False
    if option.toml:
        for table in (verb.name, DEFAULTS):
            if option.name in film.get(table, {}):
                return f"{TOML}: [{table}] {option.name}", film[table][option.name], True
    return (option.flag, option.default, False) if option.default else None


def convert(option: Option, raw: object, where: str) -> Value:
    """One value from text or TOML as the option's kind; `UsageError` says where it stood and what fits."""
    if option.kind == "flag":
        if isinstance(raw, bool):
            return raw
        raise UsageError(f"{where}: {raw!r} is not true or false")
    if option.many:
        words = list(raw) if isinstance(raw, list | tuple) else [raw]
        return tuple(str(_one(option, word, where)) for word in words)
    return _one(option, raw, where)


def _one(option: Option, raw: object, where: str) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise UsageError(f"{where}: {raw!r} is not {_expected(option)}")
    if option.kind in ("int", "float"):
        return _number(option, raw, where)
    if not isinstance(raw, str):
        raise UsageError(f"{where}: {raw!r} is not {_expected(option)}; put it in quotes")
    if option.choices and raw not in option.choices:
        raise UsageError(
            f"{where}: {raw!r} is not one of {', '.join(option.choices)}{_near(raw, option.choices)}"
        )
    return Path(raw) if option.kind == "path" else raw


def _number(option: Option, raw: str | int | float, where: str) -> int | float:
    try:
        number = int(raw) if option.kind == "int" else float(raw)
    except (ValueError, OverflowError):
        number = None
    if (
        number is None
        or not isfinite(number)
        or (option.kind == "int" and isinstance(raw, float) and raw != number)
    ):
        raise UsageError(f"{where}: {raw!r} is not {_expected(option)}")
    if option.low is not None and number < option.low:
        raise UsageError(f"{where}: {raw!r} is too small; the least is {option.low:g}")
    if option.high is not None and number > option.high:
        raise UsageError(f"{where}: {raw!r} is too large; the most is {option.high:.0f}")
    return number


def _expected(option: Option) -> str:
    return {"int": "a whole number", "float": "a number"}.get(option.kind, "text")


def read_film(folder: Path) -> dict[str, dict[str, object]]:
    """The tables of `reel.toml` in `folder`, checked against every verb's options; empty if there is none."""
    path = folder / TOML
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as problem:
        raise UnreadableError(f"{path}: {problem.strerror}; make it readable or move it away") from None
    import tomllib

    try:
        tables = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path}: not TOML: {problem}") from None
    _check(path, tables)
    return tables


def _check(path: Path, tables: Mapping[str, object]) -> None:
    allowed = film_keys()
    for table, keys in tables.items():
        if table not in allowed:
            raise UsageError(_unknown(f"{path}: no table or key {table!r} is known here", table, allowed))
        if not isinstance(keys, dict):
            raise UsageError(f"{path}: {table} is not a table; write [{table}] on a line of its own")
        for key in keys:
            if key not in allowed[table]:
                raise UsageError(_unknown(f"{path}: [{table}] has no key {key!r}", key, allowed[table]))


def film_keys() -> dict[str, tuple[str, ...]]:
    """What `reel.toml` may hold: a table for each verb, and `[defaults]` with what several verbs share."""
    keys = {verb.name: tuple(o.name for o in verb.options if o.toml) for verb in verbs.every()}
    shared: dict[str, int] = {}
    for names in keys.values():
        for name in names:
            shared[name] = shared.get(name, 0) + 1
    return {
        DEFAULTS: tuple(name for name, times in shared.items() if times > 1),
        **{v: k for v, k in keys.items() if k},
    }


def _unknown(what: str, word: str, allowed: Iterable[str]) -> str:
    names = tuple(allowed)
    return f"{what}{_near(word, names)}; allowed: {', '.join(names)}"


def _near(word: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, tuple(names), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
