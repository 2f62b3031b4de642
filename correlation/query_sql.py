"""From the checked query to SQL for DuckDB: identifiers quoted, every value a parameter.

A leaf may be NULL where the field is; ``IS NOT TRUE`` makes NOT hold there. DuckDB has no address type without an
extension, so networks are compiled to prefixes and octets, and IPv6 to the 32 digits that ``MACROS`` computes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

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
from parsers.schema import LISTS, Dataset, Field

MACROS = (
    "CREATE MACRO wanglou_ip6_parts(t) AS list_filter(string_split(t, ':'), lambda part: part <> '')",
    """CREATE MACRO wanglou_ip6(a) AS CASE WHEN contains(a, ':') THEN array_to_string(list_transform(list_concat(
        list_concat(
            wanglou_ip6_parts(split_part(a, '::', 1)),
            list_transform(
                range(8 - len(wanglou_ip6_parts(split_part(a, '::', 1)))
                        - len(wanglou_ip6_parts(split_part(a, '::', 2)))),
                lambda position: '0')),
        wanglou_ip6_parts(split_part(a, '::', 2))), lambda part: lpad(part, 4, '0')), '') END""",
    """CREATE MACRO wanglou_ip4(a) AS
        TRY_CAST(split_part(a, '.', 1) AS BIGINT) * 16777216 + TRY_CAST(split_part(a, '.', 2) AS BIGINT) * 65536
        + TRY_CAST(split_part(a, '.', 3) AS BIGINT) * 256 + TRY_CAST(split_part(a, '.', 4) AS BIGINT)""",
    """CREATE MACRO wanglou_ip_order(a) AS
        coalesce(wanglou_ip6(a), printf('%020dffff%08x', 0, wanglou_ip4(a)), a)""",
)
"""What a database needs before it can run compiled queries: an IPv6 address as 32 hexadecimal digits, an IPv4 address
as a number, both NULL for addresses of the other version; and either by what addresses of both are ordered: as IPv6
with IPv4 mapped into it (RFC 4291, 2.5.5.2)."""

EVENT_PARTS = ("wanglou.capture", "wanglou.packet", "wanglou.pdu")
"""Columns that ``event.id`` is made of."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL and the values of its ``?``, in order."""

    sql: str
    parameters: tuple[object, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        """Ask for both."""
        return Condition(f"({self.sql}) AND ({other.sql})", self.parameters + other.parameters)


@dataclass(frozen=True, slots=True)
class EventId:
    """An ``event.id`` taken apart."""

    capture: str
    """First 16 characters of the capture's identity."""
    enterprise: str
    """What follows its 64th character."""
    dataset: str
    packet: int
    pdu: int


def parse_event_id(text: str) -> EventId | None:
    """Take an ``event.id`` apart; None when it is none."""
    match = re.fullmatch(r"(.+)-([a-z0-9_]+)-(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})", text, re.DOTALL | re.ASCII)
    if match is None:
        return None
    key, dataset, packet, pdu = match.groups()
    return EventId(key[:16], key[16:], dataset, int(packet), int(pdu))


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def column(dataset: Dataset, field: Field) -> str:
    """Give the SQL that reads a field: its column, or what derives it."""
    if field.is_pointer:
        kept, capture = quote(field.name), quote(EVENT_PARTS[0])
        whole = f"left({capture}, 16) || substr({capture}, 65) || {kept}"
        return f"CASE WHEN starts_with({kept}, '-') THEN {whole} ELSE {kept} END"
    if not field.derived:
        return quote(field.name)
    if field.name != "event.id":
        raise ValueError(f"no SQL derives {field.name}")
    capture, packet, pdu = (quote(name) for name in EVENT_PARTS)
    return f"(left({capture}, 16) || substr({capture}, 65) || '-{dataset.name}-' || {packet} || '-' || {pdu})"


def compile_sql(node: Node, dataset: Dataset) -> Condition:
    """Compile a checked query to a condition on the dataset's columns."""
    if isinstance(node, Everything):
        return Condition("TRUE")
    if isinstance(node, And):
        return _join(" AND ", node.parts, dataset)
    if isinstance(node, Or):
        return _join(" OR ", node.parts, dataset)
    if isinstance(node, Not):
        part = compile_sql(node.part, dataset)
        return Condition(f"({part.sql}) IS NOT TRUE", part.parameters)
    if isinstance(node, Equal) and node.field.name == "event.id" and node.field.derived:
        return _equal_event_id(str(node.value), dataset)
    if isinstance(node, Exists):
        return _exists(node, dataset)
    read = column(dataset, node.field)
    if isinstance(node, Among):
        return Condition(f"{read} IN (SELECT unnest(string_split(?, chr(10))))", (node.values,))
    if node.field.kind not in LISTS:
        return _leaf(node, read)
    if isinstance(node, Equal):
        return Condition(f"list_contains({read}, ?)", (node.value,))
    element = _leaf(node, "element")
    return Condition(f"len(list_filter({read}, lambda element: {element.sql})) > 0", element.parameters)


def _join(operator: str, parts: tuple[Node, ...], dataset: Dataset) -> Condition:
    conditions = [compile_sql(part, dataset) for part in parts]
    sql = operator.join(f"({condition.sql})" for condition in conditions)
    return Condition(sql, tuple(value for condition in conditions for value in condition.parameters))


def _exists(node: Exists, dataset: Dataset) -> Condition:
    read = column(dataset, node.field)
    return Condition(f"len({read}) > 0" if node.field.kind in LISTS else f"{read} IS NOT NULL")


def _equal_event_id(text: str, dataset: Dataset) -> Condition:
    """Compare the parts, so that nothing has to be computed for each row and row groups can be skipped."""
    found = parse_event_id(text)
    if found is None or found.dataset != dataset.name:
        return Condition("FALSE")
    capture, packet, pdu = (quote(name) for name in EVENT_PARTS)
    return Condition(
        f"{packet} = ? AND {pdu} = ? AND left({capture}, 16) = ? AND substr({capture}, 65) = ?",
        (found.packet, found.pdu, found.capture, found.enterprise),
    )


def _leaf(node: Equal | Between | Like | Contains | Within, read: str) -> Condition:
    """Compile a comparison with one value, which is that of a column or of a list's element."""
    if isinstance(node, Equal):
        return Condition(f"{read} = ?", (node.value,))
    if isinstance(node, Like):
        text, escaped = _like(node.pattern)
        return Condition(f"{read} LIKE ?{escaped}", (text,))
    if isinstance(node, Contains):
        text, escaped = _like((Wild.ANY, *node.pattern, Wild.ANY))
        return Condition(f"lower({read}) LIKE lower(?){escaped}", (text,))
    if isinstance(node, Within):
        return _within(node, read)
    return _between(node, read)


def _like(pattern: tuple[str | Wild, ...]) -> tuple[str, str]:
    """Write a pattern for LIKE, and the ESCAPE clause if it needs one."""
    texts = {Wild.ANY: "%", Wild.ONE: "_"}
    text = "".join(texts[part] if isinstance(part, Wild) else re.sub(r"([%_\\])", r"\\\1", part) for part in pattern)
    return text, " ESCAPE '\\'" if "\\" in text else ""


def _between(node: Between, read: str) -> Condition:
    value = "?"
    if node.field.kind == "time":
        value = "make_timestamp_ns(?)"
    if node.field.kind == "ip":
        read = f"wanglou_ip{_version(node)}({read})"
    ends = {
        ">=" if node.low_included else ">": node.low,
        "<=" if node.high_included else "<": node.high,
    }
    asked: Mapping[str, Scalar] = {operator: end for operator, end in ends.items() if end is not None}
    sql = " AND ".join(f"{read} {operator} {value}" for operator in asked)
    if node.field.kind in ("double", "doubles"):
        sql += f" AND isfinite({read})"  # DuckDB holds NaN for the largest number
    return Condition(sql, tuple(_address_key(str(e)) if node.field.kind == "ip" else e for e in asked.values()))


def _version(node: Between) -> int:
    return ip_address(str(node.low if node.low is not None else node.high)).version


def _address_key(text: str) -> int | str:
    """Give what the macros compute: a number for IPv4, 32 digits for IPv6."""
    address: IPv4Address | IPv6Address = ip_address(text)
    return int(address) if isinstance(address, IPv4Address) else f"{int(address):032x}"


def _within(node: Within, read: str) -> Condition:
    network = node.network
    if isinstance(network, IPv4Network):
        return _within_ip4(network, read)
    ends = (f"{int(network.network_address):032x}", f"{int(network.broadcast_address):032x}")
    return Condition(f"wanglou_ip6({read}) BETWEEN ? AND ?", ends)


def _within_ip4(network: IPv4Network, read: str) -> Condition:
    """Whole octets are a prefix of the text; what is left of the mask is a range of the next octet."""
    octets, bits = divmod(network.prefixlen, 8)
    first, last = str(network.network_address).split("."), str(network.broadcast_address).split(".")
    is_ip4 = f"NOT contains({read}, ':')"
    if octets == 4:
        return Condition(f"{read} = ?", (str(network.network_address),))
    prefix = Condition(f"starts_with({read}, ?)", (".".join(first[:octets]) + ".",)) if octets else Condition(is_ip4)
    if not bits:
        return prefix
    part = f"TRY_CAST(split_part({read}, '.', {octets + 1}) AS INTEGER) BETWEEN ? AND ?"
    return prefix & Condition(part, (int(first[octets]), int(last[octets])))


def time_bounds(node: Node) -> tuple[int | None, int | None]:
    """Give the first and last-but-one nanosecond of ``@timestamp`` a record can have; None where the query is open."""
    if isinstance(node, Between) and node.field.name == "@timestamp":
        return _as_time(node.low), _as_time(node.high)
    if not isinstance(node, And):
        return None, None
    bounds = [time_bounds(part) for part in node.parts]
    return (
        max((low for low, _ in bounds if low is not None), default=None),
        min((high for _, high in bounds if high is not None), default=None),
    )


def _as_time(end: Scalar | None) -> int | None:
    return None if end is None else int(end)
