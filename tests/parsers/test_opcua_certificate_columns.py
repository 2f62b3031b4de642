"""Rows have what their certificate says, the others null; a part that cannot be read is null too."""

from __future__ import annotations

from parsers.opcua_certificate import Certificate
from parsers.opcua_certificate_columns import describe_certificates


def test_rows_without_a_certificate_are_null() -> None:
    """One of three rows has a certificate, one has bytes that are none."""
    owner = "server.certificate"
    chosen = {0: Certificate("ab", "CN=plc", "CN=ca", "01", 0, 10**9), 2: Certificate("cd")}
    columns = {name: column.to_pylist() for name, column in describe_certificates(owner, chosen, 3).items()}
    assert columns[f"{owner}.thumbprint"] == ["ab", None, "cd"]
    assert columns[f"{owner}.subject"] == ["CN=plc", None, None]
    starts, ends = columns[f"{owner}.not_before"], columns[f"{owner}.not_after"]
    assert [one is None for one in starts] == [one is None for one in ends] == [False, True, True]
    assert (ends[0] - starts[0]).total_seconds() == 1


def test_only_columns_of_the_schema() -> None:
    """Of a user's certificate less is kept."""
    columns = describe_certificates("user.certificate", {0: Certificate("ab", "CN=li")}, 1)
    assert {"user.certificate.thumbprint", "user.certificate.subject"} <= columns.keys()
    assert describe_certificates("nobody.certificate", {0: Certificate("ab")}, 1) == {}
