"""TLS records of a batch as an Arrow table, and what real clients and servers do."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.schema import TLS
from parsers.tls_table import TlsTable
from tests.support.pieces import ORIGIN, SMALL, Piece, Record, read_pieces, run_table
from tests.support.tls_peers import BEGIN, END, Identity, make_identity, shake_hands
from tests.support.tls_records import KERNELS, client_hello, message, read, record, said, server_hello

HELLO, ANSWER = record(message(1, client_hello())), record(message(2, server_hello()))
CHANGE, FINISHED = record(b"\x01", 20), record(bytes(40))


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Make a certificate."""
    return make_identity(tmp_path_factory.mktemp("tls"))


def tabulate(pieces: list[Piece]) -> list[Record]:
    """Records of a real exchange."""
    return run_table(TlsTable(ORIGIN, SMALL), KERNELS, pieces)[0]


def test_tls12_of_real_peers(identity: Identity) -> None:
    """Version, suite, protocol and certificate are those of the library; the second connection takes up the session."""
    pieces, chosen = shake_hands(identity, ssl.TLSVersion.TLSv1_2, sessions=2)
    first, second = tabulate(pieces)
    assert chosen == [("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", "mqtt")] * 2
    expected = {
        "tls.version": "1.2", "tls.cipher": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "tls.next_protocol": "mqtt",
        "tls.established": True, "tls.resumed": False, "event.outcome": "success", "wanglou.pairing": "paired",
        "tls.client.server_name": "plc.park.example", "tls.client.alpn": ["mqtt"],
        "tls.server.subject": "CN=plc.park.example,O=园区 Park,C=CN", "tls.server.not_before": BEGIN,
        "tls.server.not_after": END, "tls.server.x509.alternative_names": ["plc.park.example", "127.0.0.1"],
        "tls.server.hash.sha256": identity.certificate.fingerprint(hashes.SHA256()).hex().upper(),
        "tls.server.x509.serial_number": "1234ABCD", "tls.client.certificate_requested": False,
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert (second["tls.resumed"], second["tls.established"], second["tls.server.subject"]) == (True, True, None)
    assert first["tls.client.ja4"].startswith("t13d")
    assert first["tls.client.ja4"].split("_")[0].endswith("mt")


def test_tls13_of_real_peers(identity: Identity) -> None:
    """What TLS 1.3 hides is null; the session is taken up by its key."""
    pieces, chosen = shake_hands(identity, ssl.TLSVersion.TLSv1_3, sessions=2)
    records = tabulate(pieces)
    assert [one["tls.cipher"] for one in records] == [one[1] for one in chosen]
    assert [one["tls.resumed"] for one in records] == [False, True]
    assert {(one["tls.version"], one["tls.established"]) for one in records} == {("1.3", True)}
    assert {one["tls.server.subject"] for one in records} == {one["tls.next_protocol"] for one in records} == {None}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_does_not_trust(identity: Identity, version: ssl.TLSVersion) -> None:
    """The handshake failed, by the client's alert."""
    pieces, chosen = shake_hands(identity, version, trust=False)
    found = tabulate(pieces)[0]
    assert chosen == []
    assert (found["tls.established"], found["event.outcome"]) == (False, "failure")
    assert (found["tls.alert.description"], found["tls.alert.from"]) == ("unknown_ca", "client")


def test_a_client_with_a_certificate(identity: Identity) -> None:
    """Up to TLS 1.2 the client's certificate is in clear."""
    pieces, _ = shake_hands(identity, ssl.TLSVersion.TLSv1_2, with_client=True)
    found = tabulate(pieces)[0]
    assert found["tls.client.certificate_requested"]
    assert found["tls.client.hash.sha256"] == found["tls.server.hash.sha256"]


def test_an_ssl3_handshake_of_a_capture(shared: Path) -> None:
    """What tshark shows of the reverse shell in the exploit capture, whose client is the attacked host's peer."""
    path = shared / "captures" / "labelled" / "lemay" / "exploit_ms08_netapi_modbus_6RTU_with_operate.pcap"
    pieces = [piece for piece in read_pieces(path) if 1252 <= piece.packet <= 1256]
    turned = [Piece(one.payload, not one.from_server, 0, one.packet, one.ts_ns) for one in pieces]
    found = tabulate(turned)[0]
    assert (found["tls.version_protocol"], found["tls.version"], found["tls.established"]) == ("ssl", "3.0", True)
    assert found["tls.cipher"] == "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"
    assert (found["wanglou.packet"], found["tls.server.chain_length"]) == (1252, 1)


def test_schema_and_places() -> None:
    """The table is of the schema whether it has rows or not, and a row points at its packets."""
    _, tables = run_table(TlsTable(ORIGIN, SMALL), KERNELS, [Piece(HELLO), said(ANSWER)])
    assert all(table.schema == TLS.arrow for table in tables)
    found = tables[-1].to_pylist()[0]
    assert (found["wanglou.packet"], found["wanglou.packet_end"], found["event.dataset"]) == (0, 1, "tls")
    assert run_table(TlsTable(ORIGIN, SMALL), KERNELS, [])[1][0].schema == TLS.arrow


def test_application_data_makes_no_rows() -> None:
    """Mid-stream there is no handshake to tell of."""
    records, _ = read(record(bytes(50), 23) * 5, said(record(bytes(50), 23)))
    assert records == []


def test_malformed_records_are_rows() -> None:
    """Bytes that are no record are a row of their own and do not end the handshake."""
    records, table = read(HELLO, b"\x00\x01\x02", said(ANSWER + CHANGE + FINISHED), CHANGE + FINISHED)
    assert sorted(one["wanglou.pairing"] for one in records) == ["malformed", "paired"]
    assert table.counters["tls_malformed"] == 1


def test_handshakes_are_bounded() -> None:
    """Too many at once end the oldest, which is counted."""
    pieces = [Piece(HELLO, flow=flow) for flow in range(SMALL.pending + 5)]
    records, table = read(*pieces)
    assert len(records) == len(pieces)
    assert table.counters["tls_handshakes_dropped"] == 5


EXCHANGE = (
    Piece(HELLO[:100]),
    Piece(HELLO[100:]),
    Piece(HELLO, flow=1),
    said(ANSWER[:7]),
    said(ANSWER[7:] + CHANGE),
    said(record(b"\x02\x28", 21), 1),
    Piece(CHANGE + FINISHED),
    said(FINISHED),
    Piece(record(bytes(80), 23)),
    Piece(b"\x15\x03\x03\x00\x02\x01\x00", flow=2),
)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 4), max_size=8))
def test_batches_do_not_matter(cuts: list[int]) -> None:
    """The same records come out whether the pieces come in one batch or in several."""

    def key(one: Record) -> tuple[int, int]:
        return one["wanglou.packet"], one["wanglou.pdu"]

    whole, split = read(*EXCHANGE)[0], read(*EXCHANGE, cuts=cuts)[0]
    assert sorted(split, key=key) == sorted(whole, key=key)
    assert [one["event.outcome"] for one in sorted(whole, key=key)] == ["success", "failure", "unknown"]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=5))
def test_any_bytes(pieces: list[tuple[bytes, bool]]) -> None:
    """No bytes raise."""
    read(HELLO[:60], *(Piece(*piece) for piece in pieces))
