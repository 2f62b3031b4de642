"""Uploads as the API takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.requests import ClientDisconnect

from console.refusal import Refused
from console.views.uploads import receive
from tests.support.accounts import ADMIN
from tests.support.consoles import Console
from tests.support.loops import run_async
from tests.support.visits import make_visit


def test_what_came_before_a_sender_went_away_is_kept(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces larger than what is collected are on the disk, and the upload can go on."""

    async def send() -> AsyncIterator[bytes]:
        yield b"x" * (2 << 20)
        raise ClientDisconnect

    uploads = console.services.backstage.uploads
    made = uploads.create(ADMIN, "x.pcap", 4 << 20)
    visit = make_visit()
    monkeypatch.setattr(visit.services, "backstage", console.services.backstage)
    with pytest.raises(Refused, match="400"):
        run_async(receive(visit, made.id, 0, send()))
    found = uploads.find(made.id)
    assert found is not None
    assert found.received_bytes == 2 << 20
    uploads.remove(made.id, ADMIN)
