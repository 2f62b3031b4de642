"""The first thing wrong with a message is told; one without fields says so in each."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.opcua_pdu import COUNT, ERRORS, NO_ERROR, PDU, SERVICE_MISMATCH, TYPE, clear, fail


def test_the_first_fault_is_told() -> None:
    """What follows from it is not; the message stands alone."""
    pdus: Any = np.recarray(1, dtype=PDU)
    p = pdus[0]
    clear(p)
    assert (p.error, p.malformed, p.channel, p.type_id, p.chunks) == (NO_ERROR, 0, -1, -1, 1)
    fail(p, TYPE)
    fail(p, COUNT)
    assert (p.error, p.malformed) == (TYPE, 1)


def test_every_fault_has_its_name() -> None:
    """Numbers and names go together."""
    assert len(ERRORS) == len(set(ERRORS)) == SERVICE_MISMATCH + 1
    assert (ERRORS[NO_ERROR], ERRORS[COUNT], ERRORS[SERVICE_MISMATCH]) == ("", "count", "service_mismatch")
