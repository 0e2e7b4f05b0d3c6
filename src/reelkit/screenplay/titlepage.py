"""The title page: `Key: value` lines, and indented lines under a key, up to the first blank line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reelkit.screenplay.elements import TitleEntry
from reelkit.screenplay.lexicon import words

_KEY = re.compile(r"^([^\W\d_][^:]{0,38}?)\s*:(?!\S*//)\s*(.*)$")
_KNOWN = words(
    """
    title credit author authors source notes note date contact copyright revision format language
    genre logline synopsis style size fps seed series episode
    """
) | {"draft date", "written by", "based on", "draft"}


def read_title_page(block: Sequence[tuple[int, str]]) -> tuple[TitleEntry, ...]:
    """The entries of a script's first block of `(line, text)`, or nothing when that block is no title page.

    It is one when its first line is a key and at least one key is among those that title pages carry, so
    that a script which opens with `FADE IN:` or `NOTE: ...` keeps its first lines.
    """
    if not block or not _KEY.match(block[0][1]):
        return ()
    entries: list[TitleEntry] = []
    for line, text in block:
        match = None if text[:1].isspace() else _KEY.match(text)
        if match:
            value = match.group(2).strip()
            entries.append(TitleEntry(match.group(1), (value,) if value else (), line))
        elif text.strip():
            last = entries[-1]
            entries[-1] = TitleEntry(last.key, (*last.values, text.strip()), last.line)
    if not any(entry.key.casefold() in _KNOWN for entry in entries):
        return ()
    return tuple(entries)
