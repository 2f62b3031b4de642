"""The API of evidence: the packets of one record or alert, dissected or as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from console.disclosure import note_download
from console.figures import write_time
from console.refusal import Refused
from console.routing import Api, Now
from console.views.evidence import find_ground, show_packets, write_packets
from console.views.packet_tree import PacketTree

PCAPNG = "application/x-pcapng"
router = Api("evidence")
At = Annotated[str, Query(max_length=20, description="Time of an alert in nanoseconds, where it is known: quicker.")]


class PacketField(BaseModel):
    """One field of a packet."""

    name: str = Field(description="Wireshark's name.")
    label: str
    position: int = Field(description="Where its bytes begin in the packet; -1 where they are not in it.")
    size: int


class PacketLayer(BaseModel):
    """One protocol of a packet."""

    name: str
    fields: list[PacketField]


class Packet(BaseModel):
    """One packet."""

    ordinal: int = Field(description="Its place in the capture, from 0.")
    time: str = Field(description="RFC 3339, UTC, moved as the capture's records were.")
    wire_bytes: int
    data: str = Field(description="The bytes captured, in hexadecimal; at most 4096 of them.")
    layers: list[PacketLayer]


class Evidence(BaseModel):
    """What a record or an alert rests on."""

    id: str
    records: list[str] = Field(description="event.id of its records, the first ten.")
    capture: str
    packets: list[Packet] = Field(description="The first ten.")
    packet_count: int = Field(description="Packets of these records.")
    fault: str = Field(description="Why packets have no layers; empty where they have.")


@router.get("/evidence/{identity}", permission="packets.read", response_model=Evidence)
def get_one(visit: Now, identity: str, at: At = "") -> Evidence:
    """Give the packets of one record or alert with all fields; 404 where its capture is no longer there."""
    del at  # the visit reads it
    ground = find_ground(visit, identity)
    found = show_packets(visit, ground)
    if isinstance(found, str):
        raise Refused(404, reason=f"evidence_{found}")
    return Evidence(
        id=ground.id,
        records=[str(record["event.id"]) for record in ground.records],
        capture=str(ground.subject["wanglou.capture"]),
        packets=[_describe(tree) for tree in found.trees],
        packet_count=found.total,
        fault=(found.fault.what or found.fault.original) if found.fault else "",
    )


@router.get("/evidence/{identity}/packets.pcapng", permission="packets.read", response_class=Response)
def download(visit: Now, identity: str, at: At = "") -> Response:
    """Download the packets of one record or alert as pcapng: at most 1000, with the times of their capture."""
    del at
    found = write_packets(visit, find_ground(visit, identity))
    if isinstance(found, str):
        raise Refused(404, reason=f"evidence_{found}")
    note_download(visit, "packets", identity)
    headers = {"content-disposition": 'attachment; filename="evidence.pcapng"'}
    return Response(found, media_type=PCAPNG, headers=headers)


def _describe(tree: PacketTree) -> Packet:
    layers = [
        PacketLayer(
            name=layer.name,
            fields=[
                PacketField(name=one.name, label=one.label, position=one.position, size=one.size)
                for one in layer.fields
            ],
        )
        for layer in tree.layers
    ]
    data = "".join(byte.hex for _, row in tree.rows for byte in row)
    return Packet(ordinal=tree.ordinal, time=write_time(tree.ts_ns), wire_bytes=tree.wirelen, data=data, layers=layers)
