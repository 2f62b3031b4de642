"""A PUBLISH has its topic and its payload, as far as it was kept."""

from __future__ import annotations

from tests.support.mqtt_packets import (
    begin,
    last,
    publish,
)


def test_the_example_of_a_publish() -> None:
    """3.1.1 §3.3: topic a/b, packet identifier 10, DUP, RETAIN."""
    record = last(begin().ask(bytes.fromhex("3b0900 03612f62 000a 4142".replace(" ", ""))))
    facts = ("topic", "qos", "retain", "dup", "packet_id", "payload.length", "payload.sample", "length")
    assert [record[name] for name in facts] == ["a/b", 1, True, True, 10, 2, "AB", 9]
    assert (record["event.action"], record["wanglou.pairing"]) == ("publish", "no_response")


def test_a_publish_of_which_only_the_beginning_is_kept() -> None:
    """The payload's length is the one on the wire."""
    record = last(begin().ask(publish(payload=b"x" * 20_000)))
    assert (record["payload.length"], len(record["payload.sample"]), record.get("error.code")) == (20_000, 129, None)
