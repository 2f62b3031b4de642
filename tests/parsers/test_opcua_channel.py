"""What is known of each connection's secure channel."""

from __future__ import annotations

import numpy as np
import pytest

from parsers import opcua_channel
from parsers.opcua_channel import read_policy
from tests.support.opcua_bytes import chunk, encode, fill, opening, ua
from tests.support.opcua_turns import Feed, Record, Turn, order, tabulate

CLOSE = chunk(encode(fill(ua.CloseSecureChannelRequest)), kind="CLO")
PREFIX = "http://opcfoundation.org/UA/SecurityPolicy#"


def turns(*parts: tuple[int, bytes]) -> list[Turn]:
    """Chunks of connections, in order."""
    return [Turn(content, uid=uid, packet=n, packet_end=n) for n, (uid, content) in enumerate(parts)]


def policies(records: list[Record]) -> list[tuple[str | None, str | None]]:
    """Policy and mode of the rows."""
    return [(record["opcua.security.policy"], record["opcua.security.mode"]) for record in order(records)]


@pytest.mark.parametrize("sizes", [(), (1, 1, 1), (3,)])
def test_each_connection_has_the_policy_it_opened_with(sizes: tuple[int, ...]) -> None:
    """A clear body under a policy is signed; without an opening nothing is known."""
    signed = opening(bytes(50), policy=f"{PREFIX}Basic256Sha256", certificate=b"c")
    found = policies(tabulate(turns((1, CLOSE), (1, signed), (2, opening(bytes(4))), (1, CLOSE), (2, CLOSE)), sizes))
    assert [found[0], *found[3:]] == [(None, None), ("Basic256Sha256", "sign"), ("None", "none")]


def test_channels_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest unused is forgotten and counted."""
    monkeypatch.setattr(opcua_channel, "CHANNELS_MAX", 1)
    feed = Feed()
    feed.add(turns((1, opening(b"")), (2, opening(b""))))
    assert feed.table.counters["opcua_channels_forgotten"] == 1


def test_a_null_policy_is_none() -> None:
    """So it is where the text is empty."""
    for content in (b"\xff\xff\xff\xff", bytes(4)):
        assert read_policy(np.frombuffer(content, dtype=np.uint8), 0) == "None"
