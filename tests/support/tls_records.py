"""TLS records and handshake messages made by hand, and the records that the table makes of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from parsers.protocol import TLS
from parsers.tls_frame import find_tls, measure_tls
from parsers.tls_table import TlsTable
from tests.support.pieces import ORIGIN, SMALL, Kernels, Piece, Record, run_table

KERNELS = Kernels(TLS, measure_tls, find_tls)
CIPHERS = (
    0x1301,
    0x1302,
    0x1303,
    0xC02B,
    0xC02F,
    0xC02C,
    0xC030,
    0xCCA9,
    0xCCA8,
    0xC013,
    0xC014,
    0x9C,
    0x9D,
    0x2F,
    0x35,
)
EXTENSIONS = (0x1B, 0x00, 0x33, 0x10, 0x4469, 0x17, 0x2D, 0x0D, 0x05, 0x23, 0x12, 0x2B, 0xFF01, 0x0B, 0x0A, 0x15)
SCHEMES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
"""Lists of the example of the JA4 specification."""
JA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"


def record(content: bytes, kind: int = 22, version: int = 0x0303) -> bytes:
    """Put bytes into a record (RFC 8446 §5.1)."""
    return struct.pack("!BHH", kind, version, len(content)) + content


def message(kind: int, body: bytes) -> bytes:
    """Handshake message (RFC 8446 §4)."""
    return bytes([kind]) + len(body).to_bytes(3) + body


def vector(content: bytes, size: int = 2) -> bytes:
    """Bytes behind their length."""
    return len(content).to_bytes(size) + content


def numbers(values: Iterable[int]) -> bytes:
    """Numbers of two bytes."""
    return b"".join(value.to_bytes(2) for value in values)


def extension(kind: int, name: bytes = b"plc.example", alpn: Iterable[bytes] = (b"h2", b"http/1.1")) -> bytes:
    """Extension of a client's hello with the content that is usual."""
    contents = {
        0: vector(b"\0" + vector(name)),
        10: vector(numbers((0x2A2A, 29, 23))),
        13: vector(numbers(SCHEMES)),
        16: vector(b"".join(vector(one, 1) for one in alpn)),
        43: vector(numbers((0xDADA, 0x0304, 0x0303)), 1),
    }
    return numbers((kind,)) + vector(contents.get(kind, b""))


def client_hello(
    ciphers: Iterable[int] = (0x3A3A, *CIPHERS), extensions: Iterable[int] = (0x4A4A, *EXTENSIONS), session: bytes = b""
) -> bytes:
    """Body of a ClientHello (RFC 8446 §4.1.2) with GREASE before what it offers."""
    head = b"\x03\x03" + bytes(32) + vector(session, 1) + vector(numbers(ciphers)) + b"\x01\x00"
    return head + vector(b"".join(map(extension, extensions)))


def server_hello(version: int = 0x0303, cipher: int = 0xC02F, session: bytes = b"", extensions: bytes = b"") -> bytes:
    """Body of a ServerHello (RFC 8446 §4.1.3)."""
    if version > 0x0303:
        extensions += numbers((43, 2, version))
    legacy = min(version, 0x0303).to_bytes(2)
    return legacy + bytes(range(32)) + vector(session, 1) + numbers((cipher,)) + b"\0" + vector(extensions)


def read(*pieces: Piece | bytes, cuts: Iterable[int] = ()) -> tuple[list[Record], TlsTable]:
    """Records of pieces; plain bytes are the client's."""
    table = TlsTable(ORIGIN, SMALL)
    made = [Piece(piece) if isinstance(piece, bytes) else piece for piece in pieces]
    records, _ = run_table(table, KERNELS, made, cuts=cuts)
    return records, table


def said(content: bytes, flow: int = 0) -> Piece:
    """Piece of the server."""
    return Piece(content, from_server=True, flow=flow)
