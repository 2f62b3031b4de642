"""A capture's Handle messages as exchanges, and a decoded message in the words of the expected decodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from parsers.frame import decode_frames
from parsers.handle_frame import find_http_body
from parsers.handle_pdu import PDU
from parsers.handle_rows import Decoded
from parsers.handle_value import read_administrator, read_key_type, read_references, read_site
from parsers.packet import TCP, UDP
from parsers.protocol import HANDLE, HTTP
from sensors.pcap import open_capture
from tests.support.handles import Talk, array

SERVED = (2641, 8000)


def read_talk(path: Path, protocols: tuple[int, ...] = (TCP, UDP)) -> Talk:
    """Payloads of a capture whose segments are in order and hold whole messages."""
    talk, numbers = Talk(), dict[tuple[int, ...], int]()
    http: dict[tuple[int, bool], bytes] = {}
    for batch in open_capture(path).batches():
        frames = decode_frames(batch, verify_checksums=False)
        for k, frame in enumerate(frames):
            start, length = int(frame["payload"]), int(frame["payload_len"])
            if not length or int(frame["protocol"]) not in protocols:
                continue
            ports = int(frame["sport"]), int(frame["dport"])
            from_server = ports[0] in SERVED
            client = ports[1] if from_server else ports[0]
            served = ports[0] if from_server else ports[1]
            key = int(frame["protocol"]), client
            if key not in numbers:
                numbers[key] = talk.join(key[0], app=HTTP if served == 8000 else HANDLE)
            content = batch.data[start : start + length].tobytes()
            talk.now_ns, talk.packets = int(batch.ts_ns[k]), batch.first + k
            if served == 8000:
                content = _take_body(http, (client, from_server), content)
            if content:
                talk.say(content, numbers[key], from_server=from_server)
    return talk


def _take_body(kept: dict[tuple[int, bool], bytes], key: tuple[int, bool], content: bytes) -> bytes:
    """Envelope in the body of an HTTP message, once all of it is there."""
    whole = kept[key] = kept.get(key, b"") + content
    at = int(find_http_body(array(whole), 0, len(whole)))
    if at >= len(whole) or len(whole) - at < 20 + int.from_bytes(whole[at + 16 : at + 20], "big"):
        return b""
    del kept[key]
    return whole[at:]


def _list_fields(decoded: Decoded, row: int) -> dict[str, int]:
    """All fields of one message."""
    return {name: decoded.get(row, name) for name in PDU.names or ()}


def describe(decoded: Decoded, row: int) -> dict[str, Any]:
    """One message in the words of the expected decodes."""
    p, m = _list_fields(decoded, row), decoded.messages[row]
    start = int(m["offset"])
    envelope = (decoded.spill if m["spill"] else decoded.data)[start : start + 20]
    credential = None
    if p["signer_length"] >= 0:
        credential = {
            "sh": _read(decoded, row, "signer").decode(), "si": int(p["signer_index"]),
            "ty": _read(decoded, row, "kind").decode(), "alg": _read(decoded, row, "algorithm").decode(),
            "sig": int(p["signature_length"]),
        }  # fmt: skip
    names = {
        "major": "major", "minor": "minor", "sug_major": "suggested_major", "sug_minor": "suggested_minor",
        "session": "session", "request": "request", "msglen": "message_length", "op": "op",
        "rc": "response", "sn": "serial", "rcn": "recursions", "exp": "expiration", "bl": "body_length",
    }  # fmt: skip
    return {
        **{key: int(p[name]) for key, name in names.items()},
        "seq": int.from_bytes(envelope[12:16].tobytes(), "big"),
        "flags": int(p["envelope_flags"]) >> 5,
        "fl": f"0x{int(p['op_flag']):08x}",
        "body": _describe_body(decoded, row),
        "cred": credential,
        "credlen": 4 + int(p["credential_length"]),
    }


def _read(decoded: Decoded, row: int, name: str) -> bytes:
    return decoded.read(row, name, 1 << 20)


def _describe_body(decoded: Decoded, row: int) -> dict[str, Any]:
    """Body of one message."""
    p, pools = _list_fields(decoded, row), decoded.pools
    op, rc = int(p["op"]), int(p["response"])
    body: dict[str, Any] = {"_left": _read(decoded, row, "rest").hex()}
    if p["digest_kind"] >= 0:
        body["rd"] = [int(p["digest_kind"]), _read(decoded, row, "digest")[:4].hex()]
    for key, name in (("h", "handle"), ("h", "key_handle"), ("at", "method"), ("msg", "reason"), ("xh", "exchange")):
        if p[f"{name}_length"] >= 0:
            body[key] = _read(decoded, row, name).decode()
    if rc > 3 and rc not in (302, 303, 402):
        body.setdefault("msg", "")  # an empty text is no text
    for key, name in (("auth", "identity"), ("pk", "key"), ("nonce", "nonce")):
        if p[f"{name}_length"] >= 0:
            content = _read(decoded, row, name)
            body[key] = content.decode() if key == "auth" else content.hex()
    for key, name in (("ki", "key_index"), ("mode", "mode"), ("to", "timeout"), ("xi", "exchange_index")):
        if p[name] >= 0:
            body[key] = int(p[name])
    if p["answer_length"] >= 0:
        body["data" if op == 400 else "cr"] = _read(decoded, row, "answer")[: None if op == 400 else 10].hex()
    if (op == 1 and rc == 0) or (op == 103 and rc == 0):
        body["idx"] = pools.items["index"][p["first_index"] : p["first_index"] + p["indexes"]].tolist()
    spans = pools.items[p["first_text"] : p["first_text"] + p["texts"]]
    listed = [_span(decoded, span).decode() for span in spans]
    if op == 1 and rc == 0:
        body["ty"] = listed
        body.setdefault("auth", "")  # as that of a reason
    elif op == 105 and rc == 1:
        body["l"] = listed
    if p["site_length"] >= 0:
        body["site"] = _describe_site(_read(decoded, row, "site"))
    if p["values_count"]:
        body["v"] = _describe_values(decoded, row)
    return body


def _span(decoded: Decoded, span: Any) -> bytes:
    buffer = decoded.spill if span["spill"] else decoded.data
    return bytes(buffer[span["offset"] : span["offset"] + span["length"]].tobytes())


def _describe_values(decoded: Decoded, row: int) -> list[dict[str, Any]]:
    """Values of one message."""
    p, pools = _list_fields(decoded, row), decoded.pools
    found = []
    reference = int(p["first_reference"])
    for at in range(p["first_value"], p["first_value"] + p["values_count"]):
        content = _span(decoded, pools.values[at])
        length = int.from_bytes(content[:4], "big")
        kind, data, value = content[4 : 4 + length].decode(), content[8 + length :], pools.values[at]
        one = {
            "index": int(value["index"]), "ts": int(value["ts_s"]), "ttlt": int(value["ttl_type"]),
            "ttl": int(value["ttl"]), "perm": int(value["permissions"]), "type": kind, "data": data.hex(),
        }  # fmt: skip
        own = range(reference, reference + int(value["references"]))
        one["refs"] = [[_span(decoded, pools.items[k]).decode(), int(pools.items[k]["index"])] for k in own]
        reference += len(own)
        reading = _describe_data(kind, data)
        found.append(one | ({"d": reading} if reading is not None else {}))
    return found


def _describe_data(kind: str, data: bytes) -> Any:
    """Data of the predefined types."""
    if kind == "HS_ADMIN":
        admin = read_administrator(data)
        return [admin.permissions, admin.handle.hex(), admin.index]
    if kind.startswith("HS_SITE"):
        return _describe_site(data)
    if kind == "HS_VLIST":
        return [[handle.hex(), index] for handle, index in read_references(data)]
    if kind == "HS_PUBKEY":
        name = read_key_type(data)
        rest = data[4 + len(name) :]
        return [name.hex(), int.from_bytes(rest[:2], "big"), rest[2:].hex()]
    return None


def _describe_site(data: bytes) -> dict[str, Any]:
    """A site record."""
    site = read_site(data)
    return {
        "ver": site.version, "pv": list(site.protocol), "ser": site.serial, "prim": site.primary, "hash": site.hashing,
        "filt": site.filtered.decode(), "attr": [[n.decode(), v.decode()] for n, v in site.attributes],
        "srv": [
            {"id": s.id, "ip": s.address.hex(), "pk": len(s.key), "if": [list(i) for i in s.interfaces]}
            for s in site.servers
        ],
    }  # fmt: skip


def read_expected(path: Path) -> list[dict[str, Any]]:
    """Expected decodes, one message a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
