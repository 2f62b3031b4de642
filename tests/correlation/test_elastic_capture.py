"""What a cluster notes of captures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from correlation.elastic import Elastic
from correlation.elastic_capture import make_key
from correlation.store import CaptureRecord
from tests.support.lakes import make_identity
from wanglou.errors import StoreError

RECORD = CaptureRecord(make_identity("a", "厂"), "x.pcap", "厂", 7, "p")


def test_a_capture_is_noted_once(elastic: Elastic) -> None:
    """A second note takes the place of the first; removing twice is no error."""
    elastic.init()
    captures = elastic._cluster.captures
    assert captures.find(RECORD) is None
    captures.save(RECORD, "ingesting")
    captures.save(RECORD, "complete", counters={"a.b": 1, "a": 2}, detection_digest="d")
    (found,) = captures.find_all()
    assert (found.record, found.state, found.counters) == (RECORD, "complete", {"a.b": 1, "a": 2})
    captures.remove(RECORD)
    captures.remove(RECORD)
    assert captures.find_all() == []


def test_the_key_tells_captures_apart(elastic: Elastic) -> None:
    """As the ids of records do; two that share a key cannot both be there."""
    twin = replace(RECORD, identity="a" * 16 + "c" * 48 + "@厂")
    assert make_key(twin) == make_key(RECORD) != make_key(replace(RECORD, identity="a" * 64))
    elastic.init()
    elastic._cluster.captures.save(RECORD, "complete")
    with pytest.raises(StoreError, match="another capture begins with"):
        elastic._cluster.captures.find(twin)
