"""OPC UA bytes made by another implementation (asyncua), and chunks around them."""

from __future__ import annotations

import dataclasses
import struct
import typing
import uuid
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

import asyncua
from asyncua.ua import uaprotocol_auto
from asyncua.ua.ua_binary import struct_to_binary

from parsers.opcua_names import SERVICE_NAMES

ua: Any = asyncua.ua
"""Its types are no use to a checker: it takes numbers where it declares its own."""

NONE = "http://opcfoundation.org/UA/SecurityPolicy#None"
MOMENT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


def hello(url: str = "opc.tcp://plc:4840") -> bytes:
    """A Hello (OPC 10000-6 §7.1.2.3)."""
    return pack(b"HELF", struct.pack("<5Ii", 0, 65_536, 65_536, 0, 0, len(url)) + url.encode())


def acknowledge() -> bytes:
    """An Acknowledge (§7.1.2.4)."""
    return pack(b"ACKF", struct.pack("<5I", 0, 65_536, 65_536, 0, 0))


def failure(code: int = 0x80010000, reason: str = "no") -> bytes:
    """An Error (§7.1.2.5)."""
    return pack(b"ERRF", struct.pack("<Ii", code, len(reason)) + reason.encode())


def pack(head: bytes, rest: bytes) -> bytes:
    """A chunk of its four letters and what follows the size."""
    return head + struct.pack("<I", len(rest) + 8) + rest


def chunk(body: bytes, request: int = 1, *, letter: str = "F", sequence: int = 1, kind: str = "MSG") -> bytes:
    """A chunk of MSG or CLO (§6.7.2)."""
    return pack(f"{kind}{letter}".encode(), struct.pack("<4I", 7, 3, sequence, request) + body)


def opening(body: bytes, request: int = 1, *, policy: str = NONE, certificate: bytes = b"") -> bytes:
    """A chunk of OPN (§6.7.2.3)."""
    parts = b"".join(
        struct.pack("<i", len(part) or -1) + part for part in (policy.encode(), certificate, certificate and bytes(20))
    )
    return pack(b"OPNF", struct.pack("<I", 7) + parts + struct.pack("<2I", 1, request) + body)


def encode(message: Any) -> bytes:
    """Body of a request or reply of asyncua."""
    return bytes(struct_to_binary(message))


def list_services() -> list[type[Any]]:
    """Classes of all requests and replies whose encoding we know; of the test services there are none."""
    found = []
    for name in dir(uaprotocol_auto):
        kind = getattr(uaprotocol_auto, name)
        if name.endswith(("Request", "Response")) and dataclasses.is_dataclass(kind):
            type_id = getattr(ua.ObjectIds, f"{name}_Encoding_DefaultBinary", None)
            if type_id in SERVICE_NAMES:
                found.append(typing.cast("type[Any]", kind))
    return found


def fill(kind: Any, depth: int = 0) -> Any:
    """A value of a type with something in every member: two elements in every list."""
    origin = typing.get_origin(kind)
    if origin is list:
        return [fill(typing.get_args(kind)[0], depth) for _ in range(2)]
    if origin is not None:
        return fill(next(one for one in typing.get_args(kind) if one is not type(None)), depth)
    if kind in _SAMPLES:
        return _SAMPLES[kind]()
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return list(kind)[-1]
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, {**vars(ua), "ua": ua})
        made: Any = typing.cast("type[Any]", kind)()
        for member in dataclasses.fields(kind):
            if member.name not in ("TypeId", "Encoding"):
                setattr(made, member.name, fill(hints[member.name], depth + 1))
        return made
    if isinstance(kind, type) and issubclass(kind, int):
        return kind(1)
    return typing.cast("type[Any]", kind)()


def _value() -> Any:
    return ua.DataValue(
        ua.Variant([1.5, 2.5], ua.VariantType.Double),
        ua.StatusCode(ua.StatusCodes.UncertainInitialValue),
        SourceTimestamp=MOMENT,
        ServerTimestamp=MOMENT,
        SourcePicoseconds=1,
        ServerPicoseconds=2,
    )


_SAMPLES: dict[Any, Any] = {
    ua.NodeId: lambda: ua.NodeId("Tank", 2),
    ua.ExpandedNodeId: lambda: ua.ExpandedNodeId(uuid.UUID(int=7), 3, NodeIdType=ua.NodeIdType.Guid),
    ua.QualifiedName: lambda: ua.QualifiedName("Name", 2),
    ua.LocalizedText: lambda: ua.LocalizedText("Text", "en"),
    ua.Variant: lambda: ua.Variant(ua.NodeId(b"\x01\x02", 4), ua.VariantType.NodeId),
    ua.DataValue: _value,
    ua.StatusCode: lambda: ua.StatusCode(ua.StatusCodes.BadNodeIdUnknown),
    ua.DiagnosticInfo: lambda: ua.DiagnosticInfo(
        SymbolicId=1, NamespaceURI=2, Locale=3, LocalizedText=4, AdditionalInfo="more",
        InnerStatusCode=ua.StatusCode(ua.StatusCodes.BadTimeout),
    ),
    ua.ExtensionObject: lambda: ua.ExtensionObject(ua.NodeId(9999, 5), b"body"),
    datetime: lambda: MOMENT, ua.DateTime: lambda: MOMENT, str: lambda: "text", ua.String: lambda: "text",
    ua.CharArray: lambda: "text", bytes: lambda: b"bytes", ua.ByteString: lambda: b"bytes", bool: lambda: True,
    ua.Boolean: lambda: True, float: lambda: 1.5, ua.Double: lambda: 1.5, typing.Any: lambda: None,
}  # fmt: skip
