"""Rules and addresses that decisions name."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake import Lake
from wanglou.commands.subject import check_address, check_rule, suggest
from wanglou.errors import UsageError


def test_addresses() -> None:
    """Written as alerts write them; what is none is refused with the option's name."""
    assert check_address("", "--source") == ""
    assert check_address(" 2001:DB8::1 ", "--source") == "2001:db8::1"
    for text in ("10.20.1.1x", "10.20.1.0/24", "1e4"):
        with pytest.raises(UsageError, match="--source"):
            check_address(text, "--source")


def test_rules(lake_folder: Path) -> None:
    """Shipped ones, and none by default; others are refused with the nearest."""
    with Lake(lake_folder) as lake:
        for name in ("", "modbus_write_unauthorized"):
            assert check_rule(name, lake, []) == name
        with pytest.raises(UsageError, match="did you mean modbus_write_unauthorized"):
            check_rule("modbus_write_unautorized", lake, [])


def test_nothing_near() -> None:
    """No guess is better than a wild one."""
    assert suggest("zzzz", ["modbus_function_scan"]) == ""
