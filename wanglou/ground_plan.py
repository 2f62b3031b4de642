"""Ground plans of sites: SVG drawings (SVG 1.1, second edition) taken over without anything that acts or refers.

Only shapes and texts with their geometry and colours are kept. Scripts, styles, links, images, animations, references
by ``href`` or ``url()``, attributes of events, other namespaces and comments are left out; what declares entities, is
deeper, longer or larger than the bounds, or is no SVG, is refused.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.parsers import expat

from wanglou.errors import UsageError

SVG = "http://www.w3.org/2000/svg"
MOST_BYTES = 256 << 10
MOST_ELEMENTS = 5_000
MOST_DEPTH = 32
ELEMENTS = frozenset(
    {"svg", "g", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"}
)
_GEOMETRY = (
    "viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry dx dy d points transform text-anchor "
    "dominant-baseline letter-spacing"
)
_PAINT = (
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray "
    "opacity font-size font-family font-weight"
)
ATTRIBUTES = frozenset(f"{_GEOMETRY} {_PAINT}".split())
_REFERS = re.compile(r"url\s*\(|[a-z]+:|//|\\|&|<", re.IGNORECASE)
"""What no value of the attributes kept needs: references, schemes, escapes."""
_DO = "draw it with shapes and texts only, as a plain SVG of at most 256 KiB"


def load_plan(path: Path) -> str:
    """Read a drawing and give what may be kept of it; raises UsageError for one that cannot be taken."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}", do="check the path of the plan") from None
    if not content:
        raise UsageError(f"{path.name} is empty or larger than {MOST_BYTES} bytes", do=_DO)
    return clean_plan(content, path.name)


def clean_plan(content: bytes, name: str = "the plan") -> str:
    """Give what may be kept of a drawing; raises UsageError for one that cannot be taken."""
    root = _parse(content, name)
    if root.tag != f"{{{SVG}}}svg":
        raise UsageError(f"{name} is no SVG", do=_DO)
    ET.register_namespace("", SVG)
    return ET.tostring(_keep(root), encoding="unicode")


def _parse(content: bytes, name: str) -> ET.Element:
    """Build the tree within the bounds; a document type is refused, as only it declares entities."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = count = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MOST_DEPTH or count > MOST_ELEMENTS:
            raise UsageError(f"{name} has more than {MOST_ELEMENTS} elements, or deeper than {MOST_DEPTH}", do=_DO)
        builder.start(_qualify(tag), attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_qualify(tag))

    def refuse(*_: object) -> None:
        raise UsageError(f"{name} declares a document type", do="save it without DOCTYPE and entities")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, refuse
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UsageError(f"{name} is no XML: {str(error)[:80]}", do=_DO) from None


def _qualify(tag: str) -> str:
    return f"{{{tag}" if "}" in tag else tag


def _keep(element: ET.Element) -> ET.Element:
    kept = ET.Element(element.tag, {key: value for key, value in element.attrib.items() if _may_stay(key, value)})
    kept.text = element.text if element.tag.rpartition("}")[2] in ("text", "tspan", "title", "desc") else None
    for child in element:
        if child.tag.startswith(f"{{{SVG}}}") and child.tag.rpartition("}")[2] in ELEMENTS:
            inner = _keep(child)
            inner.tail = child.tail if kept.text is not None or child.tag.endswith("}tspan") else None
            kept.append(inner)
    return kept


def _may_stay(key: str, value: str) -> bool:
    return key in ATTRIBUTES and not _REFERS.search(value)
