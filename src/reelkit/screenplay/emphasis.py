"""Fountain's emphasis: `*italic*`, `**bold**`, `***both***`, `_underlined_`, and backslashes that keep a
mark."""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r"\\[*_]|\*+|_")
_STYLES = {"*": ("italic",), "**": ("bold",), "***": ("bold", "italic"), "_": ("underline",)}
_TOKEN = {"italic": "*", "bold": "**", "underline": "_"}


class Span(NamedTuple):
    """A run of text in one style. `styles` holds `bold`, `italic`, `underline`."""

    text: str
    styles: frozenset[str] = frozenset()


def spans(text: str) -> tuple[Span, ...]:
    """Split `text` into styled runs. Marks that pair with nothing, and pairs across a line break, are plain
    text."""
    found: list[Span] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            found.append(Span("\n"))
        found.extend(_line_spans(line))
    joined: list[Span] = []
    for span in found:
        if joined and joined[-1].styles == span.styles:
            joined[-1] = Span(joined[-1].text + span.text, span.styles)
        elif span.text:
            joined.append(span)
    return tuple(joined)


def plain(text: str) -> str:
    """`text` without its emphasis marks."""
    if "*" not in text and "_" not in text:
        return text
    return "".join(span.text for span in spans(text))


def _line_spans(line: str) -> list[Span]:
    tokens: list[str] = []
    turns: dict[int, list[str]] = {}
    opened: dict[str, list[int]] = {"italic": [], "bold": [], "underline": []}
    last = 0
    for mark in _MARK.finditer(line):
        tokens.append(line[last : mark.start()])
        last = mark.end()
        run = mark.group()
        styles = _STYLES.get(run)
        if styles is None:
            tokens.append(run[1:] if run[0] == "\\" else run)
            continue
        before, after = line[max(0, mark.start() - 1) : mark.start()], line[last : last + 1]
        if before.strip() and all(opened[style] for style in styles):
            for style in styles:
                opening = opened[style].pop()
                tokens[opening] = ""
                turns.setdefault(opening, []).append(style)
                turns.setdefault(len(tokens), []).append(style)
            tokens.append("")
        elif after.strip():
            for style in styles:
                opened[style].append(len(tokens))
                tokens.append(_TOKEN[style])
        else:
            tokens.append(run)
    tokens.append(line[last:])
    styled: list[Span] = []
    current: frozenset[str] = frozenset()
    for number, token in enumerate(tokens):
        for style in turns.get(number, ()):
            current = current ^ {style}
        if token:
            styled.append(Span(token, current))
    return styled
