"""Names of uploads: whatever is sent becomes one plain file name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.upload_name import MOST_BYTES, UNNAMED, clean_name


@given(st.text())
@example("..")
@example("a/../..")
@example("\u202egnp.pcap")
@example("x" * 300 + ".pcap.gz")
@example("望" * 300 + ".pcap")
@example("\ud800")
def test_any_text_becomes_a_name(text: str) -> None:
    """One part of a path, visible, bounded, safe to send in a header, and the same when cleaned again."""
    name = clean_name(text)
    assert name
    assert Path(name).name == name
    assert name not in {".", ".."}
    assert not name.startswith((".", "-", "~"))
    assert len(name.encode()) <= MOST_BYTES
    assert not any(unicodedata.category(character)[0] == "C" for character in name)
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plant.pcap", "plant.pcap"),
        ("化工 厂.pcapng.gz", "化工 厂.pcapng.gz"),
        ("C:\\Users\\li\\plant.pcap", "plant.pcap"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pcap", "a Set-Cookie_ x.pcap"),
        ('"><script>.pcap', "___script_.pcap"),
        (".bashrc", "bashrc"),
        ("", UNNAMED),
        ("/", UNNAMED),
        ("x" * 300 + ".pcap.gz", "x" * (MOST_BYTES - 8) + ".pcap.gz"),
        ("x" * 300, "x" * MOST_BYTES),
    ],
)
def test_names(text: str, name: str) -> None:
    """Folders, controls and marks go, endings stay."""
    assert clean_name(text) == name
