"""From the checked query to Elasticsearch's query DSL; never to ``query_string``, which reads queries otherwise.

Every leaf is a filter: nothing is scored. A record without a value fits no leaf, so NOT holds for it, as in the lake.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Network, ip_address
from typing import Any

from correlation.elastic_mapping import FOLDED, NS, RAW
from correlation.quarantine import NAME as QUARANTINE
from correlation.query_tree import Among, And, Between, Contains, Equal, Everything, Like, Node, Not, Or, Wild, Within
from parsers.schema import Field

Query = dict[str, Any]
_MOST_TERMS = 65_536
"""Values of one clause: the server's default of ``index.max_terms_count``."""
_LATEST_MS = (2**63 - 1) // 10**6  # what a date in nanoseconds can be
_IP4 = "0.0.0.0/0"  # every IPv4 address; an ip field holds them mapped into IPv6
_ENDS = {4: ("0.0.0.0", "255.255.255.255"), 6: ("::", ":".join(["ffff"] * 8))}  # noqa: S104 - a range, no interface


def compile_query(node: Node) -> Query:
    """Compile a checked query."""
    if isinstance(node, Everything):
        return {"match_all": {}}
    if isinstance(node, And | Not):
        return _join_all(node)
    if isinstance(node, Or):
        parts = [compile_query(part) for part in _flatten(node)]
        return {"bool": {"should": parts, "minimum_should_match": 1}}
    if isinstance(node, Equal):
        return {"term": {node.field.name: {"value": node.value}}}
    if isinstance(node, Between):
        return _between(node)
    if isinstance(node, Like):
        return {"wildcard": {keyword_of(node.field): {"value": _pattern(node.pattern)}}}
    if isinstance(node, Contains):
        folded = [part if isinstance(part, Wild) else _fold(part) for part in node.pattern]
        pattern = _pattern((Wild.ANY, *folded, Wild.ANY))
        return {"wildcard": {f"{node.field.name}.{FOLDED}": {"value": pattern}}}
    if isinstance(node, Within):
        return _within(node)
    if isinstance(node, Among):
        return _among(node)
    return _exists(node.field)


def _among(node: Among) -> Query:
    """Ask for many values, in as many parts as a server takes them."""
    values = node.values.split("\n")
    parts: list[Query] = [
        {"terms": {node.field.name: values[first : first + _MOST_TERMS]}}
        for first in range(0, len(values), _MOST_TERMS)
    ]
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _flatten(node: And | Or) -> list[Node]:
    """Give the parts, those of parts of the same kind too: servers read 30 levels of brackets."""
    parts: list[Node] = []
    for part in node.parts:
        parts += _flatten(part) if type(part) is type(node) and isinstance(part, And | Or) else [part]
    return parts


def _join_all(node: And | Not) -> Query:
    """Ask for all parts; those under NOT need no brackets of their own."""
    wanted, unwanted = [], []
    for part in _flatten(node) if isinstance(node, And) else [node]:
        if not isinstance(part, Not):
            wanted.append(compile_query(part))
        elif isinstance(part.part, Or):
            unwanted += [compile_query(one) for one in _flatten(part.part)]
        elif isinstance(part.part, Not):
            wanted.append(compile_query(part.part.part))
        else:
            unwanted.append(compile_query(part.part))
    clauses = {"filter": wanted, "must_not": unwanted}
    return {"bool": {name: queries for name, queries in clauses.items() if queries}}


def keyword_of(field: Field) -> str:
    """Name where a field's values are whole words: a text's beside the words it was split into."""
    return f"{field.name}.{RAW}" if field.kind == "text" else field.name


def number_of(field: Field) -> str:
    """Name where a field's values are numbers or words that compare exactly: a time's in nanoseconds."""
    return field.name + NS if field.kind == "time" else keyword_of(field)


def _at(ends: dict[str, int]) -> Query:
    """Ask for a time of the record, exactly, and by the date first.

    A server passes indices over by their dates before it asks them; numbers it does not use for that. The quarantine
    is always asked, as its dates may be of any time.
    """
    exact: Query = {"range": {"@timestamp" + NS: ends}}
    dates = dict(_round(name, ns) for name, ns in ends.items())
    day: Query = {"range": {"@timestamp": {**dates, "format": "epoch_millis"}}}
    anywhere: Query = {"wildcard": {"_index": {"value": f"*-{QUARANTINE}"}}}
    return {"bool": {"filter": [exact, {"bool": {"should": [day, anywhere], "minimum_should_match": 1}}]}}


def _round(name: str, ns: int) -> tuple[str, int]:
    """Give an end in milliseconds that leaves nothing out, within what a date in nanoseconds can be."""
    if name in ("gte", "gt"):
        return "gte", min(max(ns // 10**6, 0), _LATEST_MS)
    last = ns - 1 if name == "lt" else ns
    return "lt", min(max(last // 10**6 + 1, 0), _LATEST_MS)


def _exists(field: Field) -> Query:
    found = {"exists": {"field": number_of(field)}}
    if field.kind not in ("double", "doubles"):
        return found
    kept = {"term": {"_ignored": {"value": field.name}}}  # NaN and infinities
    return {"bool": {"should": [found, kept], "minimum_should_match": 1}}


def _fold(text: str) -> str:
    """Lower case as the normaliser makes it: one character for one."""
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _pattern(parts: tuple[str | Wild, ...] | list[str | Wild]) -> str:
    return "".join(part.value if isinstance(part, Wild) else re.sub(r"([*?\\])", r"\\\1", part) for part in parts)


def _between(node: Between) -> Query:
    if node.field.kind == "ip":
        return _between_addresses(node)
    ends = {
        "gte" if node.low_included else "gt": node.low,
        "lte" if node.high_included else "lt": node.high,
    }
    asked = {name: end for name, end in ends.items() if end is not None}
    if node.field.name == "@timestamp":
        return _at({name: int(end) for name, end in asked.items()})
    return {"range": {number_of(node.field): asked}}


def _between_addresses(node: Between) -> Query:
    """Compare within one version of IP, which an open end would leave."""
    version = ip_address(str(node.low if node.low is not None else node.high)).version
    lowest, highest = _ENDS[version]
    ends = {
        "gte" if node.low_included else "gt": lowest if node.low is None else str(node.low),
        "lte" if node.high_included else "lt": highest if node.high is None else str(node.high),
    }
    found: Query = {"range": {node.field.name: ends}}
    return found if version == 4 else _without_ip4(node.field, found)


def _within(node: Within) -> Query:
    found = {"term": {node.field.name: {"value": str(node.network)}}}
    return _without_ip4(node.field, found) if isinstance(node.network, IPv6Network) else found


def _without_ip4(field: Field, found: Query) -> Query:
    return {"bool": {"filter": [found], "must_not": [{"term": {field.name: {"value": _IP4}}}]}}
