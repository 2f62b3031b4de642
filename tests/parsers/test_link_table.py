"""Tables of ARP and LLDP frames."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from parsers import link_table
from parsers.frame import decode_frames
from parsers.link_schema import ARP, LLDP
from parsers.link_table import make_rows
from sensors.pcap import open_capture
from tests.support.frames import Packet, ethernet
from tests.support.links import HERE, ORIGIN, THERE, arp, frame, lldp, read_links, tlv


def test_each_claim_is_told_once() -> None:
    """Whom a sender asks for does not matter; another link address does."""
    asked = [frame(arp(target=f"10.0.0.{last}")) for last in range(2, 9)]
    tables, counters = read_links([*asked, frame(arp(source=THERE)), frame(b"\0")])
    rows = tables["arp"].to_pylist()
    assert [(row["source.ip"], row["source.mac"], row["wanglou.packet"]) for row in rows] == [
        ("10.0.0.1", HERE, 0), ("10.0.0.1", THERE, 7),
    ]  # fmt: skip
    assert (counters["arp_messages"], counters["arp_malformed"]) == (9, 1)
    assert rows[0]["organization.id"] == "plant"


def test_a_probe_has_no_address() -> None:
    """Its sender is empty."""
    tables, _ = read_links([frame(arp("0" + ".0" * 3))])
    [row] = tables["arp"].to_pylist()
    assert (row["event.action"], row["source.ip"], row["destination.ip"]) == ("probe", None, "10.0.0.2")


def test_the_same_claim_an_hour_later_is_told_again() -> None:
    """Hours are those of packet time."""
    later = Packet(ethernet(arp(), 0x0806), Packet(b"").ts_ns + 3_600_000_000_000)
    tables, _ = read_links([frame(arp()), later, later])
    assert tables["arp"].column("wanglou.packet").to_pylist() == [0, 1]


def test_neighbours_are_told_once_with_their_fields() -> None:
    """Two frames alike are one row; one that is cut short keeps what was read."""
    whole = lldp(tlv(5, b"switch-1"), tlv(8, b"\x05\x01\x0a\0\0\x05\x02\0\0\0\x01\0"))
    tables, counters = read_links([frame(whole, 0x88CC), frame(whole, 0x88CC), frame(whole[:-9], 0x88CC)])
    first, second = tables["lldp"].to_pylist()
    assert (first["lldp.name"], first["lldp.address"], first["lldp.mac"]) == ("switch-1", "10.0.0.5", THERE)
    assert (first["event.action"], first["source.mac"]) == ("announce", "02-00-00-00-00-0A")
    assert (second["error.code"], second["lldp.name"]) == ("cut_short", "switch-1")
    assert (counters["lldp_frames"], counters["lldp_malformed"]) == (3, 1)


def test_a_device_that_goes_says_so() -> None:
    """A time to live of 0 ends it (IEEE 802.1AB-2016 clause 8.5.4)."""
    tables, _ = read_links([frame(lldp(ttl=0), 0x88CC)])
    assert tables["lldp"].column("event.action").to_pylist() == ["leave"]


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond the bound is counted."""
    monkeypatch.setattr(link_table, "MOST_ROWS", 3)
    tables, counters = read_links([frame(arp(f"10.0.0.{last}")) for last in range(1, 9)])
    assert (len(tables["arp"]), counters["link_dropped"]) == (3, 5)


def test_nothing_gives_no_table() -> None:
    """Frames of IP alone, or none at all."""
    assert read_links([])[0] == {}
    assert read_links([frame(b"\x45" * 40, 0x0800)])[0] == {}


def test_rows_fill_a_schema() -> None:
    """Names that are missing are null; the kinds are the schema's."""
    table = make_rows(ARP.arrow, [{"arp.operation": 1}, {"source.ip": "10.0.0.1"}])
    assert table.schema == ARP.arrow
    assert table.column("arp.operation").to_pylist() == [1, None]
    assert make_rows(LLDP.arrow, []).num_rows == 0


@pytest.mark.needs_tshark
@pytest.mark.parametrize(
    "name", ["other/enip_cip.pcap", "labelled/lemay/characterization_modbus_6RTU_with_operate.pcap"]
)
def test_senders_are_those_tshark_sees(shared: Path, name: str) -> None:
    """Every ARP sender and every LLDP chassis of a capture."""
    path = shared / "captures" / name
    capture = open_capture(path)
    tables = link_table.LinkTables(ORIGIN)
    found = [tables.add(batch, decode_frames(batch)) for batch in capture.batches()]
    ours = {
        (row["source.ip"], row["source.mac"].replace("-", ":").lower())
        for one in found if "arp" in one for row in one["arp"].to_pylist()
    }  # fmt: skip
    assert ours == set(ask_tshark(path, "arp", "arp.src.proto_ipv4", "arp.src.hw_mac"))
    chassis = {
        row["lldp.mac"].replace("-", ":").lower() for one in found if "lldp" in one for row in one["lldp"].to_pylist()
    }
    assert chassis == {line[0] for line in ask_tshark(path, "lldp", "lldp.chassis.id.mac")}


def ask_tshark(path: Path, shown: str, *fields: str) -> list[tuple[str, ...]]:
    """Values of the fields of each packet that tshark shows."""
    program = shutil.which("tshark") or ""
    wanted = [word for name in fields for word in ("-e", name)]
    command = [program, "-r", str(path), "-Y", shown, "-T", "fields", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]
