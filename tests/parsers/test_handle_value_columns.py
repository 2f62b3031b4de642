"""Columns of handle values."""

from __future__ import annotations

import struct

from parsers.handle_value_columns import MOST_BYTES
from tests.support.handles import Record, Talk, admin, answer, message, query, site, tabulate, text, value


def resolve(*items: bytes, cuts: tuple[int, ...] = ()) -> Record:
    """The one record of a resolution."""
    (record,) = tabulate(Talk().ask(query("88.1/x")).reply(answer("88.1/x", *items)), cuts=cuts)[0]
    return record


def test_lists_of_values() -> None:
    """Each list has an item per value, the predefined types add their own."""
    record = resolve(
        value(1, "URL", "http://a/", references=[("88.1/sig", 400), ("88.1/b", 1)]),
        value(2, "url", "http://b/"),
        value(100, "HS_ADMIN", admin("0.NA/88.1", 300)),
        value(101, "HS_ADMIN", admin("88.1/y", 301, 0x07F3)),
        value(3, "HS_SITE", site("10.0.0.7")),
    )
    told = {
        "count": 5, "types": ["URL", "url", "HS_ADMIN", "HS_ADMIN", "HS_SITE"], "urls": ["http://a/", "http://b/"],
        "references": ["400:88.1/sig", "1:88.1/b"], "admin.handles": ["0.NA/88.1", "88.1/y"],
        "admin.indexes": [300, 301], "admin.permissions": [0x0FFF, 0x07F3], "site.addresses": ["10.0.0.7"],
        "secret": False,
    }  # fmt: skip
    assert {name: record[f"handle.value.{name}"] for name in told} == told


def test_a_secret_key_in_an_answer() -> None:
    """A secret key that crosses the wire is told, and not kept."""
    record = resolve(value(1, "HS_SECKEY", "pw123456"))
    assert record["handle.value.secret"] is True
    assert "pw123456" not in str(record)


def test_no_values() -> None:
    """A list of no values is a count of 0."""
    record = resolve()
    assert (record["handle.value.count"], record["handle.value.types"]) == (0, None)


def test_long_values_are_read_each_for_itself() -> None:
    """Values that differ only far behind are still told apart by their digests."""
    keys = [text("RSA_PUB_KEY") + bytes(3_000) + bytes([k]) for k in range(2)]
    record = resolve(*(value(k, "HS_PUBKEY", key) for k, key in enumerate(keys)))
    assert len(set(record["handle.value.key.sha256"])) == 2
    assert resolve(value(1, "DESC", "x" * (MOST_BYTES + 10)))["handle.value.texts"][0].endswith("\u2026")


def test_site_records_among_values() -> None:
    """Bare site records and values share their columns, row by row."""
    talk = Talk().ask(message(2, text("/"), request=1)).reply(message(2, site(serial=8), 1, request=1))
    talk.ask(query("88.1/x", request=2)).reply(answer("88.1/x", value(1, "HS_SITE", site(serial=9)), request=2))
    talk.ask(message(2, text("/"), request=3)).reply(message(2, site(serial=10), 1, request=3))
    records, _ = tabulate(talk)
    assert [record["handle.value.site.serials"] for record in records] == [[8], [9], [10]]


def test_broken_data() -> None:
    """Data that does not fit its type is shown as bytes."""
    record = resolve(value(1, "HS_ADMIN", struct.pack("!HI", 1, 99)))
    assert record["handle.value.texts"] == ["0x000100000063"]
    assert record["handle.value.admin.handles"] is None
