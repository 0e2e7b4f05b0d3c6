"""Every exception reelkit raises on purpose, and the exit status each one leads to.

A message says what was wrong, where (file, line, shot id), and what to do next.
"""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What `reel` tells the shell."""

    OK = 0
    RECORDS_FAILED = 1
    """Some records failed in this stage; the others are done."""
    USAGE = 2
    UNREADABLE = 3
    """The manifest or the media cannot be read."""
    UNAVAILABLE = 4
    """A model or a device is not available."""
    STOPPED = 75
    """Stopped early, and can be run again (sysexits' EX_TEMPFAIL)."""
    INTERRUPT = 130


class ReelError(Exception):
    """What went wrong, where, and what to do next."""

    exit_status: ExitStatus = ExitStatus.RECORDS_FAILED


class UsageError(ReelError):
    """An option or argument that cannot be meant."""

    exit_status = ExitStatus.USAGE


class UnreadableError(ReelError):
    """A manifest or media file that is missing, broken or not what its name says."""

    exit_status = ExitStatus.UNREADABLE


class StorageError(ReelError):
    """A disk that is full or a quota that is used up: it ends the run, for every record would fail alike."""

    exit_status = ExitStatus.UNREADABLE


class UnavailableError(ReelError):
    """A model, device or program that is not there, or too small for the request."""

    exit_status = ExitStatus.UNAVAILABLE


class StoppedError(ReelError):
    """A run that was asked to stop; run again, it goes on where it stood."""

    exit_status = ExitStatus.STOPPED


class ModelError(ReelError):
    """A model that failed at one request in a way nobody foresaw; the record carries it and the rest goes on."""

    exit_status = ExitStatus.RECORDS_FAILED


class RecordError(ReelError):
    """A record that is wrong: the stage writes it into the record's `error` and goes on with the next."""

    exit_status = ExitStatus.RECORDS_FAILED


class GateError(RecordError):
    """A shot none of whose takes passes the gates (`reel shot --retry-until-pass` tries again), or a scene or movie so."""
