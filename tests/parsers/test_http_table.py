"""HTTP messages of a batch as an Arrow table, and what real clients and servers say."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import httpx
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhandle.handleclient import PyHandleClient  # type: ignore[import-untyped]

from parsers.http_frame import find_http, measure_http
from parsers.http_table import HttpTable
from parsers.protocol import HTTP as HTTP_APP
from parsers.schema import HTTP
from tests.support.conversations import Connection, dissect
from tests.support.http_messages import GET, KERNELS, OK, chunked, read, reply, request
from tests.support.pieces import ORIGIN, SMALL, Kernels, Piece, Record, run_table
from tests.support.relay import Relay, relay_to

HANDLE = "88.100.1/dev-标识"
VALUES = [{"index": 1, "type": "URL", "data": {"format": "string", "value": "http://park.example/d"}, "ttl": 86400}]


class Node(BaseHTTPRequestHandler):
    """Stub of a node of the Handle REST interface that answers packed, in chunks, and plainly."""

    protocol_version = "HTTP/1.1"
    server_version = "HandleNode/9.3"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base's
        """Say nothing."""

    def do_GET(self) -> None:
        """Give the values of a Handle, packed and in two chunks."""
        handle = unquote(self.path.partition("?")[0].removeprefix("/api/handles/"))
        packed = gzip.compress(json.dumps({"responseCode": 1, "handle": handle, "values": VALUES}).encode())
        self.send_response(200)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (packed[:20], packed[20:], b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def do_HEAD(self) -> None:
        """Tell a length without a body."""
        self.send_response(200)
        self.send_header("Content-Length", "4711")
        self.end_headers()

    def do_PUT(self) -> None:
        """Refuse."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"responseCode": 402, "message": "Authentication needed", "handle": HANDLE}).encode()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="handle"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def relayed_node() -> Iterator[Relay]:
    """Run a node with a relay before it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Node) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            with relay_to(server.server_address[1]) as relay:
                yield relay
        finally:
            server.shutdown()
            thread.join()


def tabulate(relay: Relay) -> list[Record]:
    """Records of what a relay wrote down."""
    return run_table(HttpTable(ORIGIN, SMALL), KERNELS, relay.pieces)[0]


def test_a_real_client_and_server() -> None:
    """Resolving, asking for a head and a refused change over one connection: the records say what was done."""
    with relayed_node() as relay:
        base = f"http://127.0.0.1:{relay.port}"
        with httpx.Client(auth=("300%3A88.100.1/admin", "pw123456")) as client:
            got = client.get(f"{base}/api/handles/{HANDLE}?index=1")
            client.head(f"{base}/big")
            client.put(f"{base}/api/handles/{HANDLE}?overwrite=true", json={"values": VALUES})
    assert got.json()["values"] == VALUES
    resolve, head, update = tabulate(relay)
    assert (resolve["http.api.name"], resolve["http.api.action"], resolve["http.api.identifier"]) == (
        "handle_rest", "resolve", HANDLE,
    )  # fmt: skip
    assert (resolve["http.api.code"], resolve["http.api.values"]) == (1, ["URL http://park.example/d"])
    assert (resolve["http.response.transfer_encoding"], resolve["http.response.content_encoding"]) == (
        "chunked",
        "gzip",
    )
    assert resolve["http.response.body.decoded_bytes"] == len(got.content)
    assert (resolve["user.name"], resolve["url.port"]) == ("300:88.100.1/admin", relay.port)
    assert resolve["user_agent.original"] == f"python-httpx/{httpx.__version__}"
    assert resolve["http.response.server"].startswith("HandleNode/9.3")
    assert (head["event.action"], head["http.response.status_code"], head["error.code"]) == ("head", 200, None)
    assert (update["event.outcome"], update["http.api.code"]) == ("failure", 402)
    assert update["http.api.message"] == "Authentication needed"
    assert "pw123456" not in str([resolve, head, update])


def test_pyhandle() -> None:
    """The Handle client of researchers resolves through the REST interface."""
    with relayed_node() as relay:
        client = PyHandleClient("rest").instantiate_for_read_access(handle_server_url=f"http://127.0.0.1:{relay.port}")
        assert client.get_value_from_handle("88.100.1/dev0001", "URL") == "http://park.example/d"
    record = tabulate(relay)[0]
    assert (record["http.api.action"], record["http.api.identifier"]) == ("resolve", "88.100.1/dev0001")
    assert record["http.api.values"] == ["URL http://park.example/d"]


def test_schema_and_common_facts() -> None:
    """The table is of the schema, and every record names its dataset, capture, sensor and protocol."""
    records, tables = run_table(HttpTable(ORIGIN, SMALL), KERNELS, [Piece(GET), Piece(OK, from_server=True)])
    assert all(table.schema == HTTP.arrow for table in tables)
    record = records[0]
    assert (record["event.dataset"], record["network.protocol"], record["observer.name"]) == ("http", "http", "sensor")
    assert (record["wanglou.packet"], record["wanglou.packet_end"], record["wanglou.pdu"]) == (0, 1, 0)


def test_a_batch_without_messages() -> None:
    """Nothing gives a table without rows."""
    _, tables = run_table(HttpTable(ORIGIN, SMALL), KERNELS, [])
    assert [table.num_rows for table in tables] == [0, 0]
    assert tables[0].schema == HTTP.arrow


def test_texts_are_stored_once() -> None:
    """Repeated texts are entries of a dictionary."""
    _, tables = run_table(HttpTable(ORIGIN, SMALL), KERNELS, [Piece(GET * 50), Piece(OK * 50, from_server=True)])
    for name in ("http.request.method", "url.path", "url.domain", "http.response.reason", "http.response.body.content"):
        column = pa.concat_tables(tables)[name].combine_chunks()
        assert pa.types.is_dictionary(column.type)
        assert column.value_counts().to_pylist()[0]["counts"] == 50


def test_counters() -> None:
    """Malformed messages, rests of long bodies and dropped requests are counted."""
    _, table = read(b"\x00\x01")
    assert table.counters["http_malformed"] == 1
    _, table = read(GET, chunked(*[b"a" * 5000] * 8))
    assert table.counters["http_rest_messages"] == 2
    _, table = read(GET * (SMALL.pending + 3))
    assert table.counters["http_requests_dropped"] == 3


CONVERSATION = (
    Piece(request("/a") + request("/api/handles/88.1/x")),
    Piece(reply(b"first")[:30], from_server=True),
    Piece(reply(b"first")[30:] + chunked(b'{"respon', b'seCode":1}'), from_server=True),
    Piece(request("/c", "POST", b"password=1&a=2")[:50]),
    Piece(request("/c", "POST", b"password=1&a=2")[50:]),
    Piece(b"HTTP/1.1 100 Continue\r\n\r\n", from_server=True),
    Piece(reply(b"", "404 Not Found"), from_server=True),
    Piece(b"\x00\x01garbage\n" + request("/d")),
)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), max_size=8))
def test_batches_do_not_matter(cuts: list[int]) -> None:
    """The same records come out whether the pieces come in one batch or in several."""
    whole, _ = read(*CONVERSATION)
    split, _ = read(*CONVERSATION, cuts=cuts)

    def key(record: Record) -> tuple[int, int]:
        return record["wanglou.packet"], record["wanglou.pdu"]

    assert sorted(split, key=key) == sorted(whole, key=key)
    assert len(whole) == 6


@settings(max_examples=50)
@given(st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=5), st.lists(st.integers(0, 2), max_size=3))
def test_any_bytes(pieces: list[tuple[bytes, bool]], cuts: list[int]) -> None:
    """No bytes raise."""
    start = [Piece(GET[:-2]), Piece(OK[:17], from_server=True)]
    kernels = Kernels(HTTP_APP, measure_http, find_http)
    run_table(HttpTable(ORIGIN, SMALL), kernels, [*start, *(Piece(*piece) for piece in pieces)], cuts=cuts)


@pytest.mark.parametrize("count", [1, 3])
def test_mid_stream(count: int) -> None:
    """A connection picked up within a body gives a malformed record, then whole ones."""
    records, _ = read(Piece(b"rest of a body\r\n" + OK * count, from_server=True))
    assert [record["wanglou.pairing"] for record in records] == ["malformed", *["no_request"] * count]


def test_a_request_line_that_is_too_long() -> None:
    """Its pieces are malformed records, and it hides nothing that is said after it."""
    connection = Connection(served=80).open().ask(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", sizes=[1_400] * 15)
    connection.ask(GET).answer(OK).close()
    found = dissect(connection.packets)
    assert [record["network.protocol"] for record in found.flow] == ["http"]
    records = found.others["http"]
    pairings = [record["wanglou.pairing"] for record in records]
    assert (set(pairings[:-1]), pairings[-1]) == ({"malformed"}, "paired")
