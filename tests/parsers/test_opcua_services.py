"""Bodies of all services, against the encoder of another implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parsers.opcua_event import EVENT
from parsers.opcua_frame import read_type_id, tell_role
from parsers.opcua_names import SERVICE_NAMES, SERVICE_SETS
from parsers.opcua_program import PROGRAM
from parsers.opcua_services import REPLIES, REQUESTS, SERVICE_FAULT, SERVICES
from parsers.opcua_walk import DEPTH, DONE, EVENTS_MAX, FRAME, walk_body
from tests.support.opcua_bytes import encode, fill, list_services, ua

CLASSES = list_services()


def walk(body: bytes, cut: int = 0) -> tuple[int, int, Any]:
    """How the walk of a body ended, where, and its events."""
    buf = np.frombuffer(body, dtype=np.uint8)
    type_id = read_type_id(buf, 0, len(buf))
    events: Any = np.recarray(EVENTS_MAX * 2, dtype=EVENT)
    stack: Any = np.recarray(DEPTH, dtype=FRAME)
    structure = int(PROGRAM.messages[type_id])
    how, at, used = walk_body(buf, 4, len(buf) - cut, structure, 0, 0, PROGRAM, stack, events, 0)
    return int(how), int(at), events[:used]


def test_there_are_41_services() -> None:
    """The standard's 39 services of now and the two test services of before, both ways."""
    lines = [line.split() for line in SERVICES.strip().splitlines()]
    assert len(lines) == len(SERVICE_SETS) == 41
    assert len(SERVICE_NAMES) == 2 * 41 + 1


def test_ids_are_those_of_the_standard() -> None:
    """Each encoding's NodeId is the one asyncua has under the service's name."""
    for line in SERVICES.strip().splitlines():
        _, name, request, reply = line.split()
        if name.startswith("test_"):
            continue
        words = name.replace("_ids", "Ids").replace("_id", "Id").split("_")
        title = "".join(word[0].upper() + word[1:] for word in words)
        title = title.replace("NodeIds", "NodeIds").replace("ToNodeIds", "ToNodeIds")
        assert getattr(ua.ObjectIds, f"{title}Request_Encoding_DefaultBinary") == int(request)
        assert getattr(ua.ObjectIds, f"{title}Response_Encoding_DefaultBinary") == int(reply)
    assert ua.ObjectIds.ServiceFault_Encoding_DefaultBinary == SERVICE_FAULT


def test_roles_are_told_by_the_id() -> None:
    """Every request and reply is told as what it is; no other number is."""
    asks = {int(line.split()[0]) for line in REQUESTS.strip().splitlines()}
    answers = {int(line.split()[0]) for line in REPLIES.strip().splitlines()}
    assert asks | answers == set(SERVICE_NAMES)
    assert {number: tell_role(number) for number in range(20_000) if tell_role(number)} == (
        dict.fromkeys(asks, 1) | dict.fromkeys(answers, 2)
    )


def test_asyncua_has_all_but_the_test_services() -> None:
    """Nothing is left out of the comparison."""
    assert len(CLASSES) == 2 * 39


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: str(kind.__name__))
def test_a_body_is_walked_to_its_end(kind: type[Any]) -> None:
    """A message with something in every member is read exactly, and so is an empty one."""
    for message in (fill(kind), kind()):
        body = encode(message)
        how, at, events = walk(body)
        assert (how, at) == (DONE, len(body))
        assert (events["tag"] > 0).all()
    assert walk(body, cut=1)[0] != DONE
