"""Arrow columns of DNS rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parsers.columns import Conversations, Origin
from parsers.dns_schema import DNS
from parsers.dns_table import DnsTable
from parsers.tracker import Limits
from tests.support import dns_messages
from tests.support.dns_messages import NAPTR, Said, Talk, answer, ask, only, query, tabulate


def table(said: list[Said]) -> pa.Table:
    """The Arrow table of messages."""
    origin = Origin("c", "sensor", lambda _source, _destination: "")
    conversations = Conversations(dns_messages._make_conversations([Talk()]), origin)
    data, messages = dns_messages._make_messages(said, [(at, 0) for at in range(len(said))], [Talk()])
    return DnsTable(origin, Limits()).add(data, np.empty(0, np.uint8), messages, conversations, flush=True)


def test_schema_of_common_and_rare_records() -> None:
    """The schema is the same whatever columns have values."""
    assert table(ask(query())).schema == table(ask(query(), answer())).schema == DNS.arrow


def test_texts_are_stored_once() -> None:
    """Repeated names are entries of a dictionary."""
    column = table(ask(query(), answer()) * 50)["dns.question.name"].combine_chunks()
    assert pa.types.is_dictionary(column.type)
    assert (len(column), len(column.dictionary)) == (50, 1)


def test_what_a_name_stands_for() -> None:
    """Names of ONS and ORS have system, scheme and identifier beside them."""
    found = only(ask(query("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com", NAPTR)))
    assert (found["dns.resolution.system"], found["dns.resolution.scheme"]) == ("ons", "gtin")
    assert (found["dns.resolution.identifier"], found["dns.resolution.valid"]) == ("gtin:00614141322602", True)
    plain = only(ask(query()))
    assert not [column for column in plain if column.startswith("dns.resolution")]
    assert plain["dns.question.registered_domain"] == "example.cn"


def test_variants() -> None:
    """The flag for a unicast reply is taken off the class of mDNS questions only (RFC 6762 §5.4)."""
    asked = dns_messages.message(0, [dns_messages.question(group=0x8001)])
    local, _ = tabulate([Said(asked)], (Talk(destination="224.0.0.251", destination_port=5353),))
    assert (local[0]["dns.question.class"], local[0]["dns.question.unicast_response"]) == ("IN", True)
    other, _ = tabulate([Said(asked)])
    assert (other[0]["dns.question.class"], other[0]["dns.question.unicast_response"]) == ("CLASS32769", None)
