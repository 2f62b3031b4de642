"""What a record or an alert rests on: its records, and the packets of their capture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from console.capture_file import find_capture_file
from console.dissections import DISSECTIONS
from console.packet_cut import Cut, cut_records
from console.record import Record
from console.refusal import Refused
from console.translation import Told, translate
from console.views.alerts import get_alert, list_evidence
from console.views.hunt import find_record
from console.views.packet_tree import PacketTree, build_tree
from console.visit import Visit
from correlation.store import Capture
from sensors.cutting import pack_packets
from wanglou.commands.packets import choose_dissectors
from wanglou.errors import WanglouError

MOST_RECORDS = 10
"""Records of an alert whose packets are shown."""
MOST_PACKETS = 10
"""Packets shown; the download has up to 1000."""
Missing = Literal["", "records", "capture", "file"]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a record or an alert rests on, before any packet is read."""

    subject: Record
    """The record or the alert."""
    records: Sequence[Record]
    capture: Capture | None
    missing: Missing = ""
    """What is no longer there; empty where packets can be looked for."""

    @property
    def id(self) -> str:
        """``event.id`` of the subject."""
        return str(self.subject["event.id"])

    @property
    def is_alert(self) -> bool:
        """True for an alert."""
        return bool(self.subject["event.dataset"] == "alert")

    @property
    def file_name(self) -> str:
        """Name of the capture's file, without its folder."""
        return Path(self.capture.record.name).name if self.capture else ""

    @property
    def shift_ns(self) -> int:
        """By how much its times were moved."""
        return self.capture.record.shift_ns if self.capture else 0


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of a ground."""

    trees: Sequence[PacketTree]
    total: int
    left_out: int
    chosen: PacketTree | None
    fault: Told | None = None
    """Why there are bytes but no fields."""


def find_ground(visit: Visit, identity: str) -> Ground:
    """Find a record or an alert and the records it rests on; raises Refused (404) for what may not be seen."""
    if identity.startswith("alert-"):
        if not visit.may("alerts.read"):
            raise Refused(403, permission="alerts.read")
        alert = get_alert(visit, identity)
        subject, records = alert.record, list_evidence(visit, alert, MOST_RECORDS)
    else:
        subject = find_record(visit, identity)
        records = [subject]
    # The capture may be the park's, and its name not for this guest; what is cut out of it is the records' own.
    capture = visit.services.store.state(str(subject["wanglou.capture"]))
    missing: Missing = "records" if not records else "capture" if capture is None else ""
    return Ground(subject, records, capture, missing)


def cut_ground(visit: Visit, ground: Ground) -> Cut | Missing:
    """Cut the packets of a ground out of its capture; tells what is missing where that cannot be."""
    if ground.missing or ground.capture is None:
        return ground.missing
    path = find_capture_file(visit.ledger, visit.services.backstage.uploads, ground.capture.record)
    return "file" if path is None else cut_records(path, ground.records)


def show_packets(visit: Visit, ground: Ground, chosen: str = "") -> Packets | Missing:
    """Dissect the first packets of a ground; ``chosen`` is the ordinal of the one that is looked at."""
    cut = cut_ground(visit, ground)
    if isinstance(cut, str):
        return cut
    packets = cut.packets[:MOST_PACKETS]
    fault = None
    try:
        found = DISSECTIONS.dissect(str(ground.subject["wanglou.capture"]), packets, choose_dissectors(ground.records))
        trees = [build_tree(packet, one, ground.shift_ns) for packet, one in zip(packets, found, strict=True)]
    except WanglouError as error:
        fault = translate(error, visit.language)
        trees = [build_tree(packet, None, ground.shift_ns) for packet in packets]
    first = next((tree for tree in trees if str(tree.ordinal) == chosen), trees[0] if trees else None)
    return Packets(trees, cut.total, cut.left_out, first, fault)


def write_packets(visit: Visit, ground: Ground) -> bytes | Missing:
    """Give the packets of a ground as a file of pcapng, with the times of their capture."""
    cut = cut_ground(visit, ground)
    return cut if isinstance(cut, str) else pack_packets(cut.packets)
