"""HTTP messages to the records that the table makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from parsers.http import HTTP as FIELDS
from parsers.http import SPANS, decode_messages
from parsers.http_frame import find_http, measure_http
from parsers.http_table import HttpTable
from parsers.message import MESSAGE
from parsers.protocol import HTTP
from parsers.spans import SPAN
from tests.support.pieces import ORIGIN, SMALL, Kernels, Piece, Record, array, run_table

KERNELS = Kernels(HTTP, measure_http, find_http)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request(target: str = "/", method: str = "GET", body: bytes = b"", **fields: str) -> bytes:
    """Make a request with a Host and the length of its body; an underscore of a field's name is a hyphen."""
    lines = [f"{method} {target} HTTP/1.1", "Host: node.example:8000"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def reply(body: bytes = b"", status: str = "200 OK", **fields: str) -> bytes:
    """Make a reply with the length of its body."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def chunked(*parts: bytes, start: bytes = b"HTTP/1.1 200 OK\r\n") -> bytes:
    """Message whose body is the parts as chunks."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))
    return start + b"Transfer-Encoding: chunked\r\n\r\n" + body


def read(*pieces: Piece | bytes, cuts: Iterable[int] = ()) -> tuple[list[Record], HttpTable]:
    """Records of pieces; plain bytes are the client's, those that begin as a reply the server's."""
    table = HttpTable(ORIGIN, SMALL)
    records, _ = run_table(table, KERNELS, [_make_piece(piece) for piece in pieces], cuts=cuts)
    return records, table


def _make_piece(piece: Piece | bytes) -> Piece:
    return Piece(piece, piece.startswith(b"HTTP/")) if isinstance(piece, bytes) else piece


def exchange(asked: bytes, answered: bytes = OK) -> Record:
    """The one record of a request and its reply."""
    records, _ = read(asked, Piece(answered, from_server=True))
    assert len(records) == 1, [record["error.code"] for record in records]
    return records[0]


def tell(record: Record, names: Sequence[str]) -> list[Any]:
    """Values of some columns."""
    return [record[name] for name in names]


def decode_one(content: bytes, *, status: int) -> Any:
    """HTTP[1] of one message of ``status``."""
    messages = np.zeros(1, dtype=MESSAGE).view(np.recarray)
    messages["length"] = messages["wire"] = len(content)
    messages["status"], messages["from_server"] = status, content.startswith(b"HTTP")
    https = np.recarray(1, dtype=FIELDS)
    decode_messages(array(content), array(b"\0"), messages, https, np.recarray((SPANS, 1), dtype=SPAN))
    return https
