"""Cutting the packets of records."""

from __future__ import annotations

import pytest

from console.capture_file import find_capture_file
from console.packet_cut import cut_records
from console.record import Record
from tests.support.consoles import Console
from tests.support.hunting import find_newest
from wanglou.errors import WanglouError


def test_many_records_are_bounded_and_counted(console: Console) -> None:
    """Packets of all records in one pass; what is beyond a thousand is told."""
    records = find_newest(console, count=100)
    state = console.services.store.state(str(records[0]["wanglou.capture"]))
    assert state is not None
    path = find_capture_file(console.services.ledger, console.services.backstage.uploads, state.record)
    assert path is not None
    mine = [one for one in records if one["wanglou.capture"] == state.record.identity]
    cut = cut_records(path, mine, 20)
    assert len(cut.packets) == 20 < cut.total
    assert cut.left_out == 0
    wide = Record(mine[0] | {"wanglou.packet": 0, "wanglou.packet_end": 10**12})
    further = Record(mine[0] | {"wanglou.packet": 5_000, "wanglou.packet_end": 6_000})
    with pytest.raises(WanglouError):
        cut_records(path, [wide, further])
