"""What can be wrong with a packet, and the steps its readers share."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers import mqtt_packet
from parsers.mqtt_packet import CUT, ERRORS, GAP, PACKET, TRUNCATED, clear_packet, fail, is_short, skip_text, spoil
from tests.support.mqtt_packets import array, text


def fresh() -> Any:
    """A packet without fields."""
    p = np.recarray(1, dtype=PACKET)[0]
    clear_packet(p)
    return p


def test_every_error_has_a_word() -> None:
    """The constants number the words of the column."""
    named = {name: value for name, value in vars(mqtt_packet).items() if name.isupper() and name.lower() in ERRORS}
    assert {ERRORS[value]: value for value in named.values()} == {name.lower(): value for name, value in named.items()}
    assert len(named) == len(ERRORS) - 1


def test_the_first_fault_stands() -> None:
    """Later faults do not replace it."""
    p = fresh()
    fail(p, GAP)
    spoil(p, TRUNCATED)
    assert (p.error, p.malformed) == (GAP, 1)


def test_what_the_sensor_cut_off_is_no_fault() -> None:
    """A packet of which only the beginning is kept is not malformed."""
    p = fresh()
    p.cut = 1
    assert is_short(p, 0, 3, 4)
    assert (p.error, p.malformed) == (CUT, 0)


def test_texts() -> None:
    """A text is stepped over when all of it is there."""
    data = array(text("abc") + b"\0\5x")
    p = fresh()
    assert skip_text(p, data, 0, len(data)) == 5
    assert p.error == 0
    assert skip_text(p, data, 5, len(data)) == -1
    assert (p.error, p.malformed) == (TRUNCATED, 1)
