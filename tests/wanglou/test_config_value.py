"""Values of settings: what each may be, from the file and from a variable."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import volume
from wanglou import config_value
from wanglou.config import SETTINGS
from wanglou.config_value import (
    Reading,
    choice,
    number,
    read_ledger,
    read_networks,
    read_path,
    read_paths,
    read_policies,
    read_size,
    read_store,
    read_text,
    read_zone,
    whole,
)

BASE = Path("/etc/wanglou")


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (read_text, " a b ", "a b"),
        (read_path, "site.yaml", BASE / "site.yaml"),
        (read_path, "/a/b", Path("/a/b")),
        (read_paths, ["a", "/b"], (BASE / "a", Path("/b"))),
        (read_paths, "a:/b", (BASE / "a", Path("/b"))),
        (read_store, "lake:data", "lake:/etc/wanglou/data"),
        (read_store, "/data", "lake:/data"),
        (read_store, "https://a:9200,https://b:9200?ca=x", "https://a:9200,https://b:9200?ca=x"),
        (read_ledger, "l.db", "/etc/wanglou/l.db"),
        (read_ledger, "postgresql://u@h/d?passfile=/x", "postgresql://u@h/d?passfile=/x"),
        (read_size, 5, 5),
        (read_size, "1.5Ki", 1536),
        (choice("a", "b"), "b", "b"),
        (whole(1, 9), 9, 9),
        (whole(1, 9), "3", 3),
        (number(0, 9), "2.5", 2.5),
        (number(0, 9), 2, 2.0),
        (read_networks, ["10.0.0.1", "10.0.0.0/8", "fd00::/8"], ("10.0.0.1", "10.0.0.0/8", "fd00::/8")),
        (read_networks, "10.0.0.1, 10.0.0.2", ("10.0.0.1", "10.0.0.2")),
        (read_zone, "Asia/Shanghai", "Asia/Shanghai"),
        (read_policies, {"modbus": "noteworthy", "dns": "all"}, "modbus:noteworthy,dns:all"),
        (read_policies, "modbus:noteworthy, dns:all", "modbus:noteworthy,dns:all"),
    ],
)
def test_what_is_taken(read: Reading, value: Any, found: Any) -> None:
    """Each kind in its forms; relative paths start from the folder of the settings."""
    assert read(value, BASE) == found


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (read_text, "", "must be a text"),
        (read_text, 5, "must be a text"),
        (read_text, "a\x1b[31m", "control characters"),
        (read_text, "a" * 5000, "too long"),
        (read_paths, {"a": 1}, "must be a list"),
        (read_store, "https://u:p@a:9200", r"holds a password; name .*key=FILE"),
        (read_store, "https://b:9200,https://u:p@a:9200", "holds a password"),
        (read_ledger, "postgresql://u:p@h/d", r"holds a password; name .*passfile=FILE"),
        (read_ledger, "postgresql://u@h/d?password=p", "holds a password"),
        (read_ledger, "postgresql://[/d", "is no address"),
        (read_size, True, "is no size"),
        (read_size, -1, "is no size"),
        (read_size, "5X", "is no size"),
        (choice("a", "b"), "c", "must be one of a, b"),
        (choice("a", "b"), ["a"], "must be one of a, b"),
        (whole(1, 9), 0, "a whole number from 1 to 9, not 0"),
        (whole(1, 9), 2.5, "a whole number"),
        (whole(1, 9), True, "a whole number"),
        (number(0, 9), "x", "a number from 0 to 9"),
        (number(0, 9), float("nan"), "a number from 0 to 9"),
        (read_networks, ["10.0.0.256"], "10.0.0.256"),
        (read_networks, [5], "must be a text"),
        (read_zone, "Mars/Olympus", "is no time zone"),
        (read_zone, "../../etc/passwd", "is no time zone"),
        (read_policies, {"modbus": "some"}, "of modbus one of all, rollup, noteworthy"),
        (read_policies, {"M": "all"}, "is no dataset"),
        (read_policies, ["modbus"], "must say for each dataset"),
    ],
)
def test_what_is_refused(read: Reading, value: Any, told: str) -> None:
    """Anything else is told with what would do; a password is never shown."""
    with pytest.raises(ValueError, match=told) as caught:
        read(value, BASE)
    assert ":p@" not in str(caught.value)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(SETTINGS), ANY)
def test_whatever_is_written(setting: Any, value: Any) -> None:
    """Every setting takes or refuses any value; none fails otherwise."""
    with suppress(ValueError):
        setting.read(value, BASE)


def test_policies_are_those_of_the_store() -> None:
    """Every policy that can be written is one that the store knows; ``rollup`` is known where it is implemented."""
    assert set(getattr(volume, "POLICIES", ("all", "noteworthy"))) <= set(config_value.POLICIES)
