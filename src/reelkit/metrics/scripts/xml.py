"""CML-Instruction's XML: read as it should be, or, where it does not parse, as far as it can be recovered.

    <script><scene>
      <stage_direction>INT. KITCHEN - NIGHT</stage_direction>
      <scene_description>Rain on the window.</scene_description>
      <character>MARA</character><parenthetical>low</parenthetical><dialogue>You are late.</dialogue>
      <action>Tom hangs up his coat.</action>
    </scene></script>

Models often write something that is nearly this. CML-Bench's own reader takes all of it with patterns and calls that parsed
(its `regex_parsing_successful` is 1 in every row it released); here whether it parses and what is in it are two questions.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from reelkit.errors import UnreadableError
from reelkit.metrics.scripts.script import Element, Kind, Script, ScriptScene

KINDS: dict[str, Kind] = {
    "stage_direction": "heading",
    "scene_description": "description",
    "action": "action",
    "parenthetical": "parenthetical",
    "dialogue": "dialogue",
}
LEAVES = frozenset({*KINDS, "character"})
LARGEST = 64 * 2**20
"""Bytes of the longest file that is read."""
Pair = tuple[str, str]
"""Name of an element in a scene, and its text."""

FENCE = "```"
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TAG = re.compile(rf"<\s*+(/?)\s*+(script|scene|{'|'.join(sorted(LEAVES))})(?![\w-])[^<>]*+>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z!?][^<>]*>")
_ENCODING = re.compile(rb"""\A<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class _Unparsed(ValueError):
    """Why a text is not CML-Instruction's XML."""


def read_xml_file(path: Path) -> Script:
    """The script in a file. UnreadableError where it is missing, too large, or no text; text that does not parse is a
    `Script` with a fault."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableError(f"{path}: cannot read the script: {error.strerror or error}; check the path") from error
    if len(content) > LARGEST:
        raise UnreadableError(f"{path}: over {LARGEST // 2**20} MB, which no script is; give one script a file")
    return read_xml(decode_xml(content, str(path)), str(path))


def decode_xml(content: bytes, name: str) -> str:
    """The text of XML's bytes: UTF-8, UTF-16 with a mark, or what its first line declares. UnreadableError otherwise."""
    declared = _ENCODING.match(content[:200])
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif declared is not None and not declared.group(1).lower().startswith((b"utf-16", b"utf-32")):
        encoding = declared.group(1).decode("ascii")
    try:
        if b"\0" in content and encoding == "utf-8-sig":
            raise UnreadableError(f"{name}: not text (it holds zero bytes); save the script as XML in UTF-8")
        text = content.decode(encoding)
        return text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"{name}:{line}: not {error.encoding} text; save the script as XML in UTF-8") from error
    except (LookupError, UnicodeError, ValueError) as error:
        raise UnreadableError(f"{name}:1: cannot be read as {encoding} ({error}); save the script as XML in UTF-8") from error


def read_xml(text: str, name: str = "script") -> Script:
    """The script in a text; never an error.

    It parses where it is well-formed XML (a code fence around it is no harm), whose root is `script`, with one `scene` or
    more, and in scenes nothing but the six elements, none in another, no loose text, and a character before anything is
    said. Otherwise `fault` says what is wrong, and the scenes are whatever stands between tags that are known: an element
    then ends where the next begins.
    """
    bare = _unfenced(text.strip())
    try:
        scenes, fault = tuple(_scene(pairs) for pairs in _strict(bare)), ""
    except _Unparsed as problem:
        fault = str(problem)
        scenes = tuple(scene for pairs in _lenient(bare) if (scene := _scene(pairs)).elements)
    return Script(name=name, form="xml", scenes=scenes, fault=fault)


def _unfenced(text: str) -> str:
    opening, _, rest = text.partition("\n")
    if not opening.startswith(FENCE) or not rest.endswith(FENCE):
        return text
    return rest.removesuffix(FENCE).strip()


def _strict(text: str) -> list[list[Pair]]:
    if not text:
        raise _Unparsed("it is empty")
    if _DECLARATION.search(text):
        raise _Unparsed("it declares a document type or entities, which a script does not need")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise _Unparsed(f"not well-formed XML: {error}") from error
    if _name(root) != "script":
        raise _Unparsed(f"the root is <{root.tag}> and not <script>")
    _no_loose_text(root, "<script>")
    if not len(root):
        raise _Unparsed("it has no <scene>")
    return [_pairs(scene, number) for number, scene in enumerate(root, 1)]


def _pairs(scene: ElementTree.Element, number: int) -> list[Pair]:
    if _name(scene) != "scene":
        raise _Unparsed(f"<{scene.tag}> stands where a <scene> should")
    where = f"scene {number}"
    _no_loose_text(scene, where)
    pairs: list[Pair] = []
    speaker = False
    for leaf in scene:
        name = _name(leaf)
        if name not in LEAVES:
            raise _Unparsed(f"{where} holds <{leaf.tag}>, which is none of {', '.join(sorted(LEAVES))}")
        if inner := next((each.tag for each in leaf.iter() if each is not leaf and _name(each) in LEAVES), None):
            raise _Unparsed(f"{where} has <{inner}> inside <{leaf.tag}>")
        text = "".join(leaf.itertext()).strip()
        speaker = speaker or (name == "character" and bool(text))
        if name == "dialogue" and not speaker:
            raise _Unparsed(f"{where} has dialogue before any <character>")
        pairs.append((name, text))
    return pairs


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).lower()


def _no_loose_text(parent: ElementTree.Element, where: str) -> None:
    loose = next((t for t in (parent.text, *(child.tail for child in parent)) if t and t.strip()), None)
    if loose:
        raise _Unparsed(f"{where} has text outside its elements: {' '.join(loose.split())[:40]!r}")


def _lenient(text: str) -> Iterator[list[Pair]]:
    """Scenes' elements between known tags; what stands before the first scene is a scene of its own."""
    pairs: list[Pair] = []
    leaf, start = "", 0
    for tag in _TAG.finditer(text):
        if leaf:
            pairs.append((leaf, _cleaned(text[start : tag.start()])))
        name = tag.group(2).lower()
        leaf = name if name in LEAVES and not tag.group(1) else ""
        start = tag.end()
        if name not in LEAVES:
            yield pairs
            pairs = []
    if leaf:
        pairs.append((leaf, _cleaned(text[start:])))
    yield pairs


def _cleaned(text: str) -> str:
    return html.unescape(_MARKUP.sub("", text)).strip()


def _scene(pairs: Iterable[Pair]) -> ScriptScene:
    elements: list[Element] = []
    speaker = ""
    for name, text in pairs:
        if not text:
            continue
        if name == "character":
            speaker = text.upper()
        else:
            kind = KINDS[name]
            elements.append(Element(kind, text, speaker if kind in {"parenthetical", "dialogue"} else ""))
    return ScriptScene(tuple(elements))
