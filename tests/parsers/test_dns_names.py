"""Names of DNS numbers."""

from __future__ import annotations

from parsers.dns_names import list_flags, name_class, name_opcode, name_response_code, name_type


def test_names_and_numbers_without_one() -> None:
    """Known numbers have their IANA name, others a generic one (RFC 3597 §5)."""
    assert [name_type(number) for number in (1, 35, 64, 65, 4711)] == ["A", "NAPTR", "SVCB", "HTTPS", "TYPE4711"]
    assert [name_class(number) for number in (1, 3, 255, 77)] == ["IN", "CH", "ANY", "CLASS77"]
    assert [name_opcode(number) for number in (0, 5, 3)] == ["QUERY", "UPDATE", "OPCODE3"]
    assert [name_response_code(number) for number in (0, 3, 16, 99)] == ["NOERROR", "NXDOMAIN", "BADVERS", "RCODE99"]


def test_flags() -> None:
    """Flags are told in the order of the header; bit 16 is DO."""
    assert list_flags(0x107B0) == ["AA", "TC", "RD", "RA", "AD", "CD", "DO"]
    assert list_flags(0x8040) == []
