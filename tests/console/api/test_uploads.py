"""The API of uploads."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from console import session, token
from console.jobs import Jobs
from tests.support.accounts import ADMIN
from tests.support.consoles import Console
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

PATH = "/api/v1/uploads"
DATA = bytes(range(256)) * 5_000


def send(client: TestClient, identity: str, offset: int, data: bytes) -> int:
    """Send a piece; gives the status."""
    headers = {"upload-offset": str(offset), "content-type": "application/octet-stream"}
    return client.patch(f"{PATH}/{identity}", content=data, headers=headers).status_code


@pytest.mark.parametrize("is_browser", [True, False])
def test_a_file_is_sent_in_pieces_and_read(console: Console, is_browser: bool) -> None:
    """Announced, sent, gone on from where it stopped, finished: a job waits, and the bytes are those sent."""
    client = console.as_("analyst") if is_browser else console.program("analyst")
    made = client.post(PATH, json={"name": "../../x.pcap", "size_bytes": len(DATA), "enterprise": "chem"})
    upload = made.json()
    assert (made.status_code, upload["name"], upload["received_bytes"]) == (201, "x.pcap", 0)
    half = len(DATA) // 2
    assert send(client, upload["id"], 0, DATA[:half]) == 200
    assert send(client, upload["id"], 0, DATA[:half]) == 409
    assert client.post(f"{PATH}/{upload['id']}/finish", json={}).status_code == 409
    assert client.get(f"{PATH}/{upload['id']}").json()["received_bytes"] == half
    assert send(client, upload["id"], half, DATA[half:] + b"x") == 400
    assert send(client, upload["id"], half, DATA[half:]) in (200, 409)
    job = client.post(f"{PATH}/{upload['id']}/finish", json={"sha256": hashlib.sha256(DATA).hexdigest()})
    assert (job.status_code, job.json()["state"], job.json()["enterprise"]) == (202, "queued", "chem")
    kept = console.services.backstage.uploads.find(upload["id"])
    assert kept is not None
    assert kept.path.read_bytes() == DATA
    Jobs(console.services.ledger).cancel(job.json()["id"], ADMIN)
    console.services.backstage.uploads.remove(upload["id"], ADMIN)


def test_what_cannot_be_sent(console: Console) -> None:
    """Too large, of no known enterprise, to nobody's upload, by somebody who may not, without the form's token."""
    client = console.program("analyst")
    most = console.services.backstage.uploads.limits.file_bytes
    assert client.post(PATH, json={"name": "x", "size_bytes": most + 1}).status_code == 400
    assert client.post(PATH, json={"name": "x", "size_bytes": 0}).status_code == 422
    assert client.post(PATH, json={"name": "x", "size_bytes": 1, "enterprise": "nobody"}).status_code == 400
    assert client.post(PATH, json={"name": "x", "size_bytes": 1, "sha256": "Z"}).status_code == 422
    assert send(client, "upload-0", 0, b"x") == 404
    assert client.delete(f"{PATH}/upload-0").status_code == 404
    assert console.program("enterprise_user").post(PATH, json={"name": "x", "size_bytes": 1}).status_code == 403
    browser = console.as_("analyst")
    del browser.headers["x-csrf-token"]
    assert browser.post(PATH, json={"name": "x", "size_bytes": 1}).status_code == 403


def test_an_upload_is_given_up(console: Console) -> None:
    """Its bytes go; it is not listed any more."""
    client = console.program("analyst")
    made = client.post(PATH, json={"name": "x.pcap", "size_bytes": 10}).json()
    assert send(client, made["id"], 0, b"12345") == 200
    assert made["id"] in {one["id"] for one in client.get(PATH).json()["items"]}
    assert client.delete(f"{PATH}/{made['id']}").status_code == 204
    assert client.get(PATH).json()["items"] == []


def test_there_is_room_for_so_much(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """413 with the room that is left, in the reader's language."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    uploads = console.services.backstage.uploads
    monkeypatch.setattr(uploads, "limits", replace(uploads.limits, total_bytes=100, reserve_bytes=0))
    refused = console.as_("analyst", "zh").post(PATH, json={"name": "x", "size_bytes": 200})
    assert (refused.status_code, refused.json()["detail"]) == (413, "剩余空间 100 字节")


def test_an_upload_may_be_moved_in_time(console: Console) -> None:
    """Where its sender asks for it, the job has it end now; otherwise its times stay."""
    client = console.program("analyst")
    for said, is_moved in (({}, False), ({"is_moved": False}, False), ({"is_moved": True}, True)):
        upload = client.post(PATH, json={"name": "x.pcap", "size_bytes": 1}).json()
        assert send(client, upload["id"], 0, b"x") == 200
        before_ns = console.services.clock()
        made = client.post(f"{PATH}/{upload['id']}/finish", json=said).json()
        job = console.services.backstage.jobs.find(made["id"])
        assert job is not None
        assert ("shift_to_ns" in job.subject) == is_moved
        assert job.subject.get("shift_to_ns", before_ns) >= before_ns
        Jobs(console.services.ledger).cancel(job.id, ADMIN)
        console.services.backstage.uploads.remove(upload["id"], ADMIN)


@pytest.fixture
def announced(console: Console) -> Iterator[str]:
    """Give an upload that waits for its bytes."""
    made = console.as_("analyst").post(PATH, json={"name": "x.pcap", "size_bytes": len(DATA), "enterprise": "chem"})
    yield made.json()["id"]
    console.services.backstage.uploads.remove(made.json()["id"], ADMIN)


def test_a_full_disk_is_told(console: Console, announced: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 with what to do, in the reader's language; what was received is kept, and the rest goes on from there."""

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    client = console.as_("analyst", "zh")
    assert send(client, announced, 0, DATA[:1000]) == 200
    with monkeypatch.context() as full:
        full.setattr(os, "write", fail)
        headers = {"upload-offset": "1000", "content-type": "application/octet-stream"}
        told = client.patch(f"{PATH}/{announced}", content=DATA[1000:], headers=headers)
    assert told.status_code == 507
    assert told.json()["title"] == "磁盘空间不足"
    assert "中断处" in told.json()["do"]
    assert client.get(f"{PATH}/{announced}").json()["received_bytes"] == 1000
    assert send(client, announced, 1000, DATA[1000:]) == 200


def test_a_ledger_that_may_only_be_read_is_told(
    console: Console, announced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there can be looked at, whoever has been let in; what is to be kept is refused with the reason."""
    people, program = [console.as_("analyst", language) for language in ("zh", "en")], console.program("analyst")

    @contextmanager
    def refuse(self: Ledger, *_: object) -> Iterator[None]:
        raise StoreError("the ledger failed: attempt to write a readonly database", where=self.where)
        yield

    monkeypatch.setattr(Ledger, "change", refuse)
    monkeypatch.setattr(Ledger, "transaction", refuse)
    monkeypatch.setattr(session, "SEEN_NS", -1)
    monkeypatch.setattr(token, "USED_NS", -1)
    for client in (*people, program):
        assert client.get("/api/v1/alerts").status_code == 200
        assert client.get(f"{PATH}/{announced}").status_code == 200
        assert client.post(PATH, json={"name": "x", "size_bytes": 1, "enterprise": "chem"}).status_code == 503
    told = [client.post(f"{PATH}/{announced}/finish", json={}).status_code for client in people]
    assert told == [409, 409]  # its bytes lack first of all
    page = people[0].get("/captures")
    assert page.status_code == 200
    problem = people[0].post(PATH, json={"name": "x", "size_bytes": 1, "enterprise": "chem"}).json()
    assert problem["detail"] == "台账只能读取，无法写入"  # noqa: RUF001 - Chinese
