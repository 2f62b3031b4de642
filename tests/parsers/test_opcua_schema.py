"""The dataset ``opcua``."""

from __future__ import annotations

from parsers.opcua_schema import OPCUA

FIXED = (
    "opcua.service.name", "opcua.nodes", "opcua.attributes", "opcua.values", "opcua.numbers", "opcua.types",
    "opcua.item.statuses", "opcua.methods", "opcua.status.name", "opcua.security.policy", "opcua.security.mode",
    "opcua.session.name", "opcua.user.name", "opcua.user.token_type", "opcua.user.has_password", "opcua.endpoint.url",
    "opcua.opaque", "opcua.channel.id", "opcua.message.type",
)  # fmt: skip
"""Names that rules read."""


def test_names_that_rules_read() -> None:
    """The names that were fixed are there."""
    assert set(FIXED) <= {field.name for field in OPCUA.fields}


def test_no_column_is_for_a_secret() -> None:
    """There is whether a password was sent, and no password, token or nonce."""
    names = [field.name for field in OPCUA.fields]
    assert [name for name in names if "password" in name] == ["opcua.user.has_password"]
    assert not [name for name in names if "nonce" in name or name.endswith("authentication_token")]
