"""Who makes records of what: the tables of each protocol, of frames that are not IP, and of what other tables say.

To add a protocol, name its table in ``MESSAGE_TABLES`` with the numbers it reads; its bytes are told and framed in
``parsers.framing``. A table's module is loaded when its protocol is first heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin
from parsers.link_table import LinkTables
from parsers.protocol import DHCP, DNS, DNS_STREAM, HANDLE, HTTP, MODBUS, MODBUS_RTU, MQTT, OPCUA, TLS, WEBSOCKET
from parsers.tracker import Limits
from sensors.batch import PacketBatch


class Counted(Protocol):
    """What says how often its bounds were hit."""

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start, by names that begin with the protocol's."""


class MessageTable(Counted, Protocol):
    """Turns messages of a protocol into rows."""

    waiting: Any
    """MESSAGE[n]: what must be given again at the front of the next batch, as it lay in the batch last added."""

    def add(
        self, data: NDArray[Any], spill: NDArray[Any], messages: Any, conversations: Conversations, *, flush: bool
    ) -> pa.Table:
        """Rows that became complete; ``messages`` begins with what was ``waiting``."""


class FrameTable(Counted, Protocol):
    """Turns frames into rows: it sees every decoded frame of a batch, those that are not IP too."""

    def add(self, batch: PacketBatch, frames: Any) -> dict[str, pa.Table]:
        """Tables by name of ``frames`` FRAME[n], whose packets lie in ``batch``."""


class DerivedTable(Counted, Protocol):
    """Makes rows of what a batch's other tables say."""

    def add(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Rows from the tables made before, by dataset."""


Entry = tuple[str, Callable[[Origin, Limits], MessageTable], tuple[int, ...]]
"""Dataset, its table, and the protocols it reads."""


def _load(name: str) -> Callable[..., Any]:
    """Make what loads a class when it is called: ``module.Class`` below ``parsers``."""
    module, _, kind = name.rpartition(".")

    def make(*given: Any) -> Any:
        return getattr(import_module(f"parsers.{module}"), kind)(*given)

    return make


MESSAGE_TABLES: tuple[Entry, ...] = (
    ("modbus", _load("modbus_table.ModbusTable"), (MODBUS, MODBUS_RTU)),
    ("opcua", _load("opcua_table.OpcuaTable"), (OPCUA,)),
    ("mqtt", _load("mqtt_table.MqttTable"), (MQTT, WEBSOCKET)),
    ("dns", _load("dns_table.DnsTable"), (DNS, DNS_STREAM)),
    ("http", _load("http_table.HttpTable"), (HTTP,)),
    ("handle", _load("handle_table.HandleTable"), (HANDLE,)),
    ("tls", _load("tls_table.TlsTable"), (TLS,)),
    ("dhcp", _load("dhcp_table.DhcpTable"), (DHCP,)),
)
"""In the order in which they are given their messages of a batch.

A table that finds messages of another protocol within its own gives them as ``envelopes`` to the tables behind it.
"""

FRAME_TABLES: tuple[Callable[[Origin], FrameTable], ...] = (LinkTables,)
"""Their tables are records where they are datasets, and are seen by the derived ones in any case."""

DERIVED_TABLES: tuple[tuple[str, Callable[[Origin], DerivedTable], frozenset[str]], ...] = (
    ("identifier", _load("identifier_table.IdentifierTable"), frozenset({"dns", "handle", "http", "mqtt"})),
    ("asset", _load("asset_table.AssetTable"), frozenset()),
)
"""Dataset, its table, and the datasets it reads (none: all), in the order in which they see each other."""
