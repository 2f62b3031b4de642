"""Names of MQTT packets, versions, reason codes and return codes.

Sources: OASIS MQTT 5.0, §2.1.2 (packets), §2.4 (reason codes); 3.1.1, §3.2.2.3 and §3.9.3 (return codes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parsers.mqtt_frame import CONNACK, DISCONNECT, SUBACK

TYPES = (
    "reserved", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback",
    "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth",
)  # fmt: skip

VERSIONS = {3: "3.1", 4: "3.1.1", 5: "5"}

REASONS = {
    0x00: "success", 0x04: "disconnect_with_will_message", 0x10: "no_matching_subscribers",
    0x11: "no_subscription_existed", 0x18: "continue_authentication", 0x19: "re_authenticate",
    0x80: "unspecified_error", 0x81: "malformed_packet", 0x82: "protocol_error", 0x83: "implementation_specific_error",
    0x84: "unsupported_protocol_version", 0x85: "client_identifier_not_valid", 0x86: "bad_user_name_or_password",
    0x87: "not_authorized", 0x88: "server_unavailable", 0x89: "server_busy", 0x8A: "banned",
    0x8B: "server_shutting_down", 0x8C: "bad_authentication_method", 0x8D: "keep_alive_timeout",
    0x8E: "session_taken_over", 0x8F: "topic_filter_invalid", 0x90: "topic_name_invalid",
    0x91: "packet_identifier_in_use", 0x92: "packet_identifier_not_found", 0x93: "receive_maximum_exceeded",
    0x94: "topic_alias_invalid", 0x95: "packet_too_large", 0x96: "message_rate_too_high", 0x97: "quota_exceeded",
    0x98: "administrative_action", 0x99: "payload_format_invalid", 0x9A: "retain_not_supported",
    0x9B: "qos_not_supported", 0x9C: "use_another_server", 0x9D: "server_moved",
    0x9E: "shared_subscriptions_not_supported", 0x9F: "connection_rate_exceeded", 0xA0: "maximum_connect_time",
    0xA1: "subscription_identifiers_not_supported", 0xA2: "wildcard_subscriptions_not_supported",
}  # fmt: skip

RETURNS = (
    "accepted", "unacceptable_protocol_version", "identifier_rejected", "server_unavailable",
    "bad_user_name_or_password", "not_authorized",
)  # fmt: skip
"""Return codes of a CONNACK before 5."""

GRANTS = {0: "granted_qos_0", 1: "granted_qos_1", 2: "granted_qos_2"}


def name_reason(kind: int, version: int, code: int) -> str:
    """Name of a code in a packet of ``kind``."""
    if kind == SUBACK and code in GRANTS:
        return GRANTS[code]
    if version != 5 and kind == CONNACK and code < len(RETURNS):
        return RETURNS[code]
    if version != 5 and kind == SUBACK and code == 0x80:
        return "failure"
    if kind == DISCONNECT and code == 0:
        return "normal_disconnection"
    known = code if version == 5 else -1
    return REASONS.get(known, f"reason_{code}")


def _number_reasons() -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Every name once, and its number by version (5 or not), kind and code."""
    texts: dict[str, int] = {}
    table = np.empty((2, 16, 256), dtype=np.int32)
    for modern, kind, code in np.ndindex(table.shape):
        text = name_reason(kind, 5 if modern else 4, code)
        table[modern, kind, code] = texts.setdefault(text, len(texts))
    return table.ravel(), tuple(texts)


REASON_NUMBERS, REASON_TEXTS = _number_reasons()
"""Number of a name at ``(version == 5) * 4096 + kind * 256 + code``, and the names."""
