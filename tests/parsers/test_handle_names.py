"""Names of operations, answers and flags."""

from __future__ import annotations

from parsers.handle_names import (
    ENVELOPE_FLAGS,
    FLAGS,
    OPERATIONS,
    RESPONSES,
    name_category,
    name_flags,
    name_operation,
    name_response,
)


def test_codes_without_a_name_keep_their_number() -> None:
    """A code that no source names is still told apart."""
    assert (name_operation(1), name_operation(7)) == ("resolution", "op_7")
    assert (name_response(603), name_response(666)) == ("daily_request_limit", "response_666")


def test_every_named_operation_has_a_category() -> None:
    """Categories cover all operations and nothing else."""
    assert all(name_category(code) for code in OPERATIONS)
    assert name_category(7) == ""


def test_names_are_distinct() -> None:
    """No two codes share a name."""
    for names in (OPERATIONS, RESPONSES, FLAGS):
        assert len(set(names.values())) == len(names)


def test_flags_by_bit() -> None:
    """Bits are named from the highest; one without a name by its number."""
    assert name_flags(0x19000000) == ["recursive", "cache_authentication", "public_only"]
    assert name_flags(0x80000010) == ["authoritative", "bit_4"]
    assert name_flags(0xE0, ENVELOPE_FLAGS) == ["compressed", "encrypted", "truncated"]
    assert name_flags(0) == []
