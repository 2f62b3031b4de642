"""Whether the console lives and is ready."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from correlation.lake import Lake
from tests.support.consoles import Console, open_console
from wanglou.errors import StoreError


def test_anybody_may_ask(console: Console) -> None:
    """Without a session."""
    client = console.as_("")
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    assert "wanglou_console_requests_total" in client.get("/metrics").text


def test_a_store_that_is_away_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, with what is away and without where it lies; the process lives all the same."""

    def fail(_: Lake) -> None:
        raise StoreError("gone", where="/secret/lake")

    monkeypatch.setattr(Lake, "captures", fail)
    answer = console.as_("").get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "store")
    assert "secret" not in answer.text
    assert console.as_("").get("/healthz").status_code == 200


def test_a_lake_whose_folder_is_away_is_told(console_lake: Path, tmp_path: Path) -> None:
    """Though its ledger still answers: neither ready nor well, and its pages say so."""
    folder = tmp_path / "lake"
    shutil.copytree(console_lake, folder)
    with open_console(folder) as console:
        admin = console.as_("park_admin")
        folder.rename(tmp_path / "elsewhere")
        assert console.as_("").get("/readyz").status_code == 503
        health = admin.get("/api/v1/health")
        assert (health.status_code, health.json()["condition"]) == (200, "bad")
        for path in ("/health", "/store"):
            answer = admin.get(path)
            assert answer.status_code == 200
            assert str(folder) not in answer.text
        (tmp_path / "elsewhere").rename(folder)


def test_programs_are_told_how_it_is_doing(console: Console) -> None:
    """With the worst of all."""
    answer = console.program("analyst").get("/api/v1/health").json()
    assert answer["condition"] in ("good", "warn")
    assert {"store", "ledger"} <= {one["name"] for one in answer["items"]}
