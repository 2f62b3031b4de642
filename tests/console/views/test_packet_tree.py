"""Fields and bytes of a packet."""

from __future__ import annotations

from console.views.packet_tree import MOST_BYTES, build_tree
from sensors.cutting import Packet


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
