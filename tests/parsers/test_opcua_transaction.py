"""What the messages of an OPC UA row say together."""

from __future__ import annotations

import numpy as np
import pytest

from parsers.opcua_transaction import name_each
from tests.support.opcua_bytes import chunk, encode, failure, fill, ua
from tests.support.opcua_turns import Record, tabulate, talk

READ = encode(fill(ua.ReadRequest))


def answer(code: int) -> bytes:
    """A Read reply of a service result."""
    reply = ua.ReadResponse()
    reply.ResponseHeader.ServiceResult = ua.StatusCode(code)
    return chunk(encode(reply))


def only(records: list[Record]) -> Record:
    """The one record."""
    (record,) = records
    return record


@pytest.mark.parametrize(
    ("code", "severity", "outcome"),
    [(0, "good", "success"), (0x40000000, "uncertain", "success"), (0x80020000, "bad", "failure")],
)
def test_outcomes_follow_the_service_result(code: int, severity: str, outcome: str) -> None:
    """Bad is failure, all else success."""
    record = only(tabulate(talk(chunk(READ), (answer(code), True))))
    assert (record["opcua.status.severity"], record["event.outcome"], record["opcua.status.code"]) == (
        severity,
        outcome,
        code,
    )


def test_outcomes_without_a_reply() -> None:
    """Nothing is known of a request without one; an error message is a failure."""
    assert only(tabulate(talk(chunk(READ))))["event.outcome"] == "unknown"
    assert only(tabulate(talk((failure(), True))))["event.outcome"] == "failure"


def test_names_of_numbers() -> None:
    """Negative numbers and empty names are null; equal names are one."""
    found = name_each(np.array([3, -1, 5, 4]), lambda number: "" if number == 5 else "same")
    assert (found.to_pylist(), found.dictionary.to_pylist()) == (["same", None, None, "same"], ["same"])
