"""Compare our Modbus records with tshark's messages: records back to messages, messages to facts, facts field by field.

``tests/golden/parity.yaml`` says which of our columns stands for which field of tshark; what a value becomes on either
side is a function here, named by ``how``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.records import Record
from tests.support.requirements import ROOT
from tests.support.tshark import Pdu

PARITY = ROOT / "tests" / "golden" / "parity.yaml"
DIAGNOSTICS, UMAS = 8, 90

Facts = dict[str, tuple[Any, ...]]
"""Values of each tshark field, in tshark's terms."""


@dataclass(frozen=True, slots=True)
class Half:
    """A request or a reply taken out of one of our records."""

    packet: int
    half: str
    record: Record

    @property
    def function(self) -> int | None:
        """Its own function code."""
        return self.take("modbus.function.code")

    def take(self, column: str) -> Any:
        """Value of a column; where the reply has its own beside the request's, that one."""
        own = column.replace("modbus.", "modbus.response.") if self.half == "response" else column
        found = self.record.get(own) if own != column else None
        return self.record[column] if found is None else found


def load_parity(path: Path = PARITY) -> dict[str, Any]:
    """Read the table of fields and the differences that are known."""
    with path.open(encoding="utf-8") as file:
        return dict(yaml.safe_load(file))


def split_record(record: Record) -> list[Half]:
    """Messages of a record; one alone is a reply when its header's length stands on the reply's side."""
    first, last = record["wanglou.packet"], record["wanglou.packet_end"]
    if record["wanglou.pairing"] == "paired":
        return [Half(first, "request", record), Half(last, "response", record)]
    alone = "response" if record["modbus.response.length"] is not None else "request"
    return [Half(last, alone, record)]
