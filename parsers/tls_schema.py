"""The dataset ``tls``: handshakes of TLS 1.0 to 1.3 and SSL 3.0, as far as they are in clear."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field


def _list_certificate(side: str, whose: str) -> tuple[Field, ...]:
    """Columns of a side's certificate."""
    base = f"tls.{side}"
    return (
        Field(f"{base}.subject", "keyword", f"Subject of the {whose}'s certificate (RFC 4514)."),
        Field(f"{base}.issuer", "keyword", f"Issuer of the {whose}'s certificate (RFC 4514)."),
        Field(f"{base}.not_before", "time", f"Begin of validity of the {whose}'s certificate."),
        Field(f"{base}.not_after", "time", f"End of validity of the {whose}'s certificate; at most the year 2262."),
        Field(f"{base}.hash.sha256", "keyword", f"SHA-256 fingerprint of the {whose}'s certificate, upper case."),
        Field(f"{base}.x509.serial_number", "keyword", f"Serial number of the {whose}'s certificate, hexadecimal."),
        Field(f"{base}.x509.subject.common_name", "keyword", f"Common name of the subject of the {whose}."),
        Field(f"{base}.x509.issuer.common_name", "keyword", f"Common name of the issuer of the {whose}'s certificate."),
        Field(f"{base}.x509.alternative_names", "keywords", f"Subject alternative names of the {whose}, at most 32."),
        Field(f"{base}.x509.signature_algorithm", "keyword", f"Signature algorithm of the {whose}'s certificate."),
        Field(f"{base}.x509.public_key_algorithm", "keyword", f"Kind of the {whose}'s public key: RSA, EC, Ed25519."),
        Field(f"{base}.x509.public_key_size", "long", f"Size of the {whose}'s public key.", "bits"),
        Field(f"{base}.chain_length", "u8", f"Certificates the {whose} sent."),
    )


TLS = Dataset(
    "tls",
    "One TLS handshake as far as it is in clear, or an alert outside one, or a malformed record.",
    (
        *COMMON,
        Field("wanglou.pairing", "keyword", "paired (both hellos), no_response, no_request or malformed."),
        Field("tls.version_protocol", "keyword", "ssl or tls."),
        Field("tls.version", "keyword", "Version in use: 3.0 (of ssl), 1.0, 1.1, 1.2 or 1.3."),
        Field("tls.cipher", "keyword", "Cipher suite in use by its IANA name, or 0x and four digits."),
        Field("tls.curve", "keyword", "Group of the key exchange in use, where the server's hello tells it."),
        Field("tls.established", "boolean", "True where both sides went on to encrypted records."),
        Field("tls.resumed", "boolean", "True where the server took up an earlier session."),
        Field("tls.next_protocol", "keyword", "Application protocol the server chose (ALPN); hidden in TLS 1.3."),
        Field("tls.client.ja4", "keyword", "JA4 fingerprint of the client's hello."),
        Field("tls.client.ja4_r", "keyword", "JA4 in clear: the sorted lists that are hashed."),
        Field("tls.client.server_name", "keyword", "Server name the client asked for (SNI)."),
        Field("tls.client.version", "keyword", "Highest version the client offered."),
        Field("tls.client.supported_versions", "keywords", "Versions the client offered, in its order."),
        Field(
            "tls.client.supported_ciphers", "keywords", "Cipher suites the client offered, in its order, at most 128."
        ),
        Field("tls.client.supported_groups", "keywords", "Groups the client offered, in its order, at most 32."),
        Field("tls.client.signature_algorithms", "keywords", "Signature schemes the client offered, at most 64."),
        Field("tls.client.alpn", "keywords", "Application protocols the client offered, at most 16."),
        *_list_certificate("client", "client"),
        *_list_certificate("server", "server"),
        Field("tls.client.hello_retry", "boolean", "True where the server asked for a second hello."),
        Field(
            "tls.client.certificate_requested", "boolean", "True where the server asked for the client's certificate."
        ),
        Field("tls.alert.level", "keyword", "Level of the first alert in clear: warning or fatal."),
        Field("tls.alert.description", "keyword", "Description of that alert by its IANA name."),
        Field("tls.alert.from", "keyword", "Who sent that alert: client or server."),
    ),
)
