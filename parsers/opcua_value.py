"""Texts of OPC UA values that are no plain number: NodeIds, Variants and what they hold.

Sources: OPC 10000-6 (1.05) §5.2 (binary encoding), §5.1.12 and §5.1.13 (text of NodeIds and QualifiedNames). The bytes
come from a walk that found them whole, but may be cut to their beginning: then what is there is shown.
"""

from __future__ import annotations

import base64
import struct
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from parsers.opcua_names import name_status
from parsers.opcua_program import (
    BOOLEAN,
    BYTE_STRING,
    DATA_VALUE,
    DATE_TIME,
    DIAGNOSTIC_INFO,
    EXPANDED_NODE_ID,
    EXTENSION_OBJECT,
    GUID,
    LOCALIZED_TEXT,
    NODE_ID,
    QUALIFIED_NAME,
    STATUS_CODE,
    STRING,
    TYPE_NAMES,
    VARIANT,
    XML_ELEMENT,
)
from parsers.spans import decode_text

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FORMATS = {2: "<b", 3: "<B", 4: "<h", 5: "<H", 6: "<i", 7: "<I", 8: "<q", 9: "<Q", 10: "<f", 11: "<d", 19: "<I"}
_NESTED = 8
"""Values inside one another that are shown."""


class _CutError(Exception):
    """The bytes end before the value does."""


class _Reader:
    """Reads values one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if self.at + count > len(self.data):
            raise _CutError
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form: str) -> int:
        """The next number, in a format of ``struct``."""
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def string(self) -> bytes | None:
        """The next string or byte string; of one that is cut what is there."""
        length = self.number("<i")
        if length < 0:
            return None
        if self.at + length > len(self.data):
            self.at, rest = len(self.data), self.data[self.at :]
            return rest
        return self.take(length)

    def text(self) -> str:
        """The next string as text; a null one is empty."""
        return decode_text(self.string() or b"")

    def node_id(self) -> str:
        """The next NodeId or ExpandedNodeId: ``ns=2;s=Name`` (§5.1.12)."""
        encoding = self.number("<B")
        form = encoding & 0x3F
        space, identifier = self._identifier(form)
        prefix = f"ns={space};" if space else ""
        if encoding & 0x80 and (uri := self.text()):
            prefix = f"nsu={uri};"
        if encoding & 0x40 and (server := self.number("<I")):
            prefix = f"svr={server};{prefix}"
        return prefix + identifier

    def _identifier(self, form: int) -> tuple[int, str]:
        """Namespace and identifier of each form."""
        if form == 0:
            return 0, f"i={self.number('<B')}"
        if form == 1:
            return self.number("<B"), f"i={self.number('<H')}"
        space = self.number("<H")
        if form == 2:
            return space, f"i={self.number('<I')}"
        if form == 3:
            return space, f"s={self.text()}"
        if form == 4:
            return space, f"g={uuid.UUID(bytes_le=self.take(16))}"
        return space, f"b={base64.b64encode(self.string() or b'').decode()}"

    def qualified_name(self) -> str:
        """The next QualifiedName: ``2:Name`` (§5.1.13)."""
        space = self.number("<H")
        return f"{space}:{self.text()}" if space else self.text()

    def localized_text(self) -> str:
        """The text of the next LocalizedText, without its locale."""
        mask = self.number("<B")
        if mask & 1:
            self.string()
        return self.text() if mask & 2 else ""

    def value(self, kind: int, depth: int) -> str:
        """The next value of a built-in type."""
        if kind in _READERS:
            return _READERS[kind](self)
        if kind == VARIANT:
            return self.variant(depth + 1)
        if kind == DATA_VALUE:
            return self.data_value(depth + 1)
        if kind == EXTENSION_OBJECT:
            return self.extension_object()
        if kind == DIAGNOSTIC_INFO:
            return self.diagnostic(depth + 1)
        number = struct.unpack(_FORMATS[kind], self.take(struct.calcsize(_FORMATS[kind])))[0]
        return str(number)

    def variant(self, depth: int = 0) -> str:
        """The next Variant; an array as ``[a, b]``."""
        if depth > _NESTED:
            raise _CutError
        encoding = self.number("<B")
        kind = encoding & 0x3F
        if kind == 0:
            return ""
        kind = kind if kind <= DIAGNOSTIC_INFO else BYTE_STRING
        if encoding & 0x80 == 0:
            return self.value(kind, depth)
        found: list[str] = []
        try:
            count = self.number("<i")
            while len(found) < count:
                found.append(self.value(kind, depth))
            if encoding & 0x40:
                self.take(4 * max(self.number("<i"), 0))
        except _CutError:
            return f"[{', '.join(found)}"
        return f"[{', '.join(found)}]"

    def data_value(self, depth: int) -> str:
        """The value of the next DataValue."""
        mask = self.number("<B")
        text = self.variant(depth) if mask & 1 else ""
        for bit, size in ((2, 4), (4, 8), (16, 2), (8, 8), (32, 2)):
            if mask & bit:
                self.take(size)
        return text

    def extension_object(self) -> str:
        """The type of the next ExtensionObject and the size of its body."""
        name = self.node_id()
        body = self.string() if self.number("<B") else None
        return f"ExtensionObject({name}, {len(body or b'')} bytes)"

    def diagnostic(self, depth: int) -> str:
        """The additional information of the next DiagnosticInfo."""
        if depth > _NESTED:
            raise _CutError
        mask = self.number("<B")
        for bit in (1, 2, 8, 4):
            if mask & bit:
                self.take(4)
        text = self.text() if mask & 16 else ""
        if mask & 32:
            self.take(4)
        if mask & 64:
            self.diagnostic(depth)
        return text


_READERS: dict[int, Callable[[_Reader], str]] = {
    BOOLEAN: lambda reader: "true" if reader.number("<B") else "false",
    STRING: _Reader.text,
    XML_ELEMENT: _Reader.text,
    DATE_TIME: lambda reader: format_ticks(reader.number("<q")),
    GUID: lambda reader: str(uuid.UUID(bytes_le=reader.take(16))),
    BYTE_STRING: lambda reader: (reader.string() or b"").hex(),
    NODE_ID: _Reader.node_id,
    EXPANDED_NODE_ID: _Reader.node_id,
    STATUS_CODE: lambda reader: name_status(reader.number("<I")),
    QUALIFIED_NAME: _Reader.qualified_name,
    LOCALIZED_TEXT: _Reader.localized_text,
}


def format_ticks(ticks: int) -> str:
    """Text of a DateTime, ISO 8601 in UTC; outside the years 1601 to 9999 the bare number of 100 ns."""
    try:
        return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return str(ticks)


def _decode(data: bytes, read: Callable[[_Reader], str]) -> str:
    """Text by a reader; what is cut before its text begins is shown in hexadecimal."""
    try:
        return read(_Reader(data))
    except _CutError:
        return data.hex()


def decode_node_id(data: bytes) -> str:
    """Text of an encoded NodeId or ExpandedNodeId; the null NodeId is ``i=0``."""
    return _decode(data, _Reader.node_id)


def decode_qualified_name(data: bytes) -> str:
    """Text of an encoded QualifiedName."""
    return _decode(data, _Reader.qualified_name)


def decode_variant(data: bytes) -> str:
    """Text of an encoded Variant, its encoding byte first."""
    return _decode(data, _Reader.variant)


def decode_guid(data: bytes) -> str:
    """Text of an encoded Guid."""
    return str(uuid.UUID(bytes_le=data)) if len(data) == 16 else data.hex()


def name_kind(kind: int) -> str:
    """Name of a value's type: ``Double``, ``Int32[]``; empty for none."""
    name = TYPE_NAMES[kind & 0x3F] if kind & 0x3F < len(TYPE_NAMES) else "ByteString"
    return f"{name}[]" if kind & 0x80 else name
