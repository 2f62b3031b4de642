"""Names of OPC UA services, status codes, attributes and enumerations."""

from __future__ import annotations

from parsers.opcua_names import (
    ATTRIBUTES,
    ENUMERATIONS,
    STATUS_CODES,
    name_number,
    name_service,
    name_status,
)
from parsers.opcua_program import TAGS
from tests.support.opcua_bytes import ua


def test_status_codes_are_those_of_another_implementation() -> None:
    """Every name with its code, and no other."""
    theirs = {code >> 16: name for name, code in vars(ua.StatusCodes).items() if isinstance(code, int)}
    assert theirs == STATUS_CODES


def test_attributes_are_numbered_from_one() -> None:
    """27 attributes, the value being the 13th."""
    assert [ATTRIBUTES[int(one)].replace("_", "") for one in ua.AttributeIds] == [
        one.name.lower() for one in ua.AttributeIds
    ]


def test_enumerations_are_those_of_another_implementation() -> None:
    """Names and numbers of the enumerations that have columns."""
    kinds = {
        "browse.directions": ua.BrowseDirection, "channel.request_type": ua.SecurityTokenRequestType,
        "filter.operators": ua.FilterOperator, "filter.triggers": ua.DataChangeTrigger,
        "history.operation": ua.PerformUpdateType, "item.modes": ua.MonitoringMode, "reference.classes": ua.NodeClass,
        "security.mode": ua.MessageSecurityMode, "server.application_types": ua.ApplicationType,
        "timestamps_to_return": ua.TimestampsToReturn, "tokens.types": ua.UserTokenType,
        "filter.deadband_types": ua.DeadbandType,
    }  # fmt: skip
    for column, kind in kinds.items():
        theirs = {int(one): one.name.lower().rstrip("_") for one in kind}
        assert {number: name.replace("_", "") for number, name in ENUMERATIONS[column].items()} == theirs, column


def test_enumerations_belong_to_columns() -> None:
    """Each is of a column of the schema."""
    assert set(ENUMERATIONS) <= set(TAGS)


def test_names_of_what_has_none() -> None:
    """Numbers stay numbers."""
    assert name_status(0x8FFF0000) == "0x8FFF0000"
    assert name_status(0x80340400) == "BadNodeIdUnknown"
    assert name_number("attributes", 99) == "attribute_99"
    assert name_number("item.modes", 7) == "7"
    assert name_service(5) == "service_5"
