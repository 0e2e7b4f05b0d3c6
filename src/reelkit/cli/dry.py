"""`--dry-run` for stages whose work needs no keys to foretell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.cli.watch import Watch
    from reelkit.manifest.records import Entry


def dry_run(call: Call, text: str) -> int:
    """Pass every record on and say `text` with `{count}` as the number of shots the verb would work on."""
    selection = call.selection()
    count = 0

    def counting(entries: Iterable[Entry], _: Watch) -> Iterator[Entry]:
        nonlocal count
        for entry in entries:
            if selection is not None and not selection.keeps(entry):
                continue
            count += entry.kind == "shot" and (selection is None or selection.chosen(entry))
            yield entry

    status = call.run(counting)
    call.log("info", text.format(count=count), event="dry-run", count=count)
    return status
