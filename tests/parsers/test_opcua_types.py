"""The structures of OPC UA messages as data, against another implementation's encoder."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from asyncua.ua.ua_binary import extensionobject_to_binary

from parsers.opcua_event import EVENT
from parsers.opcua_program import EXTENSION_OBJECT, PROGRAM, TAGS
from parsers.opcua_types import EXTENSIONS, STRUCTURES
from parsers.opcua_walk import DEPTH, DONE, EVENTS_MAX, FRAME, walk_body
from tests.support.opcua_bytes import encode, fill, ua

IDS = [int(line.split()[0]) for line in EXTENSIONS.strip().splitlines()]
CLASSES = {
    getattr(ua.ObjectIds, f"{name}_Encoding_DefaultBinary"): kind
    for name, kind in vars(ua).items()
    if hasattr(ua.ObjectIds, f"{name}_Encoding_DefaultBinary")
}


def walk(content: bytes, structure: int) -> tuple[int, int, Any]:
    """How a walk ended, where, and its events."""
    buf = np.frombuffer(content, dtype=np.uint8)
    events: Any = np.recarray(EVENTS_MAX * 2, dtype=EVENT)
    stack: Any = np.recarray(DEPTH, dtype=FRAME)
    how, at, used = walk_body(buf, 0, len(buf), structure, 0, 0, PROGRAM, stack, events, 0)
    return int(how), int(at), events[:used]


@pytest.mark.parametrize("type_id", IDS)
def test_bodies_of_extension_objects_are_walked_to_their_end(type_id: int) -> None:
    """Each body with something in every member is read exactly, and something of it is kept where a column is named."""
    filled = fill(CLASSES[type_id])
    body = encode(filled)
    how, at, events = walk(body, int(PROGRAM.extensions[type_id]))
    assert (how, at) == (DONE, len(body))
    line = next(line for line in EXTENSIONS.splitlines() if line.startswith(f"{type_id} "))
    assert bool(len(events)) == (">" in line or any(f" {name}" in line for name in KEEPING))


KEEPING = (
    "DataValue",
    "DiagnosticInfo",
    "MonitoredItem",
    "EventField",
    "HistoryEvent",
    "SimpleAttribute",
    "RelativePath",
)


def test_an_extension_object_as_it_is_sent() -> None:
    """The type's NodeId selects the body."""
    token = ua.UserNameIdentityToken(UserName="operator", Password=b"secret")
    content = bytes(extensionobject_to_binary(token))
    how, at, events = walk(content, int(PROGRAM.single[EXTENSION_OBJECT]))
    assert (how, at) == (DONE, len(content))
    password = events[events["tag"] == TAGS["user.has_password"]]
    assert (len(password), int(password[0]["value"])) == (1, 1)


def test_no_event_points_at_a_password() -> None:
    """Of a secret there is a number only."""
    body = struct.pack("<i", 1) + b"p" + struct.pack("<i", 1) + b"u" + struct.pack("<i", 6) + b"secret" + b"\xff" * 4
    _, _, events = walk(body, int(PROGRAM.extensions[324]))
    spans = [(int(e["value"]), int(e["value"]) + int(e["length"])) for e in events if e["length"] > 0]
    assert all(stop <= 10 or start >= 20 for start, stop in spans)


def test_structures_are_named_once() -> None:
    """No line hides another."""
    names = [line.split()[0] for line in STRUCTURES.splitlines() if line]
    assert len(names) == len(set(names))
    assert len(IDS) == len(set(IDS))
