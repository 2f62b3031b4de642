"""Every table's columns, declared once: name, kind, meaning, unit.

Documentation, the query language's checks, the lake's column types and the index templates are all made from these
declarations. To add a dataset, declare it in a module of its own and name it here.
"""

from __future__ import annotations

from parsers.asset_schema import ASSET
from parsers.dns_schema import DNS
from parsers.field import COMMON, LISTS, Dataset, Field
from parsers.flow_schema import FLOW
from parsers.handle_schema import HANDLE
from parsers.http_schema import HTTP
from parsers.identifier_schema import IDENTIFIER
from parsers.modbus_schema import MODBUS
from parsers.mqtt_schema import MQTT
from parsers.opcua_schema import OPCUA
from parsers.tls_schema import TLS

__all__ = [
    "ASSET", "COMMON", "DATASETS", "DNS", "FLOW", "HANDLE", "HTTP", "IDENTIFIER", "LISTS", "MODBUS", "MQTT", "OPCUA", "TLS",
    "Dataset", "Field",
]  # fmt: skip

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for dataset in (FLOW, MODBUS, OPCUA, MQTT, DNS, HANDLE, HTTP, TLS, IDENTIFIER, ASSET)
}
