"""Each exception leads to the exit status the manual promises."""

import pytest

from reelkit import errors
from reelkit.errors import ExitStatus, ReelError


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ReelError", 1),
        ("RecordError", 1),
        ("UsageError", 2),
        ("UnreadableError", 3),
        ("UnavailableError", 4),
        ("StoppedError", 75),
    ],
)
def test_exit_status_of_each_error(name: str, status: int) -> None:
    error = getattr(errors, name)
    assert issubclass(error, ReelError)
    assert error("message").exit_status == status
    assert isinstance(error.exit_status, ExitStatus)


def test_statuses_are_the_shell_s() -> None:
    assert {status.name: int(status) for status in ExitStatus} == {
        "OK": 0,
        "RECORDS_FAILED": 1,
        "USAGE": 2,
        "UNREADABLE": 3,
        "UNAVAILABLE": 4,
        "STOPPED": 75,
        "INTERRUPT": 130,
    }
