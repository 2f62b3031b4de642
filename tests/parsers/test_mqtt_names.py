"""Names of packets and codes."""

from __future__ import annotations

import numpy as np
import pytest

from parsers.mqtt_frame import AUTH, CONNACK, DISCONNECT, PUBLISH, SUBACK, UNSUBACK
from parsers.mqtt_names import REASON_NUMBERS, REASON_TEXTS, TYPES, name_reason


@pytest.mark.parametrize(
    ("kind", "version", "code", "name"),
    [
        (CONNACK, 3, 0, "accepted"),
        (CONNACK, 4, 5, "not_authorized"),
        (CONNACK, 4, 6, "reason_6"),
        (CONNACK, 5, 0, "success"),
        (CONNACK, 5, 0x87, "not_authorized"),
        (SUBACK, 4, 2, "granted_qos_2"),
        (SUBACK, 4, 0x80, "failure"),
        (SUBACK, 5, 0x80, "unspecified_error"),
        (UNSUBACK, 5, 0x11, "no_subscription_existed"),
        (DISCONNECT, 5, 0, "normal_disconnection"),
        (DISCONNECT, 5, 4, "disconnect_with_will_message"),
        (AUTH, 5, 0x18, "continue_authentication"),
        (AUTH, 5, 0x7F, "reason_127"),
    ],
)
def test_codes(kind: int, version: int, code: int, name: str) -> None:
    """A code's name depends on the packet and the version (5.0 §2.4; 3.1.1 §3.2.2.3, §3.9.3)."""
    assert name_reason(kind, version, code) == name
    assert REASON_TEXTS[REASON_NUMBERS[(version == 5) * 4096 + kind * 256 + code]] == name


def test_tables() -> None:
    """Packets are numbered as on the wire, every name is listed once."""
    assert (len(TYPES), TYPES[PUBLISH], TYPES[AUTH]) == (16, "publish", "auth")
    assert len(set(REASON_TEXTS)) == len(REASON_TEXTS)
    assert set(np.unique(REASON_NUMBERS)) == set(range(len(REASON_TEXTS)))
