"""What devices are for."""

from __future__ import annotations

import pytest

from correlation.asset import LEVELS, TYPES
from correlation.asset_inference import DEFAULTS, Traits, infer_criticality, infer_level, infer_type


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        ("modbus_server", "plc"), ("modbus_client", "hmi"), ("modbus_client modbus_server", "hmi"), ("s7comm_server",
        "plc"),
        ("dnp3_server", "rtu"), ("iec104_server", "rtu"), ("bacnet_client", "hmi"), ("modbus_client mqtt_client",
        "scada"),
        ("opcua_server", "plc"), ("opcua_client", "scada"), ("broker", "broker"), ("handle_server dns_client",
        "identifier_node"),
        ("dns_server", "name_server"), ("http_server", "server"), ("web_server", "server"), ("dns_client", "client"),
        ("router", "network"), ("edge_node mqtt_client", "gateway"), ("", "other"),
    ],
)  # fmt: skip
def test_types_by_roles(roles: str, kind: str) -> None:
    """The type that each set of roles tells."""
    assert infer_type(Traits(frozenset(roles.split())))[0] == kind


def test_types_by_other_traits() -> None:
    """Units, what is carried, and names."""
    assert infer_type(Traits(frozenset({"modbus_server"}), has_units=True))[0] == "gateway"
    assert infer_type(Traits(frozenset(), is_unit=True))[0] == "field_device"
    assert infer_type(Traits(frozenset({"modbus_client"}), carries=2)) == ("network", "carries 2")
    assert infer_type(Traits(frozenset({"opcua_client"}), names="plant historian"))[0] == "historian"


def test_every_type_has_level_and_criticality() -> None:
    """Levels are those of the Purdue model, grades 1 to 5."""
    assert DEFAULTS.keys() == {*TYPES}
    assert {infer_level(kind) for kind in TYPES} <= {*LEVELS, None}
    assert {infer_criticality(kind) for kind in TYPES} <= {1, 2, 3, 4, 5}
    assert infer_criticality("client", safety=True) == 5
    assert infer_criticality("plc", outside=True) == 1
