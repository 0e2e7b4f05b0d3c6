"""`reel`: finds the verb, settles its options, runs it, and turns whatever happens into an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reelkit import __version__
from reelkit.cli import verbs
from reelkit.cli.environment import Environment
from reelkit.errors import ExitStatus, ReelError, StorageError, UsageError

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.cli.logs import Log
    from reelkit.cli.settings import Value
    from reelkit.cli.spec import Verb

HELP_WORDS = ("--help", "-h")


def main(words: Sequence[str] | None = None, env: Environment | None = None) -> int:
    """Run `reel` with the words after its name; the exit status."""
    env = env or Environment(signals=True)
    words = list(sys.argv[1:] if words is None else words)
    try:
        status = _dispatch(words, env)
    except KeyboardInterrupt:
        status = ExitStatus.INTERRUPT
    except ReelError as problem:
        _say(env, f"reel: error: {problem}")
        status = problem.exit_status
    _settle(env)
    return int(status)


def _dispatch(words: list[str], env: Environment) -> int:
    if not words:
        return _help(env, None, asked=False)
    first = words[0]
    if first in HELP_WORDS:
        return _help(env, None)
    if first in ("--version", "-V"):
        return _print(env, f"reelkit {__version__}\n")
    name, _, shell = first.partition("=")
    if name in ("--show-completion", "--install-completion"):
        from reelkit.cli import completion

        shell = shell or (words[1] if len(words) > 1 else "")
        if name == "--show-completion":
            return _print(env, completion.script(completion.which(shell, env)))
        _say(env, completion.install(completion.which(shell, env), env))
        return ExitStatus.OK
    if first not in verbs.NAMES:
        import difflib

        near = difflib.get_close_matches(first, verbs.NAMES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`reel --help` lists the verbs"
        raise UsageError(f"{first!r} is no verb of reel; {hint}")
    verb = verbs.spec(first)
    if words[1:] in ([word] for word in HELP_WORDS):
        return _help(env, verb)
    return _run(verb, words[1:], env)


def _run(verb: Verb, words: list[str], env: Environment) -> int:
    """Settle the options of one verb and run it, whatever happens."""
    from reelkit.cli.logs import Log
    from reelkit.cli.typing_app import parse

    log = Log(env, verb.name)
    try:
        given, operands, wants_help = parse(verb, words)
        if wants_help:
            return _help(env, verb)
        call = _settled(verb, given, operands, env)
        log = call.log
        if _starved(call):
            return _help(env, verb, asked=False)
        return _watched(call)
    except UsageError as problem:
        log("error", f"{problem}\nTry `reel {verb.name} --help`.")
        return problem.exit_status
    except ReelError as problem:
        log("error", str(problem))
        return problem.exit_status
    except Exception as problem:  # noqa: BLE001 - the last stop: a bug becomes one line and an exit status
        return _internal(log, problem)


def _settled(verb: Verb, given: dict[str, object], operands: list[str], env: Environment) -> Call:
    from reelkit.cli.call import Call
    from reelkit.cli.logs import Log
    from reelkit.cli.settings import read_film, resolve

    if verb.operand is None and operands:
        raise UsageError(f"{operands[0]}: {verb.name} takes nothing but options")
    inputs = operands[1:] if verb.operand is not None and verb.operand.extra else operands
    manifest = inputs[-1] if inputs and inputs[-1] != "-" else ""
    folder = env.path(manifest).parent if manifest else env.path(Path())
    film = read_film(folder)

    def values_of(name: str) -> dict[str, Value]:
        return resolve(verbs.spec(name), given, env, film, folder)

    values = values_of(verb.name)
    switch = {name: bool(values.get(name, False)) for name in ("quiet", "verbose", "log_json")}
    log = Log(env, verb.name, quiet=switch["quiet"], verbose=switch["verbose"], as_json=switch["log_json"])
    return Call(env, verb, values, operands, log, values_of)


def _starved(call: Call) -> bool:
    """Whether the verb would wait for a manifest that nobody is typing."""
    verb, operands, env = call.verb, call.operands, call.env
    if verb.operand is None or not verb.operand.stdin or call.has("list"):
        return False
    return env.stdin_isatty and len(operands) <= (1 if verb.operand.extra else 0)


def _watched(call: Call) -> int:
    """Run the verb under signals, with its progress, and print what it did."""
    from reelkit.cli.output import ClosedPipe
    from reelkit.cli.outputs import check_outputs
    from reelkit.cli.signals import Halt
    from reelkit.errors import StoppedError

    began = call.env.clock()
    check_outputs(call)
    try:
        with call.stop:
            try:
                status = verbs.runner(call.verb.name)(call)
            finally:
                call.watch.close()
    except ClosedPipe:
        return call.status()
    except KeyboardInterrupt:
        _summary(call, began, ExitStatus.INTERRUPT, "interrupted; run it again to go on")
        return ExitStatus.INTERRUPT
    except (Halt, StoppedError) as stop:
        reason = f"stopped by {call.stop.name}" if call.stop.name else str(stop)
        _summary(call, began, ExitStatus.STOPPED, f"{reason}; run it again to go on")
        return ExitStatus.STOPPED
    except UsageError:
        raise
    except ReelError as problem:
        call.log("error", str(problem))
        _summary(call, began, problem.exit_status)
        return problem.exit_status
    _summary(call, began, status)
    return status


def _summary(call: Call, began: float, status: int, note: str = "") -> None:
    tally = call.tally
    if not (tally.done or tally.failed or tally.passed or note):
        return
    seconds = call.env.clock() - began
    text = tally.summary(seconds) + (f"; {note}" if note else "")
    counts = {
        "done": tally.done,
        "failed": tally.failed,
        "passed": tally.passed,
        "seconds": round(seconds, 3),
    }
    call.log("info", text, event="summary", status=int(status), **counts)


def _internal(log: Log, problem: Exception) -> int:
    """A bug, or a system that failed: one line, and the traceback for who asks."""
    if isinstance(problem, OSError) and problem.strerror:
        from reelkit.media.atomic import is_full, no_room

        if is_full(problem):
            full = no_room(problem.filename or "the output")
            log("error", str(full))
            return full.exit_status
        where = f"{problem.filename}: " if problem.filename else ""
        log("error", f"{where}{problem.strerror}")
        unreadable = isinstance(problem, FileNotFoundError | PermissionError | IsADirectoryError)
        return ExitStatus.UNREADABLE if unreadable else ExitStatus.RECORDS_FAILED
    if log.verbose:
        import traceback

        log("error", "".join(traceback.format_exception(problem)).rstrip())
    hint = "please report it with this traceback" if log.verbose else "--verbose shows the traceback"
    log("error", f"internal error: {type(problem).__name__}: {problem}; {hint}")
    return ExitStatus.RECORDS_FAILED


def _help(env: Environment, verb: Verb | None, asked: bool = True) -> int:
    from reelkit.cli.help import program_help, verb_help

    text = program_help() if verb is None else verb_help(verb)
    if asked:
        return _print(env, text)
    env.stderr.write(text)
    return ExitStatus.USAGE


def _print(env: Environment, text: str) -> int:
    try:
        env.stdout.write(text.encode())
        env.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as problem:
        raise StorageError(f"standard output: {problem.strerror}") from problem
    return ExitStatus.OK


def _say(env: Environment, text: str) -> None:
    env.stderr.write(text + "\n")


def _settle(env: Environment) -> None:
    """Leave nothing for the interpreter's exit to complain about when a pipe was closed."""
    try:
        if env.has_stdout:
            env.stdout.flush()
    except (OSError, ValueError):
        if env.owns_stdout:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        env.stderr.flush()
    except (OSError, ValueError):
        if env.stderr is sys.stderr:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


if __name__ == "__main__":
    sys.exit(main())
