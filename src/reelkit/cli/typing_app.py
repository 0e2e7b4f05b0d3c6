"""The only file that knows typer: options become a typer command, and words become raw values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

import typer

from reelkit.cli.spec import Option, Verb
from reelkit.errors import UsageError


def parse(verb: Verb, words: Sequence[str]) -> tuple[dict[str, object], list[str], bool]:
    """Split `words` into the options that were given, the operands, and whether help was asked for.

    Values stay text: `settings` converts flags, variables and `reel.toml` by one rule. Raises `UsageError`.
    """
    given: dict[str, object] = {}
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name=verb.name, add_help_option=False)(_signature(verb, given))
    command = typer.main.get_command(app)
    try:
        command.main(args=list(words), prog_name=f"reel {verb.name}", standalone_mode=False)
    except typer.TyperException as problem:
        raise UsageError(_sentence(problem.format_message())) from None
    operands = [str(word) for word in _as_list(given.pop("operands", None))]
    wants_help = bool(given.pop("help", False))
    values = {name: value for name, value in given.items() if value is not None and value != []}
    return values, operands, wants_help


def _signature(verb: Verb, given: dict[str, object]) -> Callable[..., None]:
    """A function whose signature is the verb's options; typer reads signatures and nothing else."""

    def record(**values: object) -> None:
        given.update(values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [_parameter(option) for option in verb.options]
    parameters.append(
        inspect.Parameter("help", keyword, default=typer.Option(False, "--help", "-h"), annotation=bool)
    )
    parameters.append(
        inspect.Parameter("operands", keyword, default=typer.Argument(None), annotation=list[str] | None)
    )
    record.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    record.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return record


def _parameter(option: Option) -> inspect.Parameter:
    long = f"{option.flag}/{option.negation}" if option.negation else option.flag
    names = [option.short, long] if option.short and not option.negation else [long]
    if option.short and option.negation:
        names = [f"{option.flag}/{option.negation}", option.short]
    annotation: object = str | None
    if option.kind == "flag":
        annotation = bool | None
    elif option.many:
        annotation = list[str] | None
    default = typer.Option(None, *names)
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _sentence(message: str) -> str:
    """Typer's message as the start of ours: no capital, no full stop."""
    message = message.strip().rstrip(".")
    return message[:1].lower() + message[1:]
