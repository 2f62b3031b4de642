"""The pages of the audit."""

from __future__ import annotations

import re

import pytest

from tests.support.accounts import ADMIN
from tests.support.consoles import Console
from tests.support.pages import Pages


def test_changes_are_listed_and_open(console: Console) -> None:
    """Newest first, with words of the reader's language; one opens with before and after."""
    client = console.as_("auditor", "zh")
    page = client.get("/audit?kind=account").text
    numbers = re.findall(r'data-id="(\d+)"', page)
    assert numbers == sorted(numbers, key=int, reverse=True)
    assert "账户 · 新建" in client.get("/audit?kind=account&action=account.created").text
    part = client.get(f"/audit/{numbers[0]}", headers={"hx-request": "true", "hx-target": "side"})
    assert "diff-line" in part.text
    assert "<html" not in part.text
    assert client.get("/audit/0").status_code == client.get("/audit/x").status_code == 404


def test_filters_narrow_the_list(console: Console) -> None:
    """By who did it; none is told as none."""
    client = console.as_("auditor")
    assert ADMIN.name in client.get(f"/audit?actor={ADMIN.name}").text
    assert "No change fits" in client.get("/audit?actor=nobody").text
    assert client.get("/audit?cursor=x").status_code == 400


def test_nobody_but_the_auditor_reads_it(console: Console) -> None:
    """Not even the administrator."""
    for name in ("park_admin", "analyst", "leader"):
        assert console.as_(name).get("/audit").status_code == 403


def test_the_audit_is_verified(console: Console) -> None:
    """By itself and against an end that was kept; what is no end is told at its field."""
    client = console.as_("auditor")
    head = str(console.services.ledger.head())
    assert head in client.get("/audit/verify").text
    for kept in ("", head):
        assert "as they were written" in client.post("/audit/verify", data={"head": kept}).text
    wrong = client.post("/audit/verify", data={"head": "x"})
    assert wrong.status_code == 422
    assert 'id="fault-head"' in wrong.text
    other = client.post("/audit/verify", data={"head": f"1:{'0' * 64}"})
    assert "the auditor kept" in other.text


@pytest.mark.needs_chromium
def test_an_auditor_finds_a_change(pages: Pages) -> None:
    """Opens it beside the list, then verifies; no fault of accessibility."""
    page = pages.open("/audit?kind=account", "auditor", bypass_policy=True)
    page.locator("tr.row").first.click()
    page.locator("#side .diff-line").first.wait_for()
    pages.check(page)
    page.goto(f"{pages.address}/audit/verify")
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("as they were written").wait_for()
    pages.check(page)
    pages.shoot_all("/audit", "audit", "auditor")
