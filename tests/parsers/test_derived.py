"""What a batch's tables say together."""

from __future__ import annotations

from parsers.columns import Origin
from parsers.derived import DerivedTables
from parsers.dissection import Dissector
from parsers.schema import DATASETS
from tests.support.conversations import CAPTURE, SMALL, Record, dissect
from tests.support.frames import make_batch
from tests.support.medley import make_medley

ORIGIN = Origin(CAPTURE, "sensor", lambda _source, _destination: "")


def test_nothing_is_derived_of_nothing() -> None:
    """Without tables no table is made, nor loaded."""
    derived = DerivedTables(ORIGIN)
    assert (derived.extend({}), derived.counters) == ({}, {})


def test_reading_and_deriving_apart_is_the_same() -> None:
    """What is read first and derived later gives the records and counters of doing both at once."""
    packets, dissector = make_medley(), Dissector(CAPTURE, "sensor", limits=SMALL)
    found: list[Record] = []
    parts = [make_batch(packets[:150]), make_batch(packets[150:], 150)]
    read = [*map(dissector.read, parts), dissector.read_end()]
    for tables in map(dissector.derived.extend, read):
        assert tables.keys() <= DATASETS.keys()
        found += tables["asset"].to_pylist() if "asset" in tables else []
    expected = dissect(packets, cuts=[150])
    assert found == expected.asset
    assert found
    assert dissector.counters == expected.counters
