"""Names of Handle operations, answers, flags and algorithms.

Sources: RFC 3652 §2.2.2.1 to §2.2.2.3, §3.5.2 and §3.8; DO-IRP 3.0; the CNRI server's administration and replication;
OpCodes from 606 on and 2000, 2001, and ResponseCodes 407, 408, 601 to 605 and 3001, as the Chinese SDKs have them.
"""

from __future__ import annotations

OPERATIONS = {
    1: "resolution",
    2: "get_siteinfo",
    100: "create_handle",
    101: "delete_handle",
    102: "add_value",
    103: "remove_value",
    104: "modify_value",
    105: "list_handle",
    106: "list_na",
    200: "challenge_response",
    201: "verify_response",
    300: "home_na",
    301: "unhome_na",
    302: "list_homed_nas",
    400: "session_setup",
    401: "session_terminate",
    402: "session_exchange_key",
    606: "meta_create",
    607: "meta_remove",
    608: "meta_modify",
    609: "meta_query",
    1000: "get_next_txn_id",
    1001: "retrieve_txn_log",
    1002: "dump_handles",
    1003: "backup_server",
    1004: "active_update_notify",
    2000: "login",
    2001: "login_id_system",
}

_CATEGORIES = {
    "resolution": (1, 2),
    "administration": (100, 101, 102, 103, 104),
    "listing": (105, 106, 302),
    "authentication": (200, 201),
    "server": (300, 301),
    "session": (400, 401, 402),
    "metadata": (606, 607, 608, 609),
    "replication": (1000, 1001, 1002, 1003, 1004),
    "login": (2000, 2001),
}

RESPONSES = {
    1: "success",
    2: "error",
    3: "server_busy",
    4: "protocol_error",
    5: "operation_denied",
    6: "recursion_limit_exceeded",
    7: "server_backup",
    100: "handle_not_found",
    101: "handle_already_exists",
    102: "invalid_handle",
    200: "value_not_found",
    201: "value_already_exists",
    202: "value_invalid",
    300: "expired_site_info",
    301: "server_not_responsible",
    302: "service_referral",
    303: "prefix_referral",
    400: "not_authorized",
    401: "access_denied",
    402: "authentication_needed",
    403: "authentication_failed",
    404: "invalid_credential",
    405: "authentication_timeout",
    406: "unable_to_authenticate",
    407: "relogin",
    408: "login_first",
    500: "session_timeout",
    501: "session_failed",
    502: "no_session_key",
    503: "session_not_supported",
    504: "session_key_invalid",
    505: "session_message_rejected",
    601: "channel_error",
    602: "client_timeout",
    603: "daily_request_limit",
    604: "register_count_limit",
    605: "prefix_limit",
    900: "trying",
    901: "forwarded",
    902: "queued",
    3001: "verify_credential_failed",
}

FLAGS = {
    0x80000000: "authoritative",
    0x40000000: "certified",
    0x20000000: "encryption",
    0x10000000: "recursive",
    0x08000000: "cache_authentication",
    0x04000000: "continuous",
    0x02000000: "keep_connection",
    0x01000000: "public_only",
    0x00800000: "request_digest",
    0x00400000: "overwrite_when_exists",
    0x00200000: "mint_new_suffix",
    0x00100000: "do_not_refer",
    0x00000004: "recursion_authentication",
    0x00000002: "trusted_query",
    0x00000001: "trusted_result",
}
"""OpFlag bits; the last three are Chinese, 0x00700000 is of DO-IRP 3."""

ENVELOPE_FLAGS = {0x80: "compressed", 0x40: "encrypted", 0x20: "truncated"}

SESSION_MODES = {1: "client_key", 2: "server_key", 3: "key_from_handle", 4: "diffie_hellman"}

DIGESTS = {0: "old", 1: "md5", 2: "sha1", 3: "sha256"}
"""Algorithm octet of a request digest (RFC 3652 §2.2.3; 3 and 0 are the CNRI server's)."""

ANSWER_ALGORITHMS = {
    0x01: "md5",
    0x02: "sha1",
    0x03: "sha256",
    0x11: "hmac_md5",
    0x12: "hmac_sha1",
    0x13: "hmac_sha256",
    0x22: "pbkdf2_hmac_sha1",
}
"""First octet of an answer made with a secret key (RFC 3652 §3.5.2 and its successors)."""

INTERFACE_PROTOCOLS = {0: "udp", 1: "tcp", 2: "http", 3: "https"}
"""Transmission protocol of a server's interface, as implementations number them (RFC 3651 §3.2.2 differs)."""

SITE_TYPES = (b"HS_SITE", b"HS_SITE.PREFIX", b"HS_SITE.6", b"HS_NA_DELEGATE")


def name_operation(code: int) -> str:
    """Name of an OpCode."""
    return OPERATIONS.get(code, f"op_{code}")


def name_category(code: int) -> str:
    """Category of an OpCode; empty where no source names it."""
    return next((name for name, codes in _CATEGORIES.items() if code in codes), "")


def name_response(code: int) -> str:
    """Name of a ResponseCode."""
    return RESPONSES.get(code, f"response_{code}")


def name_flags(bits: int, names: dict[int, str] = FLAGS) -> list[str]:
    """Names of the bits that are set; a bit without a name is ``bit_<n>``, n from the lowest."""
    return [names.get(1 << n, f"bit_{n}") for n in range(31, -1, -1) if bits >> n & 1]
