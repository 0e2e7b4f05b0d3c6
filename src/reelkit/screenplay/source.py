"""A screenplay's bytes to text: UTF-8, UTF-16 with a mark, or Latin-1 (Windows' superset of it)."""

from __future__ import annotations

import re
from pathlib import Path

from reelkit.errors import UnreadableError

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip or Word file",
    b"\xd0\xcf\x11\xe0": "an old Word file",
    b"{\\rtf": "an RTF file",
    b"<?xml": "an XML file (Final Draft, perhaps)",
}


def read_source(path: Path) -> str:
    """The text of a screenplay file. Raises `UnreadableError` when it is missing or is not text."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise UnreadableError(f"{path}: cannot read the screenplay: {reason}; check the path") from problem
    return decode(content, str(path))


def decode(content: bytes, name: str) -> str:
    """The text of `content`; `name` is what messages call it. Raises `UnreadableError` with file and line."""
    for signature, kind in _SIGNATURES.items():
        if content.startswith(signature):
            raise UnreadableError(
                f"{name}: this is {kind}, not a screenplay in text; export it as Fountain or plain text"
            )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(content, name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _latin(content, name)
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise UnreadableError(
            f"{name}:{line}: not text (it holds the control character {ord(control.group()):#04x}); "
            f"save the screenplay as UTF-8"
        )
    return text


def _utf16(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-16")
    except UnicodeDecodeError as problem:
        raise UnreadableError(
            f"{name}: broken UTF-16 at byte {problem.start}; save the screenplay as UTF-8"
        ) from problem


def _latin(content: bytes, name: str) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise UnreadableError(
            f"{name}:{line}: neither UTF-8 nor Latin-1 (byte {content[problem.start]:#04x}); "
            f"save the screenplay as UTF-8"
        ) from problem
