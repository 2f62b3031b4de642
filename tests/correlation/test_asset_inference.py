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


def test_who_commands_without_being_a_master_is_a_client() -> None:
    """As the site file tells; without masters in it an office does not command; without a site file it is a guess."""
    both = frozenset({"modbus_client", "opcua_client"})
    for roles in (both, frozenset({"modbus_client", "modbus_server"}), frozenset({"opcua_client"})):
        assert infer_type(Traits(roles, is_master=False, level=1))[0] == "client"
        assert infer_type(Traits(roles, level=4))[0] == "client"
        assert infer_type(Traits(roles, is_master=True, level=2))[0] == "hmi"
    assert infer_type(Traits(both, is_master=True, level=3))[0] == "scada"
    assert infer_type(Traits(frozenset({"modbus_server"}), is_master=False, level=1))[0] == "plc"
    assert infer_type(Traits(frozenset({"opcua_client"}), names="engineering", is_master=False))[0] == "engineering"


def test_strangers_are_external() -> None:
    """Whatever they speak."""
    for role in ("modbus_client", "modbus_server", "dns_server"):
        assert infer_type(Traits(frozenset({role}), is_outside=True)) == ("external", "outside")


def test_every_type_has_level_and_criticality() -> None:
    """Levels are those of the Purdue model, grades 1 to 5."""
    assert DEFAULTS.keys() == {*TYPES}
    assert {infer_level(kind) for kind in TYPES} <= {*LEVELS, None}
    assert {infer_criticality(kind) for kind in TYPES} <= {1, 2, 3, 4, 5}
    assert infer_criticality("client", safety=True) == 5
    assert infer_criticality("plc", outside=True) == 1
