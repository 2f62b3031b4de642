"""Names of TLS numbers."""

from __future__ import annotations

import ssl

from parsers.tls_names import name_alert, name_cipher, name_group, name_scheme, name_version


def test_names() -> None:
    """Numbers of the registries have their names, others show themselves."""
    assert name_cipher(0x1301) == "TLS_AES_128_GCM_SHA256"
    assert name_cipher(0xC02F) == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert name_cipher(0x00C6) == "TLS_SM4_GCM_SM3"  # RFC 8998
    assert (name_cipher(0xFEFE), name_version(0x0304), name_version(0x0305)) == ("0xFEFE", "1.3", "0x0305")
    assert (name_group(29), name_group(4588), name_group(9)) == ("x25519", "X25519MLKEM768", "0x0009")
    assert (name_scheme(0x0804), name_scheme(1), name_alert(48), name_alert(255)) == (
        "rsa_pss_rsae_sha256", "0x0001", "unknown_ca", "alert_255",
    )  # fmt: skip


def test_suites_of_this_machine_are_named() -> None:
    """Every suite that the library offers has a name; those of TLS 1.3 are the same there."""
    for suite in ssl.create_default_context().get_ciphers():
        name = name_cipher(suite["id"] & 0xFFFF)
        assert name.startswith("TLS_")
        assert name == suite["name"] or suite["protocol"] != "TLSv1.3"
