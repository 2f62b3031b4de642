"""What the manifest says of a capture is what programs measure."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest
import yaml

from pcaps.scenarios.rig.facts import count_messages, name_version

FOLDER = Path(__file__).parents[2] / "pcaps"
ENTRIES = {
    entry["file"]: entry
    for entry in yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))["captures"]
}  # fmt: skip


@pytest.mark.needs_tshark
@pytest.mark.parametrize("file", ["opcua_downgrade.pcap.gz", "mqtt_command_write.pcap.gz", "dns_update.pcap.gz"])
def test_messages_are_those_that_tshark_counts(file: str) -> None:
    """Another decoder finds as many messages as the manifest says, and none malformed."""
    found = count_messages(FOLDER / file, ENTRIES[file]["dataset"])
    assert found == ENTRIES[file]["records"]["tshark"]
    assert found["messages"] > 0
    assert not found["malformed_frames"]


def test_what_tshark_cannot_read_is_not_counted() -> None:
    """The Handle protocol has no dissector in tshark 4.0."""
    assert count_messages(FOLDER / "handle_normal.pcap.gz", "handle") == {}


def test_makers_are_named_with_their_versions() -> None:
    """A package comes with its version; words of our own stay as they are."""
    assert name_version("pymodbus") == f"pymodbus {importlib.metadata.version('pymodbus')}"
    assert name_version("a server written here") == "a server written here"
    assert name_version("sockets") == "sockets"
