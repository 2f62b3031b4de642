"""Names of what TLS says in numbers.

Source: IANA, Transport Layer Security (TLS) Parameters and TLS ExtensionType Values; RFC 8446 §4.2.3, §4.2.7 and §6,
RFC 7919, RFC 8998 (SM2, SM3 and SM4).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_CIPHERS = Path(__file__).with_name("tls_cipher_suites.txt")

VERSIONS = {0x0300: "3.0", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
SSL = 0x0300

GROUPS = {
    19: "secp192r1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1",
    26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519", 30: "x448",
    31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13", 41: "curveSM2",
    256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
    512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024", 4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024",
}  # fmt: skip

SCHEMES = {
    0x0201: "rsa_pkcs1_sha1", 0x0202: "dsa_sha1", 0x0203: "ecdsa_sha1", 0x0301: "rsa_pkcs1_sha224",
    0x0303: "ecdsa_sha224", 0x0401: "rsa_pkcs1_sha256", 0x0403: "ecdsa_secp256r1_sha256", 0x0501: "rsa_pkcs1_sha384",
    0x0503: "ecdsa_secp384r1_sha384", 0x0601: "rsa_pkcs1_sha512", 0x0603: "ecdsa_secp521r1_sha512",
    0x0708: "sm2sig_sm3", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384", 0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519", 0x0808: "ed448", 0x0809: "rsa_pss_pss_sha256", 0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512", 0x081A: "ecdsa_brainpoolP256r1tls13_sha256",
    0x081B: "ecdsa_brainpoolP384r1tls13_sha384", 0x081C: "ecdsa_brainpoolP512r1tls13_sha512", 0x0904: "mldsa44",
    0x0905: "mldsa65", 0x0906: "mldsa87",
}  # fmt: skip

LEVELS = {1: "warning", 2: "fatal"}

ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    52: "too_many_cids_requested", 60: "export_restriction", 70: "protocol_version", 71: "insufficient_security",
    80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
    109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
    116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
}  # fmt: skip


@cache
def _load_ciphers() -> dict[int, str]:
    """Names by number."""
    lines = (line.split() for line in _CIPHERS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {int(number, 16): f"TLS_{name}" for number, name in lines}


def name_cipher(number: int) -> str:
    """Name of a cipher suite."""
    return _load_ciphers().get(number) or f"0x{number:04X}"


def name_version(number: int) -> str:
    """Version without its protocol."""
    return VERSIONS.get(number) or f"0x{number:04X}"


def name_group(number: int) -> str:
    """Name of a group of the key exchange."""
    return GROUPS.get(number) or f"0x{number:04X}"


def name_scheme(number: int) -> str:
    """Name of a signature scheme."""
    return SCHEMES.get(number) or f"0x{number:04X}"


def name_alert(number: int) -> str:
    """Name of an alert."""
    return ALERTS.get(number) or f"alert_{number}"
