"""What a decision names is there."""

from __future__ import annotations

import pytest

from correlation.lake import Lake
from wanglou.commands.subject import check_address, check_rule, suggest
from wanglou.errors import UsageError


def test_an_address_is_written_as_alerts_have_it() -> None:
    """In its shortest form; none stays none; what is no address is refused with the option's name."""
    assert check_address(" 2001:DB8:0::1 ", "--source") == "2001:db8::1"
    assert check_address("", "--source") == ""
    with pytest.raises(UsageError, match=r"'10\.20\.1\.1x' is no IP address") as caught:
        check_address("10.20.1.1x", "--source")
    assert caught.value.where == "--source"


def test_a_rule_is_one_that_there_is(lake: Lake) -> None:
    """A shipped one, or one that raised an alert; others are refused with what is near."""
    assert check_rule("", lake, []) == ""
    assert check_rule("modbus_function_scan", lake, []) == "modbus_function_scan"
    with pytest.raises(UsageError, match=r"did you mean .*modbus_function_scan"):
        check_rule("modbus_function_scam", lake, [])


def test_what_is_near_is_told() -> None:
    """At most three; nothing where nothing is near."""
    assert suggest("abcd", ["abce", "zzzz"]) == "; did you mean abce?"
    assert suggest("abcd", ["zzzz"]) == ""
