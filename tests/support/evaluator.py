"""The meaning of a checked query, told in plain Python: what every compiler of queries is held to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from correlation.query_tree import (
    Among,
    And,
    Between,
    Contains,
    Equal,
    Everything,
    Exists,
    Like,
    Node,
    Not,
    Or,
    Scalar,
    Wild,
    Within,
)
from parsers.schema import Field


def holds(node: Node, row: Mapping[str, Any]) -> bool:
    """Evaluate a query on a record in plain Python."""
    if isinstance(node, Everything):
        return True
    if isinstance(node, And):
        return all(holds(part, row) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, row) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, row)
    value = row.get(node.field.name)
    elements = value if isinstance(value, list) else [] if value is None else [value]
    if isinstance(node, Exists):
        return bool(elements)
    return any(fits(node, element) for element in elements)


def fits(node: Equal | Between | Like | Contains | Within | Among, value: Any) -> bool:
    """Evaluate a leaf on one value that is there."""
    if isinstance(node, Among):
        return value in node.values.splitlines()
    if isinstance(node, Equal):
        return bool(value == node.value)
    if isinstance(node, Like):
        return re.fullmatch(to_regex(node.pattern), value, re.DOTALL) is not None
    if isinstance(node, Contains):
        return re.search(to_regex(node.pattern), value, re.DOTALL | re.IGNORECASE) is not None
    if isinstance(node, Within):
        return ip_address(value) in node.network
    low, high = rank(node.field, node.low), rank(node.field, node.high)
    its = rank(node.field, value)
    if node.field.kind == "ip" and its[0] not in (end[0] for end in (low, high) if end):
        return False
    above = low is None or its > low or (node.low_included and its == low)
    return above and (high is None or its < high or (node.high_included and its == high))


def rank(field: Field, value: Scalar | None) -> Any:
    """Give what orders values: version and number of addresses, bytes of texts."""
    if value is None:
        return None
    if field.kind == "ip":
        address = ip_address(str(value))
        return address.version, int(address)
    return value.encode() if isinstance(value, str) else value


def to_regex(pattern: tuple[str | Wild, ...]) -> str:
    """Write a pattern as a regular expression."""
    texts = {Wild.ANY: ".*", Wild.ONE: "."}
    return "".join(texts[part] if isinstance(part, Wild) else re.escape(part) for part in pattern)
