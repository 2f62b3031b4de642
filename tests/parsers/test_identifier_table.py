"""The dataset of identifiers, from the tables of a batch."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from parsers.columns import Origin
from parsers.identifier_schema import IDENTIFIER
from parsers.identifier_table import IdentifierTable
from tests.support.dns_messages import NAPTR, answer, ask, query, tabulate

ORIGIN = Origin("c" * 64, "sensor", lambda _source, _destination: "")


def make(**columns: list[Any]) -> pa.Table:
    """A table as a protocol makes it: texts dictionary-encoded, lists of texts as they are."""
    count = len(next(iter(columns.values())))
    given = {name.replace("__", "."): pa.array(values) for name, values in columns.items()}
    texts = {name: array.dictionary_encode() if array.type == pa.string() else array for name, array in given.items()}
    return pa.table(texts | {"wanglou.packet": pa.array(range(count)), "wanglou.pdu": pa.array([1] * count)})


def gather(**tables: pa.Table) -> list[dict[str, Any]]:
    """Identifiers of tables."""
    return list(IdentifierTable(ORIGIN).add(tables).to_pylist())


def test_active_carriers() -> None:
    """Topics, client identifiers and payloads of MQTT name identifiers."""
    found = gather(
        mqtt=make(
            mqtt__topic=["park/88.608.8889/pump", "other"],
            mqtt__payload__sample=['{"gtin":"6901234567893"}', None],
            mqtt__filters=[None, ["86.1000.16/#", "x"]],
        )
    )
    told = [(r["identifier.normalized"], r["identifier.column"], r["wanglou.packet"]) for r in found]
    assert told == [
        ("88.608.8889/pump", "mqtt.topic", 0),
        ("gtin:06901234567893", "mqtt.payload.sample", 0),
    ]
    assert [(r["identifier.valid"], r["identifier.reasons"], r["identifier.seed_strict"]) for r in found] == [
        (True, None, True),
        (False, ["check_digit"], None),
    ]
    assert {r["event.action"] for r in found} == {"mentioned"}


def test_operations() -> None:
    """The subject of an operation is resolved or changed; what is only named beside it is mentioned."""
    found = gather(
        handle=make(
            handle__identifier=["88.608.8889/a", "88.608.8889/b", "88.608.8889/c"],
            handle__operation=["resolution", "create_handle", None],
            handle__admin__handle=[None, "88.608.8889/admin", None],
        )
    )
    told = [(r["identifier.suffix"], r["event.action"]) for r in found]
    assert told == [("a", "resolved"), ("b", "changed"), ("admin", "mentioned"), ("c", "mentioned")]


def test_a_repetition_within_a_record_is_told_once() -> None:
    """The first column that names an identifier counts, in whatever form the others write it."""
    found = gather(
        http=make(
            http__api__identifier=["88.608.8889/a"],
            http__api__action=["update"],
            url__path=["/api/handles/88.608.8889%2Fa"],
        )
    )
    assert [(r["identifier.column"], r["event.action"]) for r in found] == [("http.api.identifier", "changed")]


def test_rows_have_numbers_of_their_own() -> None:
    """Identifiers of one packet, message and capture do not share an id, also across datasets."""
    topic = make(mqtt__topic=["88.608.1/a", "88.608.1/a"], mqtt__client_id=["20.500.1/b", "20.500.1/c"])
    again = make(url__path=["/88.608.1/a", "/x"])
    found = gather(mqtt=topic, http=again)
    keys = {(r["wanglou.packet"], r["wanglou.pdu"]) for r in found}
    assert (len(found), len(keys)) == (5, 5)
    assert {r["identifier.pdu"] for r in found} == {1}
    assert {r["wanglou.pdu"] // 4_096 for r in found} == {1}


def test_names_of_resolution_systems() -> None:
    """A name of ONS asks for the identifier it stands for; addresses and times are those of the DNS record."""
    asked = query("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com", NAPTR)
    records, _ = tabulate(ask(asked, answer("a.cn")))
    table = pa.Table.from_pylist(records)
    found = gather(dns=table)
    assert [(r["identifier.normalized"], r["event.action"], r["source.ip"]) for r in found] == [
        ("gtin:00614141322602", "resolved", "10.0.0.1")
    ]
    assert found[0]["@timestamp"] is not None


def test_other_tables_and_empty_ones() -> None:
    """Datasets in which nothing is looked for, missing columns and empty tables give no rows, of the schema's shape."""
    table = IdentifierTable(ORIGIN)
    for tables in (
        {},
        {"modbus": make(x=["88.608.1/a"])},
        {"mqtt": make(mqtt__topic=["x"]).slice(0, 0)},
        {"mqtt": make(y=["a"])},
    ):
        assert table.add(tables).schema == IDENTIFIER.arrow
    assert table.add({"mqtt": make(mqtt__topic=["88.608.1/a"])}).schema == IDENTIFIER.arrow


def test_identifiers_of_one_record_are_bounded() -> None:
    """Beyond a bound they are counted and not told."""
    table = IdentifierTable(ORIGIN)
    lists = [[f"88.608.1/{number}" for number in range(600)]]
    assert table.add({"handle": make(handle__handles=lists)}).num_rows == 512
    assert table.counters == {"identifiers_dropped": 88}
