"""A dataset with a field of every kind, and Hypothesis's strategies for its records and for queries on them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from hypothesis import strategies as st

from correlation.query_tree import And, Between, Contains, Equal, Everything, Exists, Like, Node, Not, Or, Wild, Within
from correlation.query_values import parse_network
from parsers.schema import Dataset, Field

TIME = Field("@timestamp", "time", "")
EVENT_ID = Field("event.id", "keyword", "", derived=True)
KEYWORD = Field('k"; DROP', "keyword", "")
WORDS = Field("ks", "keywords", "")
TEXT = Field("t", "text", "")
IP = Field("i", "ip", "")
FLAG = Field("b", "boolean", "")
SMALL = Field("u", "u8", "")
LONG = Field("n", "long", "")
NUMBERS = Field("ns", "longs", "")
DOUBLE = Field("d", "double", "")
FIELDS = (KEYWORD, WORDS, TEXT, IP, FLAG, SMALL, LONG, NUMBERS, DOUBLE, TIME, EVENT_ID)
SAMPLE = Dataset(
    "sample",
    "",
    (
        *FIELDS,
        Field("wanglou.capture", "keyword", ""),
        Field("wanglou.packet", "long", ""),
        Field("wanglou.pdu", "long", ""),
    ),
)

words = st.text("aB1%_*?\\'\"写é:. \n\0", max_size=4)
numbers = st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63), 255, 256])
addresses = st.sampled_from(["10.0.0.1", "10.0.1.255", "10.200.0.0", "9.255.255.255", "::1", "fe80::1:0", "2001:db8::"])
times = st.integers(0, 3) | st.integers(10**18, 10**18 + 3)
floats = st.sampled_from([-1.5, 0.0, 0.25, 1e300])
captures = st.sampled_from(["a" * 64, "a" * 64 + "@厂-1", "b" * 64, "eth0-1"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "keyword": words,
    "keywords": words,
    "text": words,
    "ip": addresses,
    "boolean": st.booleans(),
    "u8": st.integers(0, 255) | st.integers(-1, 3),
    "long": numbers,
    "longs": numbers,
    "double": floats,
    "time": times,
}


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Random records, with nulls and empty lists."""
    columns: dict[str, st.SearchStrategy[Any]] = {
        "@timestamp": times,
        "wanglou.capture": captures,
        "wanglou.packet": st.integers(0, 12),
        "wanglou.pdu": st.integers(0, 1),
        SMALL.name: st.none() | st.integers(0, 4),
    }
    for field in FIELDS:
        values = VALUES[field.kind]
        values = st.lists(values, max_size=3) if field.kind in ("longs", "keywords") else values
        columns.setdefault(field.name, st.none() | values)
    del columns["event.id"]
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=8)


def patterns() -> st.SearchStrategy[tuple[str | Wild, ...]]:
    """Literals and wildcards."""
    return st.lists(st.sampled_from(Wild) | words.filter(bool), min_size=1, max_size=4).map(tuple)


def event_ids() -> st.SearchStrategy[str]:
    """Ids of records that may be there, and texts that are none."""
    made = st.builds(make_id, captures, st.integers(0, 12), st.integers(0, 1))
    return made | words | st.just("aaaaaaaaaaaaaaaa-other-1-0") | st.just("aaaaaaaaaaaaaaaa-sample-01-0")


@st.composite
def leaves(draw: st.DrawFn) -> Node:
    """A leaf that the checker could make."""
    field = draw(st.sampled_from(FIELDS))
    if field == EVENT_ID:
        by_id: st.SearchStrategy[Node] = st.builds(Equal, st.just(field), event_ids())
        return draw(by_id | st.builds(Like, st.just(field), patterns()))
    value = VALUES[field.kind]
    kinds: list[st.SearchStrategy[Node]] = [st.builds(Exists, st.just(field))]
    if field.kind == "text":
        kinds.append(st.builds(Contains, st.just(field), patterns()))
        return draw(st.one_of(kinds))
    if field != TIME:
        kinds.append(st.builds(Equal, st.just(field), value))
    if field.kind in ("keyword", "keywords"):
        kinds += [st.builds(Like, st.just(field), patterns()), st.builds(Contains, st.just(field), patterns())]
    if field == IP:
        bits = draw(st.integers(0, 32) | st.integers(0, 128))
        kinds.append(value.map(lambda a: Within(IP, parse_network(f"{a}/{min(bits, ip_address(a).max_prefixlen)}"))))
    if field != FLAG:
        kinds.append(betweens(field, value))
    return draw(st.one_of(kinds))


def betweens(field: Field, value: st.SearchStrategy[Any]) -> st.SearchStrategy[Node]:
    """Ranges with at least one end, both of one version of IP."""
    ends = st.tuples(st.none() | value, st.none() | value).filter(lambda pair: pair != (None, None))
    if field == IP:
        ends = ends.filter(lambda pair: None in pair or ip_address(pair[0]).version == ip_address(pair[1]).version)
    return st.builds(
        lambda pair, low, high: Between(field, pair[0], pair[1], low_included=low, high_included=high),
        ends,
        st.booleans(),
        st.booleans(),
    )


def trees() -> st.SearchStrategy[Node]:
    """Whole queries."""
    return st.recursive(
        st.just(Everything()) | leaves(),
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
            | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
        ),
        max_leaves=6,
    )


def make_id(capture: str, packet: int, pdu: int) -> str:
    """Write an ``event.id``."""
    return f"{capture[:16]}{capture[64:]}-sample-{packet}-{pdu}"
