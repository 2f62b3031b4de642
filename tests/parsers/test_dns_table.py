"""DNS messages of a batch as an Arrow table."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.dns_schema import DNS
from parsers.tracker import Limits
from tests.support.dns_messages import CNAME, MX, POINTER, Said, Talk, answer, ask, query, record, tabulate


def test_a_stream_has_a_length_before_each_message() -> None:
    """Over TCP the two bytes before a message are not part of it."""
    records, _ = tabulate(ask(query(), answer()), (Talk(stream=True),))
    assert (records[0]["network.transport"], records[0]["dns.request.length"]) == ("tcp", len(query()))
    assert records[0]["dns.resolved_ip"] == ["10.0.0.5"]


def test_common_facts() -> None:
    """Every record names its dataset, capture, sensor, protocol, packets and time between."""
    found = tabulate(ask(query(), answer()))[0][0]
    assert (found["event.dataset"], found["network.protocol"], found["observer.name"]) == ("dns", "dns", "sensor")
    assert (found["wanglou.packet"], found["wanglou.packet_end"], found["event.duration"]) == (0, 1, 1_000_000)
    assert (found["source.ip"], found["destination.ip"], found["destination.port"]) == ("10.0.0.1", "10.0.0.2", 53)
    assert set(found) == set(DNS.arrow.names)


def test_a_query_waits_for_the_next_batch() -> None:
    """A transaction cut by a batch's end is one record."""
    said = ask(query(), answer())
    assert tabulate(said, cuts=(1,))[0] == tabulate(said)[0]


def test_queries_without_a_reply() -> None:
    """They are rows in the end, of unknown outcome."""
    records, table = tabulate([Said(query(number=number)) for number in range(3)])
    assert {(r["wanglou.pairing"], r["event.outcome"], r["dns.type"]) for r in records} == {
        ("no_response", "unknown", "query")
    }
    assert table.counters == {"dns_malformed": 0, "dns_queries_dropped": 0, "dns_bounded": 0}


def test_waiting_is_bounded() -> None:
    """Of too many waiting queries the oldest are given up, and counted."""
    said = [Said(query(number=number)) for number in range(9)]
    records, table = tabulate(said, cuts=(9,), limits=Limits(flows=64, slots=8, pending=4, fragments=8))
    assert (len(records), table.counters["dns_queries_dropped"]) == (9, 5)


def test_malformed_messages_are_counted() -> None:
    """The counter of malformed messages is that of their rows."""
    records, table = tabulate([Said(b""), Said(query()[:-1]), Said(query())])
    assert table.counters["dns_malformed"] == 2
    assert [r["wanglou.pairing"] for r in records].count("malformed") == 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.booleans()), max_size=12),
    st.lists(st.integers(0, 5), max_size=4),
)
def test_rows_do_not_depend_on_batches(parts: list[tuple[int, int, bool]], cuts: list[int]) -> None:
    """Messages in one batch or in several give the same rows."""
    messages = (
        query(),
        answer(),
        query("oid-res.org", MX, number=8),
        answer("oid-res.org", MX, b"\0\1" + POINTER, number=8),
        answer(kind=CNAME, data=b"\xc0\xff"),
        query()[:-1] + record(1, b"abc"),
    )
    talks = (Talk(), Talk(stream=True), Talk("10.0.0.3", "224.0.0.251", 5353, 5353))
    said = [Said(messages[kind], server, talk) for kind, talk, server in parts]
    whole, pieces = tabulate(said, talks)[0], tabulate(said, talks, cuts=cuts)[0]
    key = lambda row: (row["wanglou.packet"], row["wanglou.packet_end"])  # noqa: E731 - said once
    assert sorted(whole, key=key) == sorted(pieces, key=key)
