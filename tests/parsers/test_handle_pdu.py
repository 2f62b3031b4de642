"""Fields of Handle messages and the pools of their lists."""

from __future__ import annotations

import numpy as np

from parsers.handle_pdu import (
    ERRORS,
    PDU,
    SPANS,
    clear,
    fail,
    measure_text,
    note,
    take_number,
)
from tests.support.handles import array, text


def cleared() -> np.record:
    """A message without fields."""
    row: np.record = np.recarray(1, dtype=PDU)[0]
    clear(row)
    return row


def test_a_cleared_message_has_no_fields() -> None:
    """Every span and number that can be absent is."""
    p = cleared()
    assert all(p[f"{name}_length"] == -1 for name in SPANS)
    assert all(p[name] == -1 for name in ("op", "response", "request", "message_length", "serial", "mode", "said"))
    assert (p["malformed"], p["error"], p["fragments"]) == (0, 0, 1)


def test_what_made_a_message_malformed_is_told() -> None:
    """It goes before what was only odd, and the first of each is kept; a cut message is not malformed."""
    p = cleared()
    note(p, ERRORS.index("reserved"))
    assert fail(p, ERRORS.index("count")) == -1
    assert fail(p, ERRORS.index("truncated")) == -1
    note(p, ERRORS.index("op_code"))
    assert (ERRORS[p["error"]], p["malformed"]) == ("count", 1)
    p = cleared()
    p["cut"] = 1
    assert fail(p, ERRORS.index("count")) == -1
    assert (p["error"], p["malformed"]) == (0, 0)


def test_strings_lie_within_their_message() -> None:
    """A length that leads beyond the end is refused, and so is a position that reading never reached."""
    data = array(text("abc"))
    assert measure_text(data, 0, 7, cleared()) == 3
    for end in range(7):
        assert measure_text(data, 0, end, cleared()) == -1
    p = cleared()
    assert measure_text(data, -1, 7, p) == -1
    assert take_number(data, -1, 7, p) == -1
    assert p["malformed"] == 0
