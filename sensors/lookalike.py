"""What a file is that is no capture, told by its first bytes, so that a message can say what was given by mistake."""

from __future__ import annotations

_UNPACK = "unpack it first"
_EXPORT = "open it in Wireshark and save it as pcapng"
_OTHER = "give a pcap or pcapng file, plain, gzip or zstd"

# Signatures from each format's own specification; the first that fits is told.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip inside another packing", "unpack it once, then give the result"),
    (b"\x28\xb5\x2f\xfd", "zstd inside another packing", "unpack it once, then give the result"),
    (b"\xfd7zXZ\x00", "an xz file", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\x04\x22\x4d\x18", "an lz4 file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"PK\x03\x04", "a zip archive or an office document", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"snoop\x00\x00\x00", "a snoop capture", _EXPORT),
    (b"GMBU", "a Network Monitor 2 capture", _EXPORT),
    (b"RTSS", "a Network Monitor 1 capture", _EXPORT),
    (b"\x7fELF", "an ELF program", _OTHER),
    (b"MZ", "a Windows program", _OTHER),
    (b"%PDF", "a PDF document", _OTHER),
    (b"\x89PNG", "a PNG picture", _OTHER),
    (b"\xff\xd8\xff", "a JPEG picture", _OTHER),
    (b"SQLite format 3\x00", "an SQLite database", _OTHER),
    (b"PAR1", "a Parquet file", _OTHER),
    (b"ARROW1", "an Arrow file", _OTHER),
)


def name_lookalike(head: bytes) -> tuple[str, str]:
    """Say what ``head``, the first bytes of a file, looks like, and what to do about it."""
    for signature, name, advice in _SIGNATURES:
        if head.startswith(signature):
            return name, advice
    if is_text(head):
        return "text", _OTHER
    return f"nothing known here (it begins with {head[:8].hex(' ')})", _OTHER


def is_text(head: bytes) -> bool:
    """Tell whether ``head`` is UTF-8 without control characters; a character may be cut off at the end."""
    text = head.decode("utf-8", "replace").rstrip("\ufffd")
    return (
        bool(text)
        and all(character.isprintable() or character in "\t\r\n\ufeff" for character in text)
        and "\ufffd" not in text
    )
