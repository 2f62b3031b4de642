"""Packets as pages and the API show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console import dissections
from console.capture_file import find_capture_file
from console.packet_cut import cut_records
from console.record import Record
from console.refusal import Refused
from console.views.evidence import find_ground, show_packets
from console.views.packet_tree import MOST_BYTES, build_tree
from console.visit import Visit
from correlation.record import read_records
from sensors.cutting import Packet
from tests.support.consoles import EVER, Console
from tests.support.visits import make_guest, make_visit
from wanglou.errors import WanglouError


def visit_of(console: Console, enterprises: frozenset[str] | None = None) -> Visit:
    """Make the visit of an analyst."""
    visit = make_visit(query=EVER)
    visit.services, visit.guest = console.services, make_guest("analyst", enterprises=enterprises)
    return visit


def first_of(console: Console, dataset: str = "modbus", count: int = 1) -> list[Record]:
    """Give the newest records of a dataset."""
    batches = console.services.store.search(dataset, limit=count)
    return [Record(one) for batch in batches for one in read_records(batch)]


def test_records_of_another_enterprise_have_no_packets(console: Console) -> None:
    """They are not there for who is bound to one."""
    identity = str(first_of(console)[0]["event.id"])
    assert find_ground(visit_of(console), identity).records
    with pytest.raises(Refused, match="404"):
        find_ground(visit_of(console, frozenset({"nobody"})), identity)


def test_a_file_is_found_by_its_bytes_only(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among the bundled captures by name; another file of that name, or none, is not taken."""
    state = console.services.store.state(str(first_of(console)[0]["wanglou.capture"]))
    assert state is not None
    settings, ledger = console.services.settings, console.services.ledger
    assert find_capture_file(ledger, settings.store, state.record) is not None
    monkeypatch.setattr("console.capture_file.captures_folder", lambda: tmp_path)
    assert find_capture_file(ledger, settings.store, state.record) is None
    (tmp_path / state.record.name).write_bytes(bytes(state.record.size_bytes))
    assert find_capture_file(ledger, settings.store, state.record) is None
    strange = replace(state.record, name="\0", identity="x")
    assert find_capture_file(ledger, settings.store, strange) is None


def test_many_records_are_bounded_and_counted(console: Console) -> None:
    """Packets of all records in one pass; what is beyond a thousand is told."""
    records = first_of(console, count=100)
    state = console.services.store.state(str(records[0]["wanglou.capture"]))
    assert state is not None
    path = find_capture_file(console.services.ledger, console.services.settings.store, state.record)
    assert path is not None
    mine = [one for one in records if one["wanglou.capture"] == state.record.identity]
    cut = cut_records(path, mine, 20)
    assert len(cut.packets) == 20 < cut.total
    assert cut.left_out == 0
    wide = Record(mine[0] | {"wanglou.packet": 0, "wanglou.packet_end": 10**12})
    further = Record(mine[0] | {"wanglou.packet": 5_000, "wanglou.packet_end": 6_000})
    with pytest.raises(WanglouError):
        cut_records(path, [wide, further])


def test_bytes_are_shown_where_nothing_dissects_them(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dissector that is missing or fails leaves the bytes, and says so."""

    def fail(*_: object, **__: object) -> None:
        raise WanglouError("tshark is not installed, so packets cannot be dissected")

    monkeypatch.setattr(dissections, "_dissect", fail)
    monkeypatch.setattr("console.views.evidence.DISSECTIONS", dissections.Dissections())
    visit = visit_of(console)
    found = show_packets(visit, find_ground(visit, str(first_of(console)[0]["event.id"])))
    assert not isinstance(found, str)
    assert found.fault is not None
    assert found.chosen is not None
    assert found.chosen.rows
    assert found.chosen.layers == []


def test_fields_of_put_together_bytes_are_not_linked() -> None:
    """A layer whose bytes are not those of the packet has no places; long packets are cut."""
    one = {"name": "a.b", "label": "B", "value": "1", "pos": 2, "size": 2, "is_hidden": False}
    data = bytes(range(8)) * 1000

    def tree(raw: str) -> int:
        dissection = {"highest": "A", "is_complete": True, "layers": [{"name": "a", "fields": [{**one, "raw": raw}]}]}
        made = build_tree(Packet(0, 0, 1, 9_000, data), dissection, 0)
        assert sum(len(row) for _, row in made.rows) == MOST_BYTES
        return made.layers[0].fields[0].position

    assert tree("0203") == 2
    assert tree("ffff") == -1
